import type { MachineEvent, MachineEventOf, MachineEventType } from './events.ts'
import {
  awaitRetry,
  connected,
  dial,
  drop,
  dropForOperator,
  dump,
  establish,
  fsmError,
  HOLD_EXPIRED,
  ignore,
  keepalive,
  type Machine,
  type MachineSettings,
  notify,
  notifyOfIt,
  openConfirm,
  openSent,
  peerSaidNo,
  restartHold,
  SEND_HOLD_EXPIRED,
  type StateName,
  type Step,
  start,
  stop,
} from './transitions.ts'

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
