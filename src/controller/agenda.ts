/**
 * Which Services are to be decided (again), each once. Those that hold addresses come first, so that nobody is given
 * an address whose owner has not been heard yet; otherwise first come, first served.
 */
import type { ObjectKey } from '../cluster/index.ts'

/** Why a Service is looked at: its own objects changed, or what may be given changed around it. */
export type Cause = 'service' | 'pools'

export interface Item {
  readonly key: ObjectKey
  readonly cause: Cause
  /** Since when it waits, on the monotonic clock. */
  readonly since: number
}

export class Agenda {
  readonly #holders = new Map<ObjectKey, Item>()
  readonly #others = new Map<ObjectKey, Item>()

  get size(): number {
    return this.#holders.size + this.#others.size
  }

  add(item: Item, holds: boolean): void {
    const { key } = item
    const before = this.#holders.get(key) ?? this.#others.get(key)
    const into = holds || this.#holders.has(key) ? this.#holders : this.#others
    if (into === this.#holders) this.#others.delete(key)
    if (before === undefined) into.set(key, item)
    else into.set(key, before.cause === 'pools' ? before : { ...before, cause: item.cause })
  }

  take(): Item | undefined {
    for (const map of [this.#holders, this.#others])
      for (const item of map.values()) {
        map.delete(item.key)
        return item
      }
    return undefined
  }

  clear(): void {
    this.#holders.clear()
    this.#others.clear()
  }
}
