/**
 * One value where many are equal. Thousands of objects name the same few namespaces, nodes and ports, and each arrives
 * with a copy of its own. Bounded: what repeats is met again soon, and the rest is not worth keeping.
 */
const MOST = 10_000

export class Interned<Value> {
  readonly #known = new Map<string, Value>()

  /** The first value that was made for that text; equal texts must mean equal values. */
  one(text: string, make: () => Value): Value {
    const first = this.#known.get(text)
    if (first !== undefined) return first
    if (this.#known.size >= MOST) this.#known.clear()
    const value = make()
    this.#known.set(text, value)
    return value
  }
}

const texts = new Interned<string>()

export const interned = (text: string): string => texts.one(text, () => text)
