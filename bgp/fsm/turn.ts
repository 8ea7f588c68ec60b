import { Cease, ErrorCode, type Notification } from '../wire/index.ts'
import type { BackOff, Cause } from './backoff.ts'
import { type Identity, otherSlot, type Slot } from './collision.ts'
import type { MachineAction, MachineEvent, MachineEventOf } from './events.ts'
import { afterRefusal, type Fallback } from './fallback.ts'
import { stepMachine } from './machine.ts'
import { type Offer, offeredFeatures, requiredFeatures } from './offer.ts'
import { idleMachine, type Machine, type MachineSettings } from './transitions.ts'

/** A peer's state, and the making of its next one: what peer.ts and meeting.ts both work on. */

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
  /** An OPEN on a connection that waits for the peer's verdict, see meeting.ts. */
  readonly undecided?: { readonly slot: Slot; readonly event: MachineEventOf<'BgpOpen'> }
}

export type PeerTimer = 'idleHold' | 'stable' | 'verdict'

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
export interface Turn {
  peer: Peer
  readonly actions: PeerAction[]
}

export function run(turn: Turn, slot: Slot, event: MachineEvent): void {
  const { machine, actions } = stepMachine(turn.peer[slot], event, turn.peer.settings)
  turn.peer = { ...turn.peer, [slot]: machine }
  for (const action of actions) {
    if (action.type === 'ended') ended(turn, slot, action.cause)
    else turn.actions.push({ type: 'connection', slot, action })
  }
}

function ended(turn: Turn, slot: Slot, cause: Cause): void {
  const isDuplicate = wasDuplicate(cause, turn.peer[otherSlot[slot]])
  const reported: Cause = isDuplicate ? { by: 'collision' } : cause
  turn.actions.push({ type: 'connection', slot, action: { type: 'ended', cause: reported } })
  if (isDuplicate || cause.by === 'operator') return
  turn.peer = { ...turn.peer, cause }
  if (cause.by !== 'peer') return
  const { settings, fallback } = turn.peer
  const offer = { offered: offeredFeatures(settings.offer), required: requiredFeatures(settings.offer) }
  turn.peer = { ...turn.peer, fallback: afterRefusal(fallback, offer, cause.notification) }
}

/** Collision resolution, ours or the peer's, took this one and left the other: nothing went wrong. */
function wasDuplicate(cause: Cause, other: Machine): boolean {
  if (cause.by === 'collision') return true
  if (cause.by !== 'peer' || !other.connected) return false
  const { code, subcode } = cause.notification
  return code === ErrorCode.cease && subcode === Cease.connectionCollision
}

/** Back to Idle from a state in which the peer has heard nothing of us. */
export function quiet(turn: Turn, slot: Slot): void {
  const machine = turn.peer[slot]
  if (machine.state === 'Idle') return
  turn.peer = { ...turn.peer, [slot]: idleMachine(machine.dials) }
  const actions: readonly MachineAction[] = [{ type: 'drop' }, { type: 'stop-timer', timer: 'connectRetry' }]
  for (const action of actions) turn.actions.push({ type: 'connection', slot, action })
}

export function establishedSlot(peer: Peer): Slot | undefined {
  if (peer.outgoing.state === 'Established') return 'outgoing'
  return peer.incoming.state === 'Established' ? 'incoming' : undefined
}
