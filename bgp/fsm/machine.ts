import type { Notification } from '../wire/index.ts'
import type { Cause } from './backoff.ts'
import type {
  ConnectionTimer,
  MachineAction,
  MachineEvent,
  MachineEventOf,
  MachineEventType,
} from './events.ts'
import type { Negotiated } from './negotiate.ts'
import { connectRetryMs, LARGE_HOLD_MS, LEAST_JITTER, sendHoldMs } from './timing.ts'

/**
 * The finite state machine of one connection: RFC 4271 section 8, as a table of (state, event) -> (state, actions).
 *
 * A peer has two of them, one that dials and one that waits to be dialled (section 8.2.1: until the peers know each
 * other, each connection has its own); peer.ts runs the pair. Each state below is a list of the events it answers;
 * whatever it does not list falls to its `otherwise`.
 *
 * Where this differs from the letter, as all routers do: a TCP failure in Connect or Active goes to Active and waits
 * for ConnectRetry instead of passing through Idle, and no NOTIFICATION is ever answered with another one.
 */

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

export function stepMachine(machine: Machine, event: MachineEvent, settings: MachineSettings): Step {
  const table = TABLE[machine.state]
  const row = table[event.type] as Row<MachineEventType> | undefined
  return (row ?? table.otherwise)(machine, event, settings)
}

type Row<T extends MachineEventType> = (
  machine: Machine,
  event: MachineEventOf<T>,
  settings: MachineSettings,
) => Step

type Rows = { readonly [T in MachineEventType]?: Row<T> } & { readonly otherwise: Row<MachineEventType> }

function ignore(machine: Machine): Step {
  return { machine, actions: [] }
}

/** RFC 6608: an FSM error names the state in which the message was unexpected. */
const unexpectedIn = { OpenSent: 1, OpenConfirm: 2, Established: 3 } as const

const idle: Rows = {
  ManualStart: start,
  AutomaticStart: start,
  otherwise: ignore,
}

const connect: Rows = {
  ManualStart: ignore,
  AutomaticStart: ignore,
  ManualStop: dropForOperator,
  ConnectRetryTimerExpires: dial,
  DelayOpenTimerExpires: openSent,
  TcpCrAcked: connected,
  TcpConnectionConfirmed: connected,
  TcpConnectionFails: awaitRetry,
  BgpOpen: (machine, event) => openConfirm(machine, event, [{ type: 'send-open' }]),
  BgpHeaderErr: notifyOfIt,
  BgpOpenMsgErr: notifyOfIt,
  NotifMsgVerErr: peerSaidNo,
  NotifMsg: peerSaidNo,
  otherwise: drop,
}

/** As Connect, but ConnectRetry means dialling for the first time, and it is the state of those who only wait. */
const active: Rows = connect

const openSentRows: Rows = {
  ManualStart: ignore,
  AutomaticStart: ignore,
  TcpCrAcked: ignore,
  TcpConnectionConfirmed: ignore,
  ManualStop: stop,
  AutomaticStop: notifyOfIt,
  HoldTimerExpires: (machine) => notify(machine, HOLD_EXPIRED, 'nothing heard for the hold time'),
  SendHoldTimerExpires: (machine) =>
    notify(machine, SEND_HOLD_EXPIRED, 'the peer has stopped reading what we send'),
  TcpConnectionFails: awaitRetry,
  BgpOpen: (machine, event) => openConfirm(machine, event, []),
  BgpHeaderErr: notifyOfIt,
  BgpOpenMsgErr: notifyOfIt,
  OpenCollisionDump: dump,
  NotifMsgVerErr: peerSaidNo,
  NotifMsg: peerSaidNo,
  NotifMsgErr: drop,
  otherwise: fsmError,
}

const openConfirmRows: Rows = {
  ...openSentRows,
  KeepaliveTimerExpires: keepalive,
  TcpConnectionFails: drop,
  KeepaliveMsg: establish,
  BgpOpen: fsmError,
  otherwise: fsmError,
}

const establishedRows: Rows = {
  ...openConfirmRows,
  KeepaliveMsg: (machine) => ({ machine, actions: restartHold(machine) }),
  UpdateMsg: (machine, { update }) => ({
    machine,
    actions: [...restartHold(machine), ...(update ? [{ type: 'accept-update', update } as const] : [])],
  }),
  UpdateMsgErr: notifyOfIt,
  RouteRefreshMsg: (machine, { message }) => ({
    machine,
    actions: [...restartHold(machine), { type: 'accept-refresh', message }],
  }),
  RouteRefreshMsgErr: notifyOfIt,
  BgpOpenMsgErr: fsmError,
}

const TABLE: Record<StateName, Rows> = {
  Idle: idle,
  Connect: connect,
  Active: active,
  OpenSent: openSentRows,
  OpenConfirm: openConfirmRows,
  Established: establishedRows,
}

function start(machine: Machine, event: MachineEvent, settings: MachineSettings): Step {
  const fresh = idleMachine(machine.dials)
  if (fresh.dials) return dial({ ...fresh, retries: -1 }, event, settings)
  return { machine: { ...fresh, state: 'Active' }, actions: [] }
}

/** Whatever was under way is dropped: a connection that took longer than ConnectRetry is tried afresh. */
function dial(machine: Machine, _event: MachineEvent, settings: MachineSettings): Step {
  const retries = machine.retries + (machine.state === 'Active' ? 0 : 1)
  const actions: MachineAction[] = machine.state === 'Connect' || machine.connected ? [{ type: 'drop' }] : []
  actions.push(stopTimer('delayOpen'), connectRetry(retries, settings), { type: 'connect' })
  return { machine: { ...idleMachine(true), state: 'Connect', retries }, actions }
}

function connected(machine: Machine, event: MachineEvent, settings: MachineSettings): Step {
  if (settings.delayOpenMs === 0) return openSent(machine, event)
  const delay = startTimer('delayOpen', settings.delayOpenMs)
  return { machine: { ...machine, connected: true }, actions: [stopTimer('connectRetry'), delay] }
}

function openSent(machine: Machine, _event: MachineEvent): Step {
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
function openConfirm(
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

function establish(machine: Machine): Step {
  const { negotiated } = machine
  if (negotiated === undefined) return drop(machine)
  return {
    machine: { ...machine, state: 'Established', retries: 0 },
    actions: [
      ...restartHold(machine),
      startTimer('sendHold', sendHoldMs(negotiated.holdTime)),
      { type: 'established', negotiated },
    ],
  }
}

function keepalive(machine: Machine): Step {
  return { machine, actions: [{ type: 'send-keepalive' }, ...restartKeepalive(machine)] }
}

/** The connection is gone or could not be made: wait, each time longer, and listen meanwhile. */
function awaitRetry(
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

function stop(machine: Machine, { notification }: MachineEventOf<'ManualStop'>): Step {
  return end(machine, { by: 'operator', notification }, { type: 'send-notification', notification })
}

function dropForOperator(machine: Machine, { notification }: MachineEventOf<'ManualStop'>): Step {
  return end(machine, { by: 'operator', notification }, { type: 'drop' })
}

function dump(machine: Machine): Step {
  return end(machine, { by: 'collision' }, { type: 'send-notification', notification: COLLISION })
}

/** The event carries what the peer should be told. */
function notifyOfIt(machine: Machine, { notification, reason }: Fault): Step {
  return notify(machine, notification, reason)
}

interface Fault {
  readonly notification: Notification
  readonly reason: string
}

function notify(machine: Machine, notification: Notification, reason: string): Step {
  return end(machine, { by: 'us', notification, reason }, { type: 'send-notification', notification })
}

function peerSaidNo(machine: Machine, { notification }: { readonly notification: Notification }): Step {
  return end(machine, { by: 'peer', notification }, { type: 'drop' })
}

function drop(machine: Machine, event?: MachineEvent): Step {
  const error = event !== undefined && 'error' in event ? event.error : undefined
  return end(machine, { by: 'transport', ...(error !== undefined && { error }) }, { type: 'drop' })
}

function fsmError(machine: Machine, event: MachineEvent): Step {
  const state = machine.state as keyof typeof unexpectedIn
  const subcode = event.type.includes('Timer') ? 0 : unexpectedIn[state]
  return notify(machine, { code: 5, subcode, data: new Uint8Array(0) }, `${event.type} in ${machine.state}`)
}

function end(machine: Machine, cause: Cause, last: MachineAction): Step {
  return { machine: idleMachine(machine.dials), actions: [last, { type: 'ended', cause }] }
}

function restartHold({ negotiated }: Machine): MachineAction[] {
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

const HOLD_EXPIRED: Notification = { code: 4, subcode: 0, data: new Uint8Array(0) }
const COLLISION: Notification = { code: 6, subcode: 7, data: new Uint8Array(0) }
/** RFC 9687 section 4.2. */
const SEND_HOLD_EXPIRED: Notification = { code: 8, subcode: 0, data: new Uint8Array(0) }
