import type { Notification } from '../wire/index.ts'
import { afterFailure, type BackOff, type Cause, idleHoldMs, NO_BACK_OFF, STABLE_MS } from './backoff.ts'
import { type Identity, otherSlot, type Slot, survivor } from './collision.ts'
import type { MachineAction, MachineEvent, MachineEventOf } from './events.ts'
import { afterRefusal, type Fallback, NO_FALLBACK } from './fallback.ts'
import { idleMachine, type Machine, type MachineSettings, type StateName, stepMachine } from './machine.ts'
import { type Offer, offeredFeatures, requiredFeatures } from './offer.ts'

/**
 * One peer: the two connection machines that may exist at a time, what happens when they meet, and the pause between
 * sessions. Pure, like the machines: (peer, event) -> (peer, actions).
 *
 * Collisions (RFC 4271 section 6.8). While both connections are opening, nothing is decided until an OPEN says who
 * the peer is; then the one that the higher identifier opened stays. One case needs care, because the RFC's rule lets
 * the two sides decide differently and lose both: our side has Established one connection while the other, which the
 * rule prefers, is still opening. The peer may be a step behind and about to drop the Established one. It has our
 * OPEN and so decides within a round trip; we wait that long for its verdict before we drop anything.
 */

export interface PeerSettings extends MachineSettings {
  readonly identity: Identity
  /** Never dial. */
  readonly passive: boolean
  /** What our OPEN offers; fallbacks only ever take away from it. */
  readonly offer: Offer
}

export interface Peer {
  readonly settings: PeerSettings
  readonly outgoing: Machine
  readonly incoming: Machine
  /** Administratively up. */
  readonly wanted: boolean
  /** IdleHold runs: no attempts, and connections are refused. */
  readonly holding: boolean
  readonly backOff: BackOff
  /** What the peer refused of our OPEN so far. */
  readonly fallback: Fallback
  /** Why the last connection ended that was not a mere duplicate, since the last session. */
  readonly cause?: Cause
  /** An OPEN on a connection that waits for the peer's verdict, see above. */
  readonly undecided?: { readonly slot: Slot; readonly event: MachineEventOf<'BgpOpen'> }
}

export type PeerTimer = 'idleHold' | 'stable' | 'verdict'

export type PeerEvent =
  | { readonly type: 'start' }
  | { readonly type: 'stop'; readonly notification: Notification }
  | { readonly type: 'timer'; readonly timer: PeerTimer }
  /** The peer connected to us; `id` is the caller's name for that connection. */
  | { readonly type: 'arrival'; readonly id: number }
  | { readonly type: 'connection'; readonly slot: Slot; readonly event: MachineEvent }

export type PeerAction =
  | { readonly type: 'connection'; readonly slot: Slot; readonly action: MachineAction }
  | {
      readonly type: 'start-timer'
      readonly timer: PeerTimer
      readonly ms: number
      readonly jitter: boolean
    }
  | { readonly type: 'stop-timer'; readonly timer: PeerTimer }
  /** The arrival becomes the incoming connection. */
  | { readonly type: 'adopt'; readonly id: number }
  /** The arrival is closed, after this NOTIFICATION if there is one. */
  | { readonly type: 'refuse'; readonly id: number; readonly notification?: Notification }

/** The state under construction while one event is worked through. */
interface Turn {
  peer: Peer
  readonly actions: PeerAction[]
}

/** How long the peer may take to resolve a collision that it sees differently; a round trip and some load. */
const VERDICT_MS = 1_000

const COLLISION: Notification = { code: 6, subcode: 7, data: new Uint8Array(0) }

export function newPeer(settings: PeerSettings): Peer {
  return {
    settings,
    outgoing: idleMachine(true),
    incoming: idleMachine(false),
    wanted: false,
    holding: false,
    backOff: NO_BACK_OFF,
    fallback: NO_FALLBACK,
  }
}

export function stepPeer(before: Peer, event: PeerEvent): { peer: Peer; actions: readonly PeerAction[] } {
  const turn: Turn = { peer: before, actions: [] }
  switch (event.type) {
    case 'start':
      start(turn)
      break
    case 'stop':
      stop(turn, event.notification)
      break
    case 'timer':
      timerExpired(turn, event.timer)
      break
    case 'arrival':
      arrival(turn, event.id)
      break
    case 'connection':
      connectionEvent(turn, event.slot, event.event)
  }
  settle(turn, isEstablished(before))
  return turn
}

/** The one state to show: that of the connection that is further along. */
export function peerState({ outgoing, incoming, settings }: Peer): StateName {
  if (settings.passive) return incoming.state
  return RANK[incoming.state] > RANK[outgoing.state] && incoming.connected ? incoming.state : outgoing.state
}

const RANK: Record<StateName, number> = {
  Idle: 0,
  Active: 1,
  Connect: 2,
  OpenSent: 3,
  OpenConfirm: 4,
  Established: 5,
}

export function establishedSlot(peer: Peer): Slot | undefined {
  if (peer.outgoing.state === 'Established') return 'outgoing'
  return peer.incoming.state === 'Established' ? 'incoming' : undefined
}

function isEstablished(peer: Peer): boolean {
  return establishedSlot(peer) !== undefined
}

function start(turn: Turn): void {
  if (turn.peer.wanted) return
  turn.peer = { ...turn.peer, wanted: true }
  startMachines(turn, { type: 'ManualStart' })
}

function startMachines(turn: Turn, event: MachineEvent): void {
  turn.peer = { ...turn.peer, holding: false }
  if (!turn.peer.settings.passive) run(turn, 'outgoing', event)
  run(turn, 'incoming', event)
}

function stop(turn: Turn, notification: Notification): void {
  const { undecided: _, cause: __, ...rest } = turn.peer
  turn.peer = { ...rest, wanted: false, holding: false, backOff: NO_BACK_OFF }
  for (const timer of ['idleHold', 'verdict'] as const) turn.actions.push({ type: 'stop-timer', timer })
  run(turn, 'outgoing', { type: 'ManualStop', notification })
  run(turn, 'incoming', { type: 'ManualStop', notification })
}

function timerExpired(turn: Turn, timer: PeerTimer): void {
  if (timer === 'idleHold') startMachines(turn, { type: 'AutomaticStart' })
  else if (timer === 'stable') turn.peer = { ...turn.peer, backOff: NO_BACK_OFF }
  else if (turn.peer.undecided !== undefined) {
    const { slot } = turn.peer.undecided
    forgetUndecided(turn)
    run(turn, slot, { type: 'OpenCollisionDump' })
  }
}

function arrival(turn: Turn, id: number): void {
  const { incoming, wanted, holding } = turn.peer
  if (!wanted || holding) turn.actions.push({ type: 'refuse', id })
  else if (isEstablished(turn.peer) || incoming.state !== 'Active' || incoming.connected) {
    turn.actions.push({ type: 'refuse', id, notification: COLLISION })
  } else {
    turn.actions.push({ type: 'adopt', id })
    run(turn, 'incoming', { type: 'TcpConnectionConfirmed' })
  }
}

function connectionEvent(turn: Turn, slot: Slot, event: MachineEvent): void {
  if (turn.peer.undecided?.slot === slot) whileUndecided(turn, slot, event)
  else if (event.type === 'BgpOpen') collide(turn, slot, event)
  else if (event.type === 'ConnectRetryTimerExpires' && isOpening(turn.peer[otherSlot[slot]])) {
    rearmConnectRetry(turn, slot)
  } else run(turn, slot, event)
}

/** The peer's identifier is known now, so if there are two connections this is the moment to choose. */
function collide(turn: Turn, slot: Slot, event: MachineEventOf<'BgpOpen'>): void {
  const other = otherSlot[slot]
  const { state } = turn.peer[other]
  const preferred = survivor(turn.peer.settings.identity, event.negotiated.remote) === slot
  if (state !== 'OpenConfirm' && state !== 'Established') run(turn, slot, event)
  else if (!preferred) run(turn, slot, { type: 'OpenCollisionDump' })
  else if (state === 'OpenConfirm') {
    run(turn, other, { type: 'OpenCollisionDump' })
    run(turn, slot, event)
  } else {
    turn.peer = { ...turn.peer, undecided: { slot, event } }
    turn.actions.push({ type: 'start-timer', timer: 'verdict', ms: VERDICT_MS, jitter: false })
  }
}

/** A KEEPALIVE on the waiting connection says that the peer has accepted it, and so dropped the other. */
function whileUndecided(turn: Turn, slot: Slot, event: MachineEvent): void {
  if (event.type === 'KeepaliveMsg') {
    run(turn, otherSlot[slot], { type: 'OpenCollisionDump' })
    decideFor(turn)
  } else forgetUndecided(turn)
  run(turn, slot, event)
}

function decideFor(turn: Turn): void {
  const { undecided } = turn.peer
  if (undecided === undefined) return
  forgetUndecided(turn)
  run(turn, undecided.slot, undecided.event)
}

function forgetUndecided(turn: Turn): void {
  const { undecided: _, ...rest } = turn.peer
  turn.peer = rest
  turn.actions.push({ type: 'stop-timer', timer: 'verdict' })
}

/** Another connection is about to succeed; a second one now would only collide with it. */
function rearmConnectRetry(turn: Turn, slot: Slot): void {
  const ms = turn.peer.settings.connectRetryTime * 1000
  const action: MachineAction = { type: 'start-timer', timer: 'connectRetry', ms, jitter: true }
  turn.actions.push({ type: 'connection', slot, action })
}

function run(turn: Turn, slot: Slot, event: MachineEvent): void {
  const { machine, actions } = stepMachine(turn.peer[slot], event, turn.peer.settings)
  turn.peer = { ...turn.peer, [slot]: machine }
  for (const action of actions) {
    turn.actions.push({ type: 'connection', slot, action })
    if (action.type === 'ended') ended(turn, slot, action.cause)
  }
}

function ended(turn: Turn, slot: Slot, cause: Cause): void {
  if (cause.by === 'operator' || isDuplicate(cause, turn.peer[otherSlot[slot]])) return
  turn.peer = { ...turn.peer, cause }
  if (cause.by !== 'peer') return
  const { settings, fallback } = turn.peer
  const offer = { offered: offeredFeatures(settings.offer), required: requiredFeatures(settings.offer) }
  turn.peer = { ...turn.peer, fallback: afterRefusal(fallback, offer, cause.notification) }
}

/** Collision resolution took this one and left the other: nothing went wrong. */
function isDuplicate(cause: Cause, other: Machine): boolean {
  if (cause.by === 'collision') return true
  if (cause.by !== 'peer' || !other.connected) return false
  return cause.notification.code === 6 && cause.notification.subcode === 7
}

/** What follows from the pair of states, whichever event led there. */
function settle(turn: Turn, wasEstablished: boolean): void {
  settleWinner(turn)
  if (turn.peer.undecided !== undefined && !isEstablished(turn.peer)) decideFor(turn)
  settleWinner(turn)
  const established = isEstablished(turn.peer)
  if (established && !wasEstablished) sessionBegan(turn)
  if (!established && wasEstablished) turn.actions.push({ type: 'stop-timer', timer: 'stable' })
  if (shouldHold(turn.peer)) hold(turn)
}

/** An Established session ends the search, and any other connection that could not win against it by the rule. */
function settleWinner(turn: Turn): void {
  const slot = establishedSlot(turn.peer)
  if (slot === undefined) return
  const other = otherSlot[slot]
  const { state, connected } = turn.peer[other]
  if (state === 'Idle') return
  if (!connected) return quiet(turn, other)
  const remote = turn.peer[slot].negotiated?.remote
  const preferred = remote !== undefined && survivor(turn.peer.settings.identity, remote) === other
  if (!preferred && state === 'OpenSent') run(turn, other, { type: 'OpenCollisionDump' })
}

function sessionBegan(turn: Turn): void {
  const { cause: _, ...rest } = turn.peer
  turn.peer = rest
  turn.actions.push({ type: 'start-timer', timer: 'stable', ms: STABLE_MS, jitter: false })
}

/** A machine fell to Idle and the other has nothing better than hope: leave the peer alone for a while. */
function shouldHold({ outgoing, incoming, wanted, holding, settings }: Peer): boolean {
  if (!wanted || holding) return false
  const machines = settings.passive ? [incoming] : [outgoing, incoming]
  return machines.some((machine) => machine.state === 'Idle') && !machines.some((machine) => machine.connected)
}

function hold(turn: Turn): void {
  quiet(turn, 'outgoing')
  quiet(turn, 'incoming')
  const { cause = { by: 'collision' }, ...rest } = turn.peer
  const backOff = afterFailure(rest.backOff, cause)
  turn.peer = { ...rest, backOff, holding: true }
  turn.actions.push({ type: 'start-timer', timer: 'idleHold', ms: idleHoldMs(backOff), jitter: true })
}

/** Back to Idle from a state in which the peer has heard nothing of us. */
function quiet(turn: Turn, slot: Slot): void {
  const machine = turn.peer[slot]
  if (machine.state === 'Idle') return
  turn.peer = { ...turn.peer, [slot]: idleMachine(machine.dials) }
  const actions: readonly MachineAction[] = [{ type: 'drop' }, { type: 'stop-timer', timer: 'connectRetry' }]
  for (const action of actions) turn.actions.push({ type: 'connection', slot, action })
}

/** The peer has spoken on it and was understood. */
function isOpening({ state }: Machine): boolean {
  return state === 'OpenConfirm' || state === 'Established'
}
