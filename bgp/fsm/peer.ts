import type { Notification } from '../wire/index.ts'
import { afterFailure, idleHoldMs, NO_BACK_OFF, STABLE_MS } from './backoff.ts'
import type { Slot } from './collision.ts'
import type { MachineEvent } from './events.ts'
import { NO_FALLBACK } from './fallback.ts'
import { forgetUndecided, meet, settleMeeting, verdictOverdue } from './meeting.ts'
import { COLLISION, idleMachine, type StateName } from './transitions.ts'
import {
  establishedSlot,
  type Peer,
  type PeerAction,
  type PeerSettings,
  type PeerTimer,
  quiet,
  run,
  type Turn,
} from './turn.ts'

/**
 * One peer: the two connection machines that may exist at a time, and the pause between sessions (IdleHold). Pure,
 * like the machines: (peer, event) -> (peer, actions). How the two connections get on is in meeting.ts.
 *
 * The peer is left alone when one machine has failed and the other has no connection either. IdleHold stops both: a
 * peer that rejects us must not be able to keep us busy by dialling.
 */
export type PeerEvent =
  | { readonly type: 'start' }
  | { readonly type: 'stop'; readonly notification: Notification }
  | { readonly type: 'timer'; readonly timer: PeerTimer }
  /** The peer connected to us; `id` is the caller's name for that connection. */
  | { readonly type: 'arrival'; readonly id: number }
  | { readonly type: 'connection'; readonly slot: Slot; readonly event: MachineEvent }

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
  handle(turn, event)
  settleMeeting(turn)
  settleSession(turn, establishedSlot(before) !== undefined)
  if (shouldHold(turn.peer, hungUp(before, turn.peer))) hold(turn)
  return turn
}

/** The one state to show: that of the connection that is further along. */
export function peerState({ outgoing, incoming, settings }: Peer): StateName {
  if (settings.passive) return incoming.state
  return incoming.connected && RANK[incoming.state] > RANK[outgoing.state] ? incoming.state : outgoing.state
}

const RANK: Record<StateName, number> = {
  Idle: 0,
  Active: 1,
  Connect: 2,
  OpenSent: 3,
  OpenConfirm: 4,
  Established: 5,
}

function handle(turn: Turn, event: PeerEvent): void {
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
      meet(turn, event.slot, event.event)
      break
  }
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
  forgetUndecided(turn)
  const { cause: _, ...rest } = turn.peer
  turn.peer = { ...rest, wanted: false, holding: false, backOff: NO_BACK_OFF }
  turn.actions.push({ type: 'stop-timer', timer: 'idleHold' })
  run(turn, 'outgoing', { type: 'ManualStop', notification })
  run(turn, 'incoming', { type: 'ManualStop', notification })
}

function timerExpired(turn: Turn, timer: PeerTimer): void {
  switch (timer) {
    case 'idleHold':
      startMachines(turn, { type: 'AutomaticStart' })
      break
    case 'stable':
      turn.peer = { ...turn.peer, backOff: NO_BACK_OFF }
      return
    case 'verdict':
      verdictOverdue(turn)
      break
  }
}

/** Idle refuses connections (RFC 4271 section 8.2.2); there is room for one that the peer opened. */
function arrival(turn: Turn, id: number): void {
  const { incoming, wanted, holding } = turn.peer
  const hasRoom =
    incoming.state === 'Active' && !incoming.connected && establishedSlot(turn.peer) === undefined
  if (!wanted || holding) turn.actions.push({ type: 'refuse', id })
  else if (!hasRoom) turn.actions.push({ type: 'refuse', id, notification: COLLISION })
  else {
    turn.actions.push({ type: 'adopt', id })
    run(turn, 'incoming', { type: 'TcpConnectionConfirmed' })
  }
}

/** A session wipes out what went wrong before it: the cause at once, the back-off once it has stood for a while. */
function settleSession(turn: Turn, wasEstablished: boolean): void {
  const isEstablished = establishedSlot(turn.peer) !== undefined
  if (isEstablished === wasEstablished) return
  if (!isEstablished) {
    turn.actions.push({ type: 'stop-timer', timer: 'stable' })
    return
  }
  const { cause: _, ...rest } = turn.peer
  turn.peer = rest
  turn.actions.push({ type: 'start-timer', timer: 'stable', ms: STABLE_MS, jitter: false })
}

/** The peer dialled and was gone before its OPEN: Active again, with no ConnectRetry that would space the attempts. */
function hungUp(before: Peer, { incoming }: Peer): boolean {
  return before.incoming.connected && incoming.state === 'Active' && !incoming.connected
}

/** A machine fell to Idle, or the peer hung up, and the other has nothing better than hope. */
function shouldHold({ outgoing, incoming, wanted, holding, settings }: Peer, peerHungUp: boolean): boolean {
  if (!wanted || holding) return false
  const machines = settings.passive ? [incoming] : [outgoing, incoming]
  const failed = peerHungUp || machines.some((machine) => machine.state === 'Idle')
  return failed && !machines.some((machine) => machine.connected)
}

function hold(turn: Turn): void {
  quiet(turn, 'outgoing')
  quiet(turn, 'incoming')
  const { cause = { by: 'collision' }, ...rest } = turn.peer
  const backOff = afterFailure(rest.backOff, cause)
  turn.peer = { ...rest, backOff, holding: true }
  turn.actions.push({ type: 'start-timer', timer: 'idleHold', ms: idleHoldMs(backOff), jitter: true })
}
