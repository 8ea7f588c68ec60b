import type { Clock } from '../../bgp/clock.ts'
import type { Connection, ConnectionHandler, Endpoint, TransportOptions } from '../../bgp/network.ts'

/** What the wire between two hosts is like. */
export interface Wire {
  readonly clock: Clock
  /** Milliseconds one way, asked for each delivery; the order within a direction is kept all the same. */
  latency(): number
  /** Most octets that arrive in one piece. */
  readonly segment: number
  /** Octets a direction holds that the reader has not taken. */
  readonly window: number
  isCut(a: Endpoint, b: Endpoint): boolean
}

export const IGNORED: ConnectionHandler = { onOpen() {}, onData() {}, onDrain() {}, onClose() {} }

/** How long an orderly close waits for the other side. */
const LINGER_MS = 2000

/** One end of a TCP connection in memory. */
export class FakeConnection implements Connection {
  readonly local: Endpoint
  readonly remote: Endpoint
  handler: ConnectionHandler
  /** As given to `connect`, or to `setOptions` of an accepted connection. */
  options: TransportOptions
  isGone = false
  readonly #wire: Wire
  #other: FakeConnection | undefined
  #isOpen = false
  #isClosing = false
  #isPaused = false
  #wantsDrain = false
  readonly #unsent: Uint8Array[] = []
  #unsentOctets = 0
  #inFlight = 0
  #lastDelivery = 0
  readonly #unread: Uint8Array[] = []
  #finArrived = false
  #finSent = false

  constructor(
    wire: Wire,
    local: Endpoint,
    remote: Endpoint,
    handler: ConnectionHandler,
    options: TransportOptions,
  ) {
    this.#wire = wire
    this.local = local
    this.remote = remote
    this.handler = handler
    this.options = options
  }

  /** The accepting end of `dialler`'s connection, open at once. */
  static accept(wire: Wire, dialler: FakeConnection): FakeConnection {
    const accepted = new FakeConnection(wire, dialler.remote, dialler.local, IGNORED, {})
    accepted.#other = dialler
    accepted.#isOpen = true
    dialler.#other = accepted
    return accepted
  }

  /** The SYN was answered. */
  opened(): void {
    if (this.isGone) return
    this.#isOpen = true
    this.handler.onOpen()
    this.#read()
  }

  get pending(): number {
    return this.#unsentOctets
  }

  write(data: Uint8Array): boolean {
    if (this.isGone || this.#isClosing) return true
    this.#unsent.push(data.slice())
    this.#unsentOctets += data.length
    this.#transmit()
    this.#wantsDrain = this.#unsentOctets > 0
    return !this.#wantsDrain
  }

  pause(): void {
    this.#isPaused = true
  }

  resume(): void {
    this.#isPaused = false
    this.#wire.clock.soon(() => this.#read())
  }

  setOptions(options: TransportOptions): undefined {
    this.options = options
  }

  close(): void {
    if (this.#isClosing) return
    if (!this.#isOpen) {
      this.abort()
      return
    }
    this.#isClosing = true
    this.#isPaused = false
    this.#transmit()
    this.#read()
    this.#wire.clock.after(LINGER_MS, () => this.abort())
  }

  abort(): void {
    const other = this.#other
    if (this.isGone) return
    this.lose()
    if (other !== undefined) this.#deliver(() => other.lose(new Error('read ECONNRESET')))
  }

  lose(error?: Error): void {
    if (this.isGone) return
    this.isGone = true
    this.#wire.clock.soon(() => this.handler.onClose(error))
  }

  #transmit(): void {
    while (this.#unsentOctets > 0 && this.#inFlight < this.#wire.window) {
      const first = this.#unsent[0] as Uint8Array
      const room = Math.min(first.length, this.#wire.segment, this.#wire.window - this.#inFlight)
      this.#send(first.subarray(0, room))
      if (room === first.length) this.#unsent.shift()
      else this.#unsent[0] = first.subarray(room)
    }
    if (this.#unsentOctets > 0) return
    if (this.#wantsDrain) {
      this.#wantsDrain = false
      this.#wire.clock.soon(() => this.isGone || this.#isClosing || this.handler.onDrain())
    }
    if (this.#isClosing) this.#sendFin()
  }

  #sendFin(): void {
    if (!this.#finSent) this.#deliver(() => this.#other?.fin())
    this.#finSent = true
  }

  #send(piece: Uint8Array): void {
    this.#unsentOctets -= piece.length
    this.#inFlight += piece.length
    this.#deliver(() => this.#other?.arrived(piece))
  }

  #deliver(arrive: () => void): void {
    const { clock } = this.#wire
    this.#lastDelivery = Math.max(this.#lastDelivery, clock.now() + this.#wire.latency())
    clock.after(this.#lastDelivery - clock.now(), () => {
      if (!this.#wire.isCut(this.local, this.remote)) arrive()
    })
  }

  /** Octets of the other side are here. */
  arrived(piece: Uint8Array): void {
    this.#unread.push(piece)
    this.#read()
  }

  /** The other side has sent all it will; as with node's sockets ours ends too, once that is read. */
  fin(): void {
    this.#finArrived = true
    this.#read()
  }

  #read(): void {
    while (this.#isOpen && !this.isGone && !this.#isPaused && this.#unread.length > 0) {
      const piece = this.#unread.shift() as Uint8Array
      if (!this.#isClosing) this.handler.onData(piece)
      this.#other?.taken(piece.length)
    }
    if (!this.#finArrived || this.#unread.length > 0 || this.isGone) return
    this.#sendFin()
    this.lose()
  }

  /** The other side has read so many octets of ours. */
  taken(octets: number): void {
    this.#inFlight -= octets
    if (!this.isGone) this.#transmit()
  }
}
