import type { Clock } from './clock.ts'
import { judgeOpen, type MachineEvent, type Negotiated, type Offer, openParams } from './fsm/index.ts'
import type { Connection, ConnectionHandler } from './network.ts'
import { Receiver } from './receiver.ts'
import { Transmitter, type UpdateSource } from './transmitter.ts'
import {
  type DecodedUpdate,
  decodeMessage,
  encodeKeepalive,
  encodeNotification,
  encodeOpen,
  encodeRouteRefresh,
  type Family,
  HEADER_LENGTH,
  MAX_EXTENDED_MESSAGE,
  MAX_MESSAGE,
  MessageType,
  type MessageTypeName,
  type Notification,
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
  /** An UPDATE in Established, with what RFC 7606 made of it; `bytes` is only good during the call. */
  onUpdate(update: DecodedUpdate, bytes: Uint8Array): void
  onOpen(message: OpenMessage): void
  onMessage(direction: 'sent' | 'received', type: MessageTypeName, count: number): void
}

/** Whether UPDATE attributes carry 4-octet AS numbers and so on matters only once they are allowed. */
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
  /** Octets have been received. */
  heardAnything = false
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
    if (this.#isOver) return
    this.#stop()
    this.#transmitter.send('NOTIFICATION', encodeNotification(notification))
    this.connection.close()
  }

  close(): void {
    if (this.#isOver) return
    this.#stop()
    this.connection.close()
  }

  /** UPDATEs may flow, in both directions and in the form both sides agreed on. */
  establish(negotiated: Negotiated, receiving: SessionContext, updates: UpdateSource): void {
    this.#context = receiving
    this.#isEstablished = true
    this.#receiver.allow(negotiated.extendedMessages ? MAX_EXTENDED_MESSAGE : MAX_MESSAGE)
    this.#transmitter.attach(updates)
  }

  /** The source of UPDATEs may have something new. */
  wake(): void {
    this.#transmitter.wake()
  }

  /** Received octets wait to be looked at, so silence is not the peer's. */
  get isBehind(): boolean {
    return this.#receiver.isBehind
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
    if (this.#isOver) return
    this.#stop()
    this.#owner.onEvent({ type: 'TcpConnectionFails', error: error?.message ?? 'closed by the peer' })
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
      return this.#owner.onEvent({ type: 'UpdateMsg' })
    }
    try {
      this.#dispatch(bytes)
    } catch (error) {
      if (!(error instanceof ProtocolError)) throw error
      this.#failed(error)
    }
  }
}
