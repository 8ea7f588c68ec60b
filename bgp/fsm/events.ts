import type { DecodedUpdate, Notification, RouteRefreshMessage } from '../wire/index.ts'
import type { Cause } from './backoff.ts'
import type { Negotiated } from './negotiate.ts'

/**
 * What can happen to one connection (RFC 4271 section 8.1), in the RFC's words and with its numbers, and what is to
 * be done about it.
 *
 * Events of the RFC that do not appear here, and why:
 * - 4, 5 (start with passive TCP establishment): whether a machine dials is a property of the machine, not of a start
 * - 6, 7, 13 (DampPeerOscillations, IdleHoldTimer_Expires): IdleHold belongs to the peer, both of whose connections
 *   it stops; see peer.ts
 * - 14, 15 (TcpConnection_Valid, Tcp_CR_Invalid): the listener accepts configured peers only, before any machine
 *   hears of a connection; there is nothing left to judge
 * - 20 (BGPOpen with DelayOpenTimer running): is BgpOpen in Connect or Active, where it cannot be anything else
 *
 * Two more than the RFC has: ROUTE-REFRESH (RFC 2918) and the expiry of the SendHoldTimer (RFC 9687).
 */
export type MachineEvent =
  /** 1: an operator, or 3: the end of an IdleHold. */
  | { readonly type: 'ManualStart' }
  | { readonly type: 'AutomaticStart' }
  /** 2, with the Cease to send. */
  | { readonly type: 'ManualStop'; readonly notification: Notification }
  /** 8: we give up by ourselves, e.g. at too many prefixes. */
  | { readonly type: 'AutomaticStop'; readonly notification: Notification; readonly reason: string }
  /** 9 to 12 */
  | { readonly type: 'ConnectRetryTimerExpires' }
  | { readonly type: 'HoldTimerExpires' }
  | { readonly type: 'KeepaliveTimerExpires' }
  | { readonly type: 'DelayOpenTimerExpires' }
  /** 16: our SYN was answered; 17: the peer's connection was accepted. */
  | { readonly type: 'TcpCrAcked' }
  | { readonly type: 'TcpConnectionConfirmed' }
  /** 18 */
  | { readonly type: 'TcpConnectionFails'; readonly error: string }
  /** 19 and 20: an OPEN that we can live with, and what it settles. */
  | { readonly type: 'BgpOpen'; readonly negotiated: Negotiated }
  /** 21 and 22 */
  | { readonly type: 'BgpHeaderErr'; readonly notification: Notification; readonly reason: string }
  | { readonly type: 'BgpOpenMsgErr'; readonly notification: Notification; readonly reason: string }
  /** 23 */
  | { readonly type: 'OpenCollisionDump' }
  /** 24: NOTIFICATION 2/1, unsupported version; 25: any other. */
  | { readonly type: 'NotifMsgVerErr'; readonly notification: Notification }
  | { readonly type: 'NotifMsg'; readonly notification: Notification }
  /** A NOTIFICATION that cannot be read: believed, not answered (RFC 4271 section 6.4). */
  | { readonly type: 'NotifMsgErr'; readonly error: string }
  /** 26 to 28 */
  | { readonly type: 'KeepaliveMsg' }
  /** Without `update` before Established, where it cannot be read yet. */
  | { readonly type: 'UpdateMsg'; readonly update?: ReceivedUpdate }
  | { readonly type: 'UpdateMsgErr'; readonly notification: Notification; readonly reason: string }
  | { readonly type: 'RouteRefreshMsg'; readonly message: RouteRefreshMessage }
  /** RFC 7313 section 5: a ROUTE-REFRESH of the wrong length. */
  | { readonly type: 'RouteRefreshMsgErr'; readonly notification: Notification; readonly reason: string }
  | { readonly type: 'SendHoldTimerExpires' }

export interface ReceivedUpdate {
  readonly decoded: DecodedUpdate
  /** The whole message, only good until the event has been handled. */
  readonly bytes: Uint8Array
}

export type MachineEventType = MachineEvent['type']
export type MachineEventOf<T extends MachineEventType> = Extract<MachineEvent, { type: T }>

export type ConnectionTimer = 'connectRetry' | 'delayOpen' | 'hold' | 'keepalive' | 'sendHold'

export type MachineAction =
  /** Open a TCP connection to the peer. */
  | { readonly type: 'connect' }
  /** Close the TCP connection, or give up opening it. */
  | { readonly type: 'drop' }
  | { readonly type: 'send-open' }
  | { readonly type: 'send-keepalive' }
  /** Send it, then close in order, so that it can be read (RFC 4271 section 6). */
  | { readonly type: 'send-notification'; readonly notification: Notification }
  /** Restarts the timer if it runs. `jitter`: times 0.75..1.0, drawn by whoever runs it. */
  | {
      readonly type: 'start-timer'
      readonly timer: ConnectionTimer
      readonly ms: number
      readonly jitter: boolean
    }
  | { readonly type: 'stop-timer'; readonly timer: ConnectionTimer }
  | { readonly type: 'established'; readonly negotiated: Negotiated }
  /** The message is for the routing side. */
  | { readonly type: 'accept-update'; readonly update: ReceivedUpdate }
  | { readonly type: 'accept-refresh'; readonly message: RouteRefreshMessage }
  /** An attempt came to nothing before the peer said anything; another will follow. */
  | { readonly type: 'attempt-failed'; readonly error: string }
  /** The machine fell to Idle: all its timers stop and its connection is gone. */
  | { readonly type: 'ended'; readonly cause: Cause }
