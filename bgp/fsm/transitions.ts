import { Cease, ErrorCode, FsmError, type Notification } from '../wire/index.ts'
import type { Cause } from './backoff.ts'
import type { ConnectionTimer, MachineAction, MachineEvent, MachineEventOf } from './events.ts'
import type { Negotiated } from './negotiate.ts'
import { connectRetryMs, LARGE_HOLD_MS, LEAST_JITTER, sendHoldMs } from './timing.ts'

/** The steps that machine.ts makes its table of: what each does, whichever event and state called for it. */

/** The error of a connection attempt that nothing came back to. */
export const NO_ANSWER = 'no answer to our connection attempts'

export type StateName = 'Idle' | 'Connect' | 'Active' | 'OpenSent' | 'OpenConfirm' | 'Established'

export interface Machine {
  readonly state: StateName
  /** False: waits to be connected to (PassiveTcpEstablishment). */
  readonly dials: boolean
  /** TCP is up. Before OpenSent that means DelayOpen is running. */
  readonly connected: boolean
  /** ConnectRetryCounter: attempts that failed since the last start. */
  readonly retries: number
  /** From OpenConfirm on. */
  readonly negotiated?: Negotiated
}

export interface MachineSettings {
  /** Ceiling of the spacing of attempts, seconds. */
  readonly connectRetryTime: number
  /** How long to wait for the peer's OPEN before sending ours, ms; 0: not at all (DelayOpen off). */
  readonly delayOpenMs: number
}

export interface Step {
  readonly machine: Machine
  readonly actions: readonly MachineAction[]
}

export function idleMachine(dials: boolean): Machine {
  return { state: 'Idle', dials, connected: false, retries: 0 }
}

export function ignore(machine: Machine): Step {
  return { machine, actions: [] }
}

export function start(machine: Machine, event: MachineEvent, settings: MachineSettings): Step {
  const fresh = idleMachine(machine.dials)
  if (fresh.dials) return dial({ ...fresh, retries: -1 }, event, settings)
  return { machine: { ...fresh, state: 'Active' }, actions: [] }
}

/** Whatever was under way is dropped: a connection that took longer than ConnectRetry is tried afresh. */
export function dial(machine: Machine, _event: MachineEvent, settings: MachineSettings): Step {
  const retries = machine.retries + (machine.state === 'Active' ? 0 : 1)
  const actions: MachineAction[] = machine.state === 'Connect' || machine.connected ? [{ type: 'drop' }] : []
  if (machine.state === 'Connect' && !machine.connected) actions.push(UNANSWERED)
  actions.push(stopTimer('delayOpen'), connectRetry(retries, settings), { type: 'connect' })
  return { machine: { ...idleMachine(true), state: 'Connect', retries }, actions }
}

/** What a wrong TCP MD5 key looks like too: the kernel drops such segments without a word (RFC 2385). */
const UNANSWERED: MachineAction = { type: 'attempt-failed', error: NO_ANSWER }

export function connected(machine: Machine, event: MachineEvent, settings: MachineSettings): Step {
  if (settings.delayOpenMs === 0) return openSent(machine, event)
  const delay = startTimer('delayOpen', settings.delayOpenMs)
  return { machine: { ...machine, connected: true }, actions: [stopTimer('connectRetry'), delay] }
}

export function openSent(machine: Machine, _event: MachineEvent): Step {
  return {
    machine: { ...machine, state: 'OpenSent', connected: true },
    actions: [
      stopTimer('connectRetry'),
      stopTimer('delayOpen'),
      { type: 'send-open' },
      startTimer('hold', LARGE_HOLD_MS),
    ],
  }
}

/** The hold timer runs here too, at the negotiated value: a peer that goes silent after its OPEN must not linger. */
export function openConfirm(
  machine: Machine,
  { negotiated }: MachineEventOf<'BgpOpen'>,
  first: readonly MachineAction[],
): Step {
  const next: Machine = { ...machine, state: 'OpenConfirm', connected: true, negotiated }
  return {
    machine: next,
    actions: [
      stopTimer('connectRetry'),
      stopTimer('delayOpen'),
      ...first,
      { type: 'send-keepalive' },
      ...restartKeepalive(next),
      ...(negotiated.holdTime === 0 ? [stopTimer('hold')] : restartHold(next)),
    ],
  }
}

export function establish(machine: Machine): Step {
  const { negotiated } = machine
  if (negotiated === undefined) return drop(machine)
  return {
    machine: { ...machine, state: 'Established', retries: 0 },
    actions: [
      ...restartHold(machine),
      // Like the hold timer, it does not run at hold time 0 (RFC 9687 section 4.3).
      ...(negotiated.holdTime === 0 ? [] : [startTimer('sendHold', sendHoldMs(negotiated.holdTime))]),
      { type: 'established', negotiated },
    ],
  }
}

export function keepalive(machine: Machine): Step {
  return { machine, actions: [{ type: 'send-keepalive' }, ...restartKeepalive(machine)] }
}

/** The connection is gone or could not be made: wait, each time longer, and listen meanwhile. */
export function awaitRetry(
  machine: Machine,
  event: MachineEventOf<'TcpConnectionFails'>,
  settings: MachineSettings,
): Step {
  const retries = machine.retries + 1
  const next: Machine = { ...idleMachine(machine.dials), state: 'Active', retries }
  const actions: MachineAction[] = [{ type: 'drop' }, stopTimer('hold'), stopTimer('delayOpen')]
  if (machine.dials) actions.push(connectRetry(machine.retries, settings))
  return { machine: next, actions: [...actions, { type: 'attempt-failed', error: event.error }] }
}

export function stop(machine: Machine, { notification }: MachineEventOf<'ManualStop'>): Step {
  return end(machine, { by: 'operator', notification }, { type: 'send-notification', notification })
}

export function dropForOperator(machine: Machine, { notification }: MachineEventOf<'ManualStop'>): Step {
  return end(machine, { by: 'operator', notification }, { type: 'drop' })
}

export function dump(machine: Machine): Step {
  return end(machine, { by: 'collision' }, { type: 'send-notification', notification: COLLISION })
}

/** The event carries what the peer should be told. */
export function notifyOfIt(machine: Machine, { notification, reason }: Fault): Step {
  return notify(machine, notification, reason)
}

interface Fault {
  readonly notification: Notification
  readonly reason: string
}

export function notify(machine: Machine, notification: Notification, reason: string): Step {
  return end(machine, { by: 'us', notification, reason }, { type: 'send-notification', notification })
}

export function peerSaidNo(
  machine: Machine,
  { notification }: { readonly notification: Notification },
): Step {
  return end(machine, { by: 'peer', notification }, { type: 'drop' })
}

export function drop(machine: Machine, event?: MachineEvent): Step {
  const error = event !== undefined && 'error' in event ? event.error : undefined
  return end(machine, { by: 'transport', ...(error !== undefined && { error }) }, { type: 'drop' })
}

/** RFC 6608: an FSM error names the state in which a message was unexpected; a timer is no message. */
const UNEXPECTED_IN: Readonly<Partial<Record<StateName, number>>> = {
  OpenSent: FsmError.openSent,
  OpenConfirm: FsmError.openConfirm,
  Established: FsmError.established,
}

export function fsmError(machine: Machine, { type }: MachineEvent): Step {
  const { state } = machine
  const isTimer = type.endsWith('TimerExpires')
  const subcode = (isTimer ? undefined : UNEXPECTED_IN[state]) ?? FsmError.unspecified
  return notify(machine, said(ErrorCode.fsm, subcode), `${type} in ${state}`)
}

function end(machine: Machine, cause: Cause, last: MachineAction): Step {
  return { machine: idleMachine(machine.dials), actions: [last, { type: 'ended', cause }] }
}

export function restartHold({ negotiated }: Machine): MachineAction[] {
  if (negotiated === undefined || negotiated.holdTime === 0) return []
  return [startTimer('hold', negotiated.holdTime * 1000)]
}

function restartKeepalive({ negotiated }: Machine): MachineAction[] {
  if (negotiated === undefined || negotiated.keepaliveTime === 0) return []
  const ms = negotiated.keepaliveTime * 1000
  // RFC 4271 section 4.4: never more than one per second, jittered or not.
  return [startTimer('keepalive', ms, ms * LEAST_JITTER >= 1000)]
}

function connectRetry(retries: number, settings: MachineSettings): MachineAction {
  return startTimer('connectRetry', connectRetryMs(retries, settings.connectRetryTime), true)
}

function startTimer(timer: ConnectionTimer, ms: number, jitter = false): MachineAction {
  return { type: 'start-timer', timer, ms, jitter }
}

function stopTimer(timer: ConnectionTimer): MachineAction {
  return { type: 'stop-timer', timer }
}

/** A NOTIFICATION without data. */
function said(code: number, subcode: number): Notification {
  return { code, subcode, data: new Uint8Array(0) }
}

export const HOLD_EXPIRED = said(ErrorCode.holdTimerExpired, 0)
/** RFC 4486 section 4. */
export const COLLISION = said(ErrorCode.cease, Cease.connectionCollision)
/** RFC 9687 section 5. */
export const SEND_HOLD_EXPIRED = said(ErrorCode.sendHoldTimerExpired, 0)
