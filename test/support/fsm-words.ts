import type { MachineAction, MachineEvent, Negotiated } from '../../bgp/fsm/index.ts'
import type { Notification } from '../../bgp/wire/index.ts'

/** FSM values for tests, and actions in short words, so that a table of them can be read. */

export function notification(code: number, subcode: number): Notification {
  return { code, subcode, data: new Uint8Array(0) }
}

export function negotiatedTerms(overrides: Partial<Negotiated> = {}): Negotiated {
  return {
    remote: { routerId: '10.0.0.2', asn: 65002 },
    holdTime: 90,
    keepaliveTime: 30,
    families: new Set(['ipv4']),
    as4: true,
    extendedMessages: false,
    routeRefresh: true,
    enhancedRefresh: false,
    extendedNextHop: false,
    addPath: { send: new Set(), receive: new Set() },
    received: [],
    ...overrides,
  }
}

const reason = 'a test'

/** One of each. */
export const EVENTS: readonly MachineEvent[] = [
  { type: 'ManualStart' },
  { type: 'AutomaticStart' },
  { type: 'ManualStop', notification: notification(6, 2) },
  { type: 'AutomaticStop', notification: notification(6, 1), reason },
  { type: 'ConnectRetryTimerExpires' },
  { type: 'HoldTimerExpires' },
  { type: 'KeepaliveTimerExpires' },
  { type: 'DelayOpenTimerExpires' },
  { type: 'SendHoldTimerExpires' },
  { type: 'TcpCrAcked' },
  { type: 'TcpConnectionConfirmed' },
  { type: 'TcpConnectionFails', error: 'gone' },
  { type: 'BgpOpen', negotiated: negotiatedTerms() },
  { type: 'BgpHeaderErr', notification: notification(1, 1), reason },
  { type: 'BgpOpenMsgErr', notification: notification(2, 2), reason },
  { type: 'OpenCollisionDump' },
  { type: 'NotifMsgVerErr', notification: notification(2, 1) },
  { type: 'NotifMsg', notification: notification(6, 4) },
  { type: 'NotifMsgErr', error: 'unreadable' },
  { type: 'KeepaliveMsg' },
  { type: 'UpdateMsg' },
  { type: 'UpdateMsgErr', notification: notification(3, 1), reason },
  {
    type: 'RouteRefreshMsg',
    message: { type: 'ROUTE-REFRESH', afi: 1, safi: 1, family: 'ipv4', subtype: 'request', subtypeCode: 0 },
  },
  { type: 'RouteRefreshMsgErr', notification: notification(7, 1), reason },
]

/** `hold=90s`, jittered `keepalive~30s`, stopped `-hold`, sent `OPEN`, `6/2`, and so on. */
export function inWords(action: MachineAction): string {
  switch (action.type) {
    case 'start-timer':
      return `${action.timer}${action.jitter ? '~' : '='}${action.ms / 1000}s`
    case 'stop-timer':
      return `-${action.timer}`
    case 'send-open':
      return 'OPEN'
    case 'send-keepalive':
      return 'KEEPALIVE'
    case 'send-notification':
      return `${action.notification.code}/${action.notification.subcode}`
    case 'ended':
      return `ended by ${action.cause.by}`
    default:
      return action.type
  }
}
