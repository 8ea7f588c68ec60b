/** The ServiceBGPStatus objects that are there, by name and by service. */
import type { ObjectKey } from '../cluster/index.ts'
import type { Found } from './service-status.ts'

export class FoundObjects {
  readonly #byName = new Map<string, Found>()
  readonly #names = new Map<ObjectKey, readonly string[]>()

  /** Services that have at least one. */
  get services(): Iterable<ObjectKey> {
    return this.#names.keys()
  }

  of(key: ObjectKey): readonly Found[] {
    return (this.#names.get(key) ?? []).flatMap((name) => this.#byName.get(name) ?? [])
  }

  clear(): void {
    this.#byName.clear()
    this.#names.clear()
  }

  /** False: it is old news. Our own writes come back later than their answers, and older. */
  put(found: Found): boolean {
    const known = this.#byName.get(found.name)
    if (known !== undefined && isOlder(found.version, known.version)) return false
    if (known !== undefined && known.key !== found.key) this.remove(known.name)
    this.#byName.set(found.name, found)
    const names = this.#names.get(found.key) ?? []
    if (!names.includes(found.name)) this.#names.set(found.key, [...names, found.name])
    return true
  }

  /** Returns the service it was of; undefined when it was not there. */
  remove(name: string): ObjectKey | undefined {
    const found = this.#byName.get(name)
    if (found === undefined) return undefined
    this.#byName.delete(name)
    const others = (this.#names.get(found.key) ?? []).filter((one) => one !== name)
    if (others.length === 0) this.#names.delete(found.key)
    else this.#names.set(found.key, others)
    return found.key
  }
}

/** Resource versions of one kind are numbers in everything but name; anything else counts as newer. */
const isOlder = (a: string, b: string): boolean => /^\d+$/.test(a) && /^\d+$/.test(b) && BigInt(a) < BigInt(b)
