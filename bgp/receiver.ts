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
/** Messages in a slice at most, however quick. */
const SLICE_MESSAGES = 4096

export class Receiver {
  readonly #connection: Connection
  readonly #clock: Clock
  readonly #reading: Reading
  readonly #framer = new MessageFramer()
  #next: Timer | undefined
  /** The present turn of the event loop, if something was read in it. */
  #turn: { readonly until: number; readonly over: Timer } | undefined
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

  push(chunk: Uint8Array): void {
    if (this.#isStopped) return
    this.#framer.push(chunk)
    if (this.#next === undefined) this.#slice(this.#endOfTurn())
  }

  stop(): void {
    this.#isStopped = true
    this.#next?.cancel()
    this.#next = undefined
    this.#turn?.over.cancel()
    this.#turn = undefined
  }

  /** A busy socket hands over many chunks before anything else gets its turn: they share one slice. */
  #endOfTurn(): number {
    this.#turn ??= {
      until: this.#clock.now() + SLICE_MS,
      over: this.#clock.soon(() => {
        this.#turn = undefined
      }),
    }
    return this.#turn.until
  }

  #slice(until: number): void {
    for (let handled = 1; !this.#isStopped; handled += 1) {
      if (!this.#one()) return
      if (handled >= SLICE_MESSAGES || this.#clock.now() >= until) {
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
      this.#slice(this.#clock.now() + SLICE_MS)
      if (this.#next === undefined && !this.#isStopped) this.#connection.resume()
    })
  }
}
