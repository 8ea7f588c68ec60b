import { describe, expect, test } from 'vitest'
import { stepMachine } from '../../../bgp/fsm/machine.ts'
import { idleMachine, type Machine, type StateName } from '../../../bgp/fsm/transitions.ts'
import { EVENTS, inWords, negotiatedTerms, notification } from '../../support/fsm-words.ts'

const settings = { connectRetryTime: 120, delayOpenMs: 0 }
const negotiated = negotiatedTerms()

const MACHINES: Record<StateName, Machine> = {
  Idle: { ...idleMachine(true), retries: 3 },
  Connect: { ...idleMachine(true), state: 'Connect', retries: 1 },
  Active: { ...idleMachine(true), state: 'Active', retries: 1 },
  OpenSent: { ...idleMachine(true), state: 'OpenSent', connected: true, retries: 1 },
  OpenConfirm: { ...idleMachine(true), state: 'OpenConfirm', connected: true, retries: 1, negotiated },
  Established: { ...idleMachine(true), state: 'Established', connected: true, negotiated },
}

/** RFC 4271 section 8.2.2, every state and every event: the next state, and what is done in which order. */
const TABLE: Record<StateName, Record<string, string>> = {
  Idle: {
    ManualStart: 'Connect: -delayOpen, connectRetry~2s, connect',
    AutomaticStart: 'Connect: -delayOpen, connectRetry~2s, connect',
    ManualStop: 'Idle',
    AutomaticStop: 'Idle',
    ConnectRetryTimerExpires: 'Idle',
    HoldTimerExpires: 'Idle',
    KeepaliveTimerExpires: 'Idle',
    DelayOpenTimerExpires: 'Idle',
    SendHoldTimerExpires: 'Idle',
    TcpCrAcked: 'Idle',
    TcpConnectionConfirmed: 'Idle',
    TcpConnectionFails: 'Idle',
    BgpOpen: 'Idle',
    BgpHeaderErr: 'Idle',
    BgpOpenMsgErr: 'Idle',
    OpenCollisionDump: 'Idle',
    NotifMsgVerErr: 'Idle',
    NotifMsg: 'Idle',
    NotifMsgErr: 'Idle',
    KeepaliveMsg: 'Idle',
    UpdateMsg: 'Idle',
    UpdateMsgErr: 'Idle',
    RouteRefreshMsg: 'Idle',
    RouteRefreshMsgErr: 'Idle',
  },
  Connect: {
    ManualStart: 'Connect',
    AutomaticStart: 'Connect',
    ManualStop: 'Idle: drop, ended by operator',
    AutomaticStop: 'Idle: drop, ended by transport',
    ConnectRetryTimerExpires: 'Connect: drop, attempt-failed, -delayOpen, connectRetry~8s, connect',
    HoldTimerExpires: 'Idle: drop, ended by transport',
    KeepaliveTimerExpires: 'Idle: drop, ended by transport',
    DelayOpenTimerExpires: 'OpenSent: -connectRetry, -delayOpen, OPEN, hold=240s',
    SendHoldTimerExpires: 'Idle: drop, ended by transport',
    TcpCrAcked: 'OpenSent: -connectRetry, -delayOpen, OPEN, hold=240s',
    TcpConnectionConfirmed: 'OpenSent: -connectRetry, -delayOpen, OPEN, hold=240s',
    TcpConnectionFails: 'Active: drop, -hold, -delayOpen, connectRetry~4s, attempt-failed',
    BgpOpen: 'OpenConfirm: -connectRetry, -delayOpen, OPEN, KEEPALIVE, keepalive~30s, hold=90s',
    BgpHeaderErr: 'Idle: 1/1, ended by us',
    BgpOpenMsgErr: 'Idle: 2/2, ended by us',
    OpenCollisionDump: 'Idle: drop, ended by transport',
    NotifMsgVerErr: 'Idle: drop, ended by peer',
    NotifMsg: 'Idle: drop, ended by peer',
    NotifMsgErr: 'Idle: drop, ended by transport',
    KeepaliveMsg: 'Idle: drop, ended by transport',
    UpdateMsg: 'Idle: drop, ended by transport',
    UpdateMsgErr: 'Idle: drop, ended by transport',
    RouteRefreshMsg: 'Idle: drop, ended by transport',
    RouteRefreshMsgErr: 'Idle: drop, ended by transport',
  },
  Active: {
    ManualStart: 'Active',
    AutomaticStart: 'Active',
    ManualStop: 'Idle: drop, ended by operator',
    AutomaticStop: 'Idle: drop, ended by transport',
    ConnectRetryTimerExpires: 'Connect: -delayOpen, connectRetry~4s, connect',
    HoldTimerExpires: 'Idle: drop, ended by transport',
    KeepaliveTimerExpires: 'Idle: drop, ended by transport',
    DelayOpenTimerExpires: 'OpenSent: -connectRetry, -delayOpen, OPEN, hold=240s',
    SendHoldTimerExpires: 'Idle: drop, ended by transport',
    TcpCrAcked: 'OpenSent: -connectRetry, -delayOpen, OPEN, hold=240s',
    TcpConnectionConfirmed: 'OpenSent: -connectRetry, -delayOpen, OPEN, hold=240s',
    TcpConnectionFails: 'Active: drop, -hold, -delayOpen, connectRetry~4s, attempt-failed',
    BgpOpen: 'OpenConfirm: -connectRetry, -delayOpen, OPEN, KEEPALIVE, keepalive~30s, hold=90s',
    BgpHeaderErr: 'Idle: 1/1, ended by us',
    BgpOpenMsgErr: 'Idle: 2/2, ended by us',
    OpenCollisionDump: 'Idle: drop, ended by transport',
    NotifMsgVerErr: 'Idle: drop, ended by peer',
    NotifMsg: 'Idle: drop, ended by peer',
    NotifMsgErr: 'Idle: drop, ended by transport',
    KeepaliveMsg: 'Idle: drop, ended by transport',
    UpdateMsg: 'Idle: drop, ended by transport',
    UpdateMsgErr: 'Idle: drop, ended by transport',
    RouteRefreshMsg: 'Idle: drop, ended by transport',
    RouteRefreshMsgErr: 'Idle: drop, ended by transport',
  },
  OpenSent: {
    ManualStart: 'OpenSent',
    AutomaticStart: 'OpenSent',
    ManualStop: 'Idle: 6/2, ended by operator',
    AutomaticStop: 'Idle: 6/1, ended by us',
    ConnectRetryTimerExpires: 'Idle: 5/0, ended by us',
    HoldTimerExpires: 'Idle: 4/0, ended by us',
    KeepaliveTimerExpires: 'Idle: 5/0, ended by us',
    DelayOpenTimerExpires: 'Idle: 5/0, ended by us',
    SendHoldTimerExpires: 'Idle: 8/0, ended by us',
    TcpCrAcked: 'OpenSent',
    TcpConnectionConfirmed: 'OpenSent',
    TcpConnectionFails: 'Active: drop, -hold, -delayOpen, connectRetry~4s, attempt-failed',
    BgpOpen: 'OpenConfirm: -connectRetry, -delayOpen, KEEPALIVE, keepalive~30s, hold=90s',
    BgpHeaderErr: 'Idle: 1/1, ended by us',
    BgpOpenMsgErr: 'Idle: 2/2, ended by us',
    OpenCollisionDump: 'Idle: 6/7, ended by collision',
    NotifMsgVerErr: 'Idle: drop, ended by peer',
    NotifMsg: 'Idle: drop, ended by peer',
    NotifMsgErr: 'Idle: drop, ended by transport',
    KeepaliveMsg: 'Idle: 5/1, ended by us',
    UpdateMsg: 'Idle: 5/1, ended by us',
    UpdateMsgErr: 'Idle: 5/1, ended by us',
    RouteRefreshMsg: 'Idle: 5/1, ended by us',
    RouteRefreshMsgErr: 'Idle: 5/1, ended by us',
  },
  OpenConfirm: {
    ManualStart: 'OpenConfirm',
    AutomaticStart: 'OpenConfirm',
    ManualStop: 'Idle: 6/2, ended by operator',
    AutomaticStop: 'Idle: 6/1, ended by us',
    ConnectRetryTimerExpires: 'Idle: 5/0, ended by us',
    HoldTimerExpires: 'Idle: 4/0, ended by us',
    KeepaliveTimerExpires: 'OpenConfirm: KEEPALIVE, keepalive~30s',
    DelayOpenTimerExpires: 'Idle: 5/0, ended by us',
    SendHoldTimerExpires: 'Idle: 8/0, ended by us',
    TcpCrAcked: 'OpenConfirm',
    TcpConnectionConfirmed: 'OpenConfirm',
    TcpConnectionFails: 'Idle: drop, ended by transport',
    BgpOpen: 'Idle: 5/2, ended by us',
    BgpHeaderErr: 'Idle: 1/1, ended by us',
    BgpOpenMsgErr: 'Idle: 2/2, ended by us',
    OpenCollisionDump: 'Idle: 6/7, ended by collision',
    NotifMsgVerErr: 'Idle: drop, ended by peer',
    NotifMsg: 'Idle: drop, ended by peer',
    NotifMsgErr: 'Idle: drop, ended by transport',
    KeepaliveMsg: 'Established: hold=90s, sendHold=480s, established',
    UpdateMsg: 'Idle: 5/2, ended by us',
    UpdateMsgErr: 'Idle: 5/2, ended by us',
    RouteRefreshMsg: 'Idle: 5/2, ended by us',
    RouteRefreshMsgErr: 'Idle: 5/2, ended by us',
  },
  Established: {
    ManualStart: 'Established',
    AutomaticStart: 'Established',
    ManualStop: 'Idle: 6/2, ended by operator',
    AutomaticStop: 'Idle: 6/1, ended by us',
    ConnectRetryTimerExpires: 'Idle: 5/0, ended by us',
    HoldTimerExpires: 'Idle: 4/0, ended by us',
    KeepaliveTimerExpires: 'Established: KEEPALIVE, keepalive~30s',
    DelayOpenTimerExpires: 'Idle: 5/0, ended by us',
    SendHoldTimerExpires: 'Idle: 8/0, ended by us',
    TcpCrAcked: 'Established',
    TcpConnectionConfirmed: 'Established',
    TcpConnectionFails: 'Idle: drop, ended by transport',
    BgpOpen: 'Idle: 5/3, ended by us',
    BgpHeaderErr: 'Idle: 1/1, ended by us',
    BgpOpenMsgErr: 'Idle: 5/3, ended by us',
    OpenCollisionDump: 'Idle: 6/7, ended by collision',
    NotifMsgVerErr: 'Idle: drop, ended by peer',
    NotifMsg: 'Idle: drop, ended by peer',
    NotifMsgErr: 'Idle: drop, ended by transport',
    KeepaliveMsg: 'Established: hold=90s',
    UpdateMsg: 'Established: hold=90s',
    UpdateMsgErr: 'Idle: 3/1, ended by us',
    RouteRefreshMsg: 'Established: hold=90s, accept-refresh',
    RouteRefreshMsgErr: 'Idle: 7/1, ended by us',
  },
}

function step(machine: Machine, event: Parameters<typeof stepMachine>[1], delayOpenMs = 0): string {
  const { machine: next, actions } = stepMachine(machine, event, { ...settings, delayOpenMs })
  const does = actions.map(inWords).join(', ')
  return does === '' ? next.state : `${next.state}: ${does}`
}

describe.each(Object.entries(TABLE))('%s', (state, rows) => {
  test('answers every event of the RFC', () => {
    expect(Object.keys(rows)).toEqual(EVENTS.map(({ type }) => type))
  })

  test.each(EVENTS.map((event) => [event.type, event] as const))('%s', (type, event) => {
    expect(step(MACHINES[state as StateName], event)).toBe(rows[type])
  })
})

describe('a machine that waits to be dialled', () => {
  const waiting: Machine = { ...idleMachine(false), state: 'Active' }

  test('starts in Active and dials nobody', () => {
    expect(step(idleMachine(false), { type: 'ManualStart' })).toBe('Active')
  })

  test('never runs ConnectRetry', () => {
    const opening: Machine = { ...waiting, state: 'OpenSent', connected: true }
    const lost = step(opening, { type: 'TcpConnectionFails', error: 'gone' })
    expect(lost).toBe('Active: drop, -hold, -delayOpen, attempt-failed')
  })
})

describe('DelayOpen', () => {
  const delayed: Machine = { ...MACHINES.Connect, connected: true }

  test('waits with the OPEN once TCP is up', () => {
    expect(step(MACHINES.Connect, { type: 'TcpCrAcked' }, 5000)).toBe('Connect: -connectRetry, delayOpen=5s')
    expect(step(MACHINES.Active, { type: 'TcpConnectionConfirmed' }, 5000)).toBe(
      'Active: -connectRetry, delayOpen=5s',
    )
  })

  test('answers an OPEN that comes first with OPEN and KEEPALIVE at once', () => {
    expect(step(delayed, { type: 'BgpOpen', negotiated }, 5000)).toBe(
      'OpenConfirm: -connectRetry, -delayOpen, OPEN, KEEPALIVE, keepalive~30s, hold=90s',
    )
  })

  test('waits for another connection when this one is lost', () => {
    expect(step(delayed, { type: 'TcpConnectionFails', error: 'gone' }, 5000)).toBe(
      'Active: drop, -hold, -delayOpen, connectRetry~4s, attempt-failed',
    )
  })
})

describe('negotiated times', () => {
  const open = (overrides: Parameters<typeof negotiatedTerms>[0]) =>
    step(MACHINES.OpenSent, { type: 'BgpOpen', negotiated: negotiatedTerms(overrides) })

  test('hold time 0 turns the hold and keepalive timers off', () => {
    expect(open({ holdTime: 0, keepaliveTime: 0 })).toBe(
      'OpenConfirm: -connectRetry, -delayOpen, KEEPALIVE, -hold',
    )
  })

  test('one KEEPALIVE per second is not jittered below that', () => {
    expect(open({ holdTime: 3, keepaliveTime: 1 })).toContain('keepalive=1s, hold=3s')
  })

  test('the send hold timer is twice a long hold time (RFC 9687)', () => {
    const confirm = { ...MACHINES.OpenConfirm, negotiated: negotiatedTerms({ holdTime: 600 }) }
    expect(step(confirm, { type: 'KeepaliveMsg' })).toBe(
      'Established: hold=600s, sendHold=1200s, established',
    )
    const timeless = {
      ...MACHINES.OpenConfirm,
      negotiated: negotiatedTerms({ holdTime: 0, keepaliveTime: 0 }),
    }
    expect(step(timeless, { type: 'KeepaliveMsg' })).not.toContain('sendHold')
  })
})

test('attempts that fail are spaced ever further, up to the configured time', () => {
  const spacing: string[] = []
  let machine = stepMachine(idleMachine(true), { type: 'ManualStart' }, settings).machine
  for (let i = 0; i < 8; i += 1) {
    const failed = stepMachine(machine, { type: 'TcpConnectionFails', error: 'refused' }, settings)
    const retried = stepMachine(failed.machine, { type: 'ConnectRetryTimerExpires' }, settings)
    spacing.push(failed.actions.map(inWords).find((word) => word.startsWith('connectRetry')) ?? 'none')
    machine = retried.machine
  }
  const seconds = [2, 4, 8, 16, 32, 64, 120, 120]
  expect(spacing).toEqual(seconds.map((each) => `connectRetry~${each}s`))
})

test('a stop by ourselves says so to the peer, and is not the operator', () => {
  const event = { type: 'AutomaticStop', notification: notification(6, 1), reason: 'too many' } as const
  const { actions } = stepMachine(MACHINES.Established, event, settings)
  expect(actions.at(-1)).toEqual({
    type: 'ended',
    cause: { by: 'us', notification: notification(6, 1), reason: 'too many' },
  })
})
