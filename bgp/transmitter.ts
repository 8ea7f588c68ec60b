import type { Clock, Timer } from './clock.ts'
import type { Connection } from './network.ts'
import { MessageType, type MessageTypeName } from './wire/index.ts'

/**
 * The writing half of a connection.
 *
 * UPDATEs are pulled from their source only as the socket takes them, so they wait where they can still change, and
 * a KEEPALIVE written now has at most IN_FLIGHT octets before it (never in the middle of a message: the source gives
 * whole ones).
 */

/** Where UPDATEs come from; an Adj-RIB-Out. */
export interface UpdateSource {
  readonly busy: boolean
  next(maxOctets: number): Uint8Array | undefined
}

/** Octets pulled at a time, and the most that may wait in the socket. */
const CHUNK = 128 * 1024
const IN_FLIGHT = 256 * 1024
/** How long to go on without letting others run. */
const SLICE_MS = 5

export class Transmitter {
  readonly #connection: Connection
  readonly #clock: Clock
  readonly #onSent: (type: MessageTypeName, count: number) => void
  #source: UpdateSource | undefined
  #next: Timer | undefined
  #isBlocked = false
  #lastPending = 0
  #progressAt: number

  constructor(connection: Connection, clock: Clock, onSent: (type: MessageTypeName, count: number) => void) {
    this.#connection = connection
    this.#clock = clock
    this.#onSent = onSent
    this.#progressAt = clock.now()
  }

  /** Writes a message now, ahead of all UPDATEs not yet pulled. */
  send(type: MessageTypeName, message: Uint8Array): void {
    this.#write(message)
    this.#onSent(type, 1)
  }

  /** Pulls from the source, from the next turn of the event loop on. */
  attach(source: UpdateSource): void {
    this.#source = source
    this.wake()
  }

  /** The source may have something new. */
  wake(): void {
    if (this.#source === undefined || this.#isBlocked) return
    this.#next ??= this.#clock.soon(() => {
      this.#next = undefined
      this.#pull()
    })
  }

  drained(): void {
    this.#isBlocked = false
    this.#noteProgress()
    this.wake()
  }

  stop(): void {
    this.#source = undefined
    this.#next?.cancel()
    this.#next = undefined
  }

  /** How long the peer has taken nothing of what waits for it, ms; 0 when nothing waits (RFC 9687). */
  stalledMs(): number {
    this.#noteProgress()
    return this.#connection.pending === 0 ? 0 : this.#clock.now() - this.#progressAt
  }

  #pull(): void {
    const until = this.#clock.now() + SLICE_MS
    while (this.#source?.busy) {
      const chunk = this.#source.next(CHUNK)
      if (chunk === undefined) {
        this.wake()
        return
      }
      const goOn = this.#write(chunk)
      this.#count(chunk)
      if (!goOn && this.#connection.pending >= IN_FLIGHT) {
        this.#isBlocked = true
        return
      }
      if (this.#clock.now() >= until) {
        this.wake()
        return
      }
    }
  }

  #count(chunk: Uint8Array): void {
    const { updates, refreshes } = messagesIn(chunk)
    this.#onSent('UPDATE', updates)
    if (refreshes > 0) this.#onSent('ROUTE-REFRESH', refreshes)
  }

  #write(octets: Uint8Array): boolean {
    this.#noteProgress()
    const goOn = this.#connection.write(octets)
    this.#lastPending = this.#connection.pending
    return goOn
  }

  #noteProgress(): void {
    const { pending } = this.#connection
    if (pending === 0 || pending < this.#lastPending) this.#progressAt = this.#clock.now()
    this.#lastPending = pending
  }
}

/**
 * A chunk is whole messages: octets 16 and 17 of each are its length, 18 its type (RFC 4271 section 4.1). Among the
 * UPDATEs stand the markers of an enhanced refresh (RFC 7313).
 */
function messagesIn(chunk: Uint8Array): { readonly updates: number; readonly refreshes: number } {
  let updates = 0
  let refreshes = 0
  for (let at = 0; at + 17 < chunk.length; ) {
    if (chunk[at + 18] === MessageType.routeRefresh) refreshes += 1
    else updates += 1
    at += Math.max(1, (chunk[at + 16] ?? 0) * 256 + (chunk[at + 17] ?? 0))
  }
  return { updates, refreshes }
}
