import type { Clock } from './clock.ts'
import {
  type MachineEvent,
  type Negotiated,
  negotiate,
  type Offer,
  openParams,
  sessionContext,
} from './fsm/index.ts'
import type { Connection, ConnectionHandler } from './network.ts'
import { Receiver } from './receiver.ts'
import { Transmitter, type UpdateSource } from './transmitter.ts'
import {
  decodeMessage,
  ErrorCode,
  encodeKeepalive,
  encodeNotification,
  encodeOpen,
  encodeRouteRefresh,
  type Family,
  HEADER_LENGTH,
  MAX_EXTENDED_MESSAGE,
  MAX_MESSAGE,
  MalformedNotification,
  MessageType,
  type MessageTypeName,
  type Notification,
  OpenError,
  type OpenMessage,
  ProtocolError,
  type SessionContext,
} from './wire/index.ts'

/**
 * One transport connection that speaks BGP: octets in become events for the state machine, its actions become
 * octets out. Decides nothing.
 */
export interface SessionOwner {
  /** For the state machine of this connection. Handled before it returns. */
  onEvent(event: MachineEvent): void
  onMessage(direction: 'sent' | 'received', type: MessageTypeName, count: number): void
  /** Oddities of a message that was accepted all the same. */
  onRemarks(type: MessageTypeName, remarks: readonly string[]): void
  /** The connection is gone. Called once, last. */
  onGone(): void
}

/** Before the OPENs only their own forms and limits count. */
const BEFORE_OPEN: SessionContext = {
  as4: true,
  ebgp: true,
  extendedMessages: false,
  addPath: new Set(),
  families: new Set(),
}

export class Session implements ConnectionHandler {
  readonly connection: Connection
  /** What our OPEN on this connection offers, sent or about to be. */
  readonly offer: Offer
  /** The terms, once the peer's OPEN has been accepted. */
  negotiated: Negotiated | undefined
  /** For the report of how it ended. */
  heardAnything = false
  openSent = false
  readonly #owner: SessionOwner
  readonly #remoteAsn: number
  readonly #receiver: Receiver
  readonly #transmitter: Transmitter
  #context = BEFORE_OPEN
  #isEstablished = false
  #isOver = false

  constructor(
    open: (handler: ConnectionHandler) => Connection,
    clock: Clock,
    terms: { readonly offer: Offer; readonly remoteAsn: number },
    owner: SessionOwner,
  ) {
    this.offer = terms.offer
    this.#remoteAsn = terms.remoteAsn
    this.#owner = owner
    this.connection = open(this)
    this.#receiver = new Receiver(this.connection, clock, {
      onMessage: (bytes) => this.#received(bytes),
      onFramingError: (error) => this.#failed(error),
    })
    this.#transmitter = new Transmitter(this.connection, clock, (type, count) =>
      owner.onMessage('sent', type, count),
    )
  }

  sendOpen(): void {
    this.openSent = true
    this.#transmitter.send('OPEN', encodeOpen(openParams(this.offer)))
  }

  sendKeepalive(): void {
    this.#transmitter.send('KEEPALIVE', encodeKeepalive())
  }

  sendRouteRefresh(family: Family): void {
    this.#transmitter.send('ROUTE-REFRESH', encodeRouteRefresh(family, 'request'))
  }

  /** RFC 4271 section 6: the NOTIFICATION, then an orderly close, so that the peer can read it. */
  notify(notification: Notification): void {
    this.#stop()
    this.#transmitter.send('NOTIFICATION', encodeNotification(notification))
    this.connection.close()
  }

  close(): void {
    if (this.#isOver) return
    this.#stop()
    this.connection.close()
  }

  /** UPDATEs may flow, in both directions. */
  establish(updates: UpdateSource): void {
    this.#isEstablished = true
    this.#transmitter.attach(updates)
  }

  /** The source of UPDATEs may have something new. */
  wake(): void {
    this.#transmitter.wake()
  }

  stalledMs(): number {
    return this.#transmitter.stalledMs()
  }

  onOpen(): void {
    if (!this.#isOver) this.#owner.onEvent({ type: 'TcpCrAcked' })
  }

  onData(chunk: Uint8Array): void {
    this.heardAnything = true
    this.#receiver.push(chunk)
  }

  onDrain(): void {
    this.#transmitter.drained()
  }

  onClose(error?: Error): void {
    if (!this.#isOver) {
      this.#stop()
      this.#owner.onEvent({
        type: 'TcpConnectionFails',
        error: error?.message ?? 'the peer closed the connection',
      })
    }
    this.#owner.onGone()
  }

  #stop(): void {
    this.#isOver = true
    this.#receiver.stop()
    this.#transmitter.stop()
  }

  #received(bytes: Uint8Array): void {
    // Routes before Established are an FSM error whatever they say; without an agreement they cannot be read.
    if (bytes[HEADER_LENGTH - 1] === MessageType.update && !this.#isEstablished) {
      this.#owner.onMessage('received', 'UPDATE', 1)
      this.#owner.onEvent({ type: 'UpdateMsg' })
      return
    }
    try {
      this.#dispatch(bytes)
    } catch (error) {
      if (!(error instanceof ProtocolError)) throw error
      this.#failed(error)
    }
  }

  #dispatch(bytes: Uint8Array): void {
    const decoded = decodeMessage(bytes, this.#context)
    this.#owner.onMessage('received', decoded.type, 1)
    if (decoded.faults.length > 0 && decoded.type !== 'UPDATE') {
      this.#owner.onRemarks(
        decoded.type,
        decoded.faults.map(({ reason }) => reason),
      )
    }
    switch (decoded.type) {
      case 'OPEN':
        this.#opened(decoded.message)
        break
      case 'UPDATE':
        this.#owner.onEvent({ type: 'UpdateMsg', update: { decoded, bytes } })
        break
      case 'NOTIFICATION':
        this.#notified(decoded.message)
        break
      case 'KEEPALIVE':
        this.#owner.onEvent({ type: 'KeepaliveMsg' })
        break
      case 'ROUTE-REFRESH':
        this.#owner.onEvent({ type: 'RouteRefreshMsg', message: decoded.message })
        break
    }
  }

  #opened(open: OpenMessage): void {
    const negotiated = negotiate(this.offer, this.#remoteAsn, open)
    this.negotiated = negotiated
    this.#context = sessionContext(negotiated, this.offer.asn !== this.#remoteAsn, 'receive')
    this.#receiver.allow(negotiated.extendedMessages ? MAX_EXTENDED_MESSAGE : MAX_MESSAGE)
    this.#owner.onEvent({ type: 'BgpOpen', negotiated })
  }

  #notified({ code, subcode, data }: Notification): void {
    const notification = { code, subcode, data: data.slice() }
    const isVersion = code === ErrorCode.open && subcode === OpenError.unsupportedVersion
    this.#owner.onEvent({ type: isVersion ? 'NotifMsgVerErr' : 'NotifMsg', notification })
  }

  /** Octets that must end the session; nothing after them is read. */
  #failed(error: ProtocolError): void {
    this.#receiver.stop()
    if (error instanceof MalformedNotification) {
      this.#owner.onEvent({ type: 'NotifMsgErr', error: `unreadable NOTIFICATION: ${error.message}` })
      return
    }
    const type = ERROR_EVENTS[error.notification.code] ?? 'BgpHeaderErr'
    this.#owner.onEvent({ type, notification: error.notification, reason: error.message })
  }
}

/** The event that a NOTIFICATION code to be sent stands for (RFC 4271 section 8.1.5). */
const ERROR_EVENTS: Readonly<
  Record<number, 'BgpHeaderErr' | 'BgpOpenMsgErr' | 'UpdateMsgErr' | 'RouteRefreshMsgErr'>
> = {
  [ErrorCode.header]: 'BgpHeaderErr',
  [ErrorCode.open]: 'BgpOpenMsgErr',
  [ErrorCode.update]: 'UpdateMsgErr',
  [ErrorCode.routeRefresh]: 'RouteRefreshMsgErr',
}

/** Closes a connection that was not wanted, with a NOTIFICATION if there is one to give. */
export function turnAway(connection: Connection, notification?: Notification): void {
  connection.handler = { onOpen() {}, onData() {}, onDrain() {}, onClose() {} }
  if (notification !== undefined) connection.write(encodeNotification(notification))
  connection.close()
}
