/**
 * Interning: equal values become the same object, so that comparing two of them is comparing two pointers.
 *
 * The table holds its values weakly. It therefore never keeps alive what no route uses any more, and needs no
 * release call; dead entries are swept out whenever the table has doubled since the last sweep.
 */
const FIRST_SWEEP = 1024

export class InternTable<T extends object> {
  readonly #known = new Map<string, WeakRef<T>>()
  #sweepAt = FIRST_SWEEP

  /** The one object for `key`; `make` is called when there is none (any more). */
  intern(key: string, make: () => T): T {
    const known = this.#known.get(key)?.deref()
    if (known !== undefined) return known
    if (this.#known.size >= this.#sweepAt) this.#sweep()
    const value = make()
    this.#known.set(key, new WeakRef(value))
    return value
  }

  #sweep(): void {
    for (const [key, ref] of this.#known) {
      if (ref.deref() === undefined) this.#known.delete(key)
    }
    this.#sweepAt = Math.max(FIRST_SWEEP, 2 * this.#known.size)
  }
}
