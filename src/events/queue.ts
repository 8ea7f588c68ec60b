/**
 * What still has to be told: warnings first, then first in, first out, each thing once. Saying something again while it
 * waits only counts it up, so a Service that flaps a hundred times a second takes one place, and its events cannot push
 * others out.
 */
import type { EventWish, Regarding } from './types.ts'

/** The same thing said `times` times, the first and the last time at these moments (wall clock). */
export interface Waiting {
  readonly wish: EventWish
  readonly times: number
  readonly first: Date
  readonly last: Date
}

export class WishQueue {
  readonly #capacity: number
  readonly #warnings = new Map<string, Waiting>()
  readonly #normals = new Map<string, Waiting>()
  #dropped = 0

  /** @param capacity how many different things may wait; beyond that the oldest is dropped, warnings last. */
  constructor(capacity: number) {
    this.#capacity = capacity
  }

  get size(): number {
    return this.#warnings.size + this.#normals.size
  }

  get dropped(): number {
    return this.#dropped
  }

  add(wish: EventWish, now: Date): void {
    this.#put({ wish, times: 1, first: now, last: now })
  }

  /** Puts back what could not be told; it is the oldest again. */
  putBack(one: Waiting): void {
    const waiting = this.#queueOf(one.wish)
    const others = [...waiting]
    waiting.clear()
    this.#put(one)
    for (const [, other] of others) this.#put(other)
  }

  take(): Waiting | undefined {
    return takeFrom(this.#warnings) ?? takeFrom(this.#normals)
  }

  clear(): void {
    this.#dropped += this.size
    this.#warnings.clear()
    this.#normals.clear()
  }

  #put({ wish, times, first, last }: Waiting): void {
    const key = placeOf(wish)
    const waiting = this.#queueOf(wish)
    const before = waiting.get(key)
    if (before !== undefined) times += before.times
    // Setting a key that is there keeps its place.
    waiting.set(key, { wish, times, first: before?.first ?? first, last })
    if (this.size > this.#capacity && this.#takeLeast() !== undefined) this.#dropped++
  }

  #queueOf({ type }: EventWish): Map<string, Waiting> {
    return type === 'Warning' ? this.#warnings : this.#normals
  }

  #takeLeast(): Waiting | undefined {
    return takeFrom(this.#normals) ?? takeFrom(this.#warnings)
  }
}

/** The oldest. */
function takeFrom(queue: Map<string, Waiting>): Waiting | undefined {
  for (const [key, one] of queue) {
    queue.delete(key)
    return one
  }
  return undefined
}

const SEPARATOR = '\u0000'

/** Without the uid: a Service deleted and created over and over is one Service to whoever reads. */
const placeOf = ({ regarding, type, reason, message }: EventWish): string =>
  [...objectOf(regarding), type, reason, message].join(SEPARATOR)

/** One Event object: about this very object, not about one of the same name before it. */
export const sameEvent = ({ regarding, type, reason, message }: EventWish): string =>
  [...objectOf(regarding), regarding.uid, type, reason, message].join(SEPARATOR)

const objectOf = ({ apiVersion, kind, namespace, name }: Regarding) => [apiVersion, kind, namespace, name]
