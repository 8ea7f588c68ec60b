import { otherSlot, type Slot, survivor } from './collision.ts'
import type { MachineEvent, MachineEventOf } from './events.ts'
import { establishedSlot, quiet, run, type Turn } from './turn.ts'

/**
 * What happens when a peer's two connections meet (RFC 4271 section 6.8).
 *
 * While both are opening nothing is decided until an OPEN says who the peer is; then the one that the higher
 * identifier opened stays. One case needs care, because the rule lets the two sides decide differently and lose both:
 * our side has Established one connection while the other, which the identifiers prefer, is still opening. The peer
 * may be a step behind and about to drop the Established one. It has our OPEN and so decides within a round trip; we
 * wait that long for its verdict before we drop anything.
 */

/** How long the peer may take to resolve a collision that it sees differently; a round trip and some load. */
const VERDICT_MS = 1_000

/** An event of one connection, in the light of the other. */
export function meet(turn: Turn, slot: Slot, event: MachineEvent): void {
  if (turn.peer.undecided?.slot === slot) whileUndecided(turn, slot, event)
  else if (event.type === 'BgpOpen') collide(turn, slot, event)
  else if (event.type === 'ConnectRetryTimerExpires' && hasSpoken(turn, otherSlot[slot]))
    waitLonger(turn, slot)
  else run(turn, slot, event)
}

/** The peer's verdict did not come: what is Established stays, as the RFC has it. */
export function verdictOverdue(turn: Turn): void {
  const slot = turn.peer.undecided?.slot
  if (slot === undefined) return
  forgetUndecided(turn)
  run(turn, slot, { type: 'OpenCollisionDump' })
}

/** What follows from the pair of states, whichever event led there. */
export function settleMeeting(turn: Turn): void {
  if (turn.peer.undecided !== undefined && establishedSlot(turn.peer) === undefined) release(turn)
  const winner = establishedSlot(turn.peer)
  if (winner !== undefined) settleLoser(turn, winner, otherSlot[winner])
}

export function forgetUndecided(turn: Turn): void {
  const { undecided: _, ...rest } = turn.peer
  turn.peer = rest
  turn.actions.push({ type: 'stop-timer', timer: 'verdict' })
}

/** The peer's identifier is known now, so if there are two connections this is the moment to choose. */
function collide(turn: Turn, slot: Slot, event: MachineEventOf<'BgpOpen'>): void {
  const other = otherSlot[slot]
  const { state } = turn.peer[other]
  const preferred = survivor(turn.peer.settings.identity, event.negotiated.remote) === slot
  if (!hasSpoken(turn, other)) run(turn, slot, event)
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
    release(turn)
  } else forgetUndecided(turn)
  run(turn, slot, event)
}

/** The waiting connection goes on where it stopped. */
function release(turn: Turn): void {
  const { undecided } = turn.peer
  if (undecided === undefined) return
  forgetUndecided(turn)
  run(turn, undecided.slot, undecided.event)
}

/** Another connection is about to succeed; a second one now would only collide with it. */
function waitLonger(turn: Turn, slot: Slot): void {
  const ms = turn.peer.settings.connectRetryTime * 1000
  const action = { type: 'start-timer', timer: 'connectRetry', ms, jitter: true } as const
  turn.actions.push({ type: 'connection', slot, action })
}

/** An Established session ends the search, and any other connection that could not win against it by the rule. */
function settleLoser(turn: Turn, winner: Slot, loser: Slot): void {
  const { state, connected } = turn.peer[loser]
  if (!connected) {
    quiet(turn, loser)
    return
  }
  const remote = turn.peer[winner].negotiated?.remote
  const preferred = remote !== undefined && survivor(turn.peer.settings.identity, remote) === loser
  if (!preferred && state === 'OpenSent') run(turn, loser, { type: 'OpenCollisionDump' })
}

/** The peer has sent an acceptable OPEN on it. */
function hasSpoken(turn: Turn, slot: Slot): boolean {
  const { state } = turn.peer[slot]
  return state === 'OpenConfirm' || state === 'Established'
}
