import type { Clock, Timer } from './clock.ts'
import type { Connection } from './network.ts'
import { MessageFramer, ProtocolError } from './wire/index.ts'

/**
 * The reading half of a connection: octets to whole messages, one at a time and never too many at once.
 *
 * A peer may send thousands of messages in one burst. They are handed on in slices of a few milliseconds; between
 * slices the socket is not read, so what is kept here stays bounded and TCP slows the peer down, while keepalives
 * and other peers get their turn.
 */
export interface Reading {
  /** A whole message, header included. */
  onMessage(bytes: Uint8Array): void
  /** The octets are no messages; nothing more will be read. */
  onFramingError(error: ProtocolError): void
}

const SLICE_MS = 5
/** How many messages to handle between looks at the clock; and most of them in a slice, where time stands still. */
const BETWEEN_LOOKS = 32
const SLICE_MESSAGES = 4096

export class Receiver {
  readonly #connection: Connection
  readonly #clock: Clock
  readonly #reading: Reading
  readonly #framer = new MessageFramer()
  #next: Timer | undefined
  #isStopped = false

  constructor(connection: Connection, clock: Clock, reading: Reading) {
    this.#connection = connection
    this.#clock = clock
    this.#reading = reading
  }

  /** The largest message to accept from here on (RFC 8654). */
  allow(maxLength: number): void {
    this.#framer.maxLength = maxLength
  }

  /** Octets have arrived that were not looked at yet. */
  get isBehind(): boolean {
    return this.#next !== undefined
  }

  push(chunk: Uint8Array): void {
    if (this.#isStopped) return
    this.#framer.push(chunk)
    if (this.#next === undefined) this.#slice()
  }

  stop(): void {
    this.#isStopped = true
    this.#next?.cancel()
    this.#next = undefined
  }

  #slice(): void {
    const until = this.#clock.now() + SLICE_MS
    for (let handled = 1; !this.#isStopped; handled += 1) {
      if (!this.#one()) return
      const isLook = handled % BETWEEN_LOOKS === 0
      if (isLook && (handled >= SLICE_MESSAGES || this.#clock.now() >= until)) {
        this.#later()
        return
      }
    }
  }

  /** False: nothing more to handle now. */
  #one(): boolean {
    try {
      const bytes = this.#framer.next()
      if (bytes === undefined) return false
      this.#reading.onMessage(bytes)
      return true
    } catch (error) {
      if (!(error instanceof ProtocolError)) throw error
      this.stop()
      this.#reading.onFramingError(error)
      return false
    }
  }

  #later(): void {
    this.#connection.pause()
    this.#next = this.#clock.soon(() => {
      this.#next = undefined
      this.#slice()
      if (this.#next === undefined && !this.#isStopped) this.#connection.resume()
    })
  }
}
