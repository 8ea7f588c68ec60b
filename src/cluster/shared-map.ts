/**
 * A map by text that is never changed: an edit makes another map, which shares with the one before all that the edit
 * did not touch. Keeping both costs the difference, and so does finding the difference (`changedKeys`), which is what
 * lets one changed service cost the work of one service however many there are.
 *
 * Entries stand in pages of up to 128, in ascending order of their keys (by UTF-16 units). An edit copies the pages it
 * touches, once, and the list of pages; many edits at once therefore cost hardly more than filling a plain map, least
 * of all in ascending order, which is how the API server lists. Iteration is in the order of the keys, so it depends
 * on what is in the map and never on how it came there: whoever lists entries need not sort them. The price against
 * hashing is a look-up by binary search, well under a microsecond.
 */

const PAGE_MAX = 128

interface Page<V> {
  /** Ascending; never empty once the edit is done. */
  readonly keys: string[]
  /** By position in `keys`. */
  readonly values: V[]
  /** The edit that made it, and that alone may change it while it lasts. */
  readonly edit: number
}

let edits = 0

/** A collection of changes. Later ones win; nothing of them shows before `done`. */
export interface SharedMapEdit<V> {
  set(key: string, value: V): void
  /** A key that is not there may be deleted: nothing happens. */
  delete(key: string): void
  /** As edited so far. */
  get(key: string): V | undefined
  /** The edited map; the very one that was edited when nothing came out otherwise. The edit starts anew. */
  done(): SharedMap<V>
}

export class SharedMap<V> implements ReadonlyMap<string, V> {
  readonly size: number
  readonly #pages: readonly Page<V>[]

  private constructor(pages: readonly Page<V>[], size: number) {
    this.#pages = pages
    this.size = size
  }

  /** Of entries in any order; of several with one key the last stays. Fastest in ascending order. */
  static of<V>(entries: Iterable<readonly [string, V]> = []): SharedMap<V> {
    const edit = new SharedMap<V>([], 0).edit()
    for (const [key, value] of entries) edit.set(key, value)
    return edit.done()
  }

  edit(): SharedMapEdit<V> {
    return new Edit<V>(this, this.#pages, (pages, size) => new SharedMap(pages, size))
  }

  get(key: string): V | undefined {
    return valueIn(this.#pages, key)
  }

  has(key: string): boolean {
    const page = this.#pages[pageOf(this.#pages, key)]
    return page !== undefined && page.keys[lowerBound(page.keys, key)] === key
  }

  forEach(each: (value: V, key: string, map: ReadonlyMap<string, V>) => void): void {
    for (const { keys, values } of this.#pages)
      for (let at = 0; at < keys.length; at++) each(values[at] as V, keys[at] as string, this)
  }

  *entries(): MapIterator<[string, V]> {
    for (const { keys, values } of this.#pages)
      for (let at = 0; at < keys.length; at++) yield [keys[at] as string, values[at] as V]
  }

  *keys(): MapIterator<string> {
    for (const { keys } of this.#pages) yield* keys
  }

  *values(): MapIterator<V> {
    for (const { values } of this.#pages) yield* values
  }

  [Symbol.iterator](): MapIterator<[string, V]> {
    return this.entries()
  }

  /** Every key whose value is another one (or is there only once), ascending. Pages that both have are passed over. */
  static *difference<V>(before: SharedMap<V>, after: SharedMap<V>): Generator<string> {
    const left = new Cursor(before.#pages)
    const right = new Cursor(after.#pages)
    for (;;) {
      while (left.page !== undefined && left.page === right.page && left.at === right.at) {
        left.skipPage()
        right.skipPage()
      }
      const [a, b] = [left.key, right.key]
      if (a === undefined && b === undefined) return
      if (a === b) {
        if (left.value !== right.value) yield a as string
        left.step()
        right.step()
      } else if (b === undefined || (a !== undefined && a < b)) {
        yield a as string
        left.step()
      } else {
        yield b
        right.step()
      }
    }
  }
}

/** Index of the last page that starts at the key or before it; 0 when none does. */
function pageOf<V>(pages: readonly Page<V>[], key: string): number {
  let low = 0
  let high = pages.length - 1
  while (low < high) {
    const middle = (low + high + 1) >> 1
    if (((pages[middle] as Page<V>).keys[0] as string) <= key) low = middle
    else high = middle - 1
  }
  return low
}

/** Position of the first key that is not before the given one. */
function lowerBound(keys: readonly string[], key: string): number {
  let low = 0
  let high = keys.length
  while (low < high) {
    const middle = (low + high) >> 1
    if ((keys[middle] as string) < key) low = middle + 1
    else high = middle
  }
  return low
}

function valueIn<V>(pages: readonly Page<V>[], key: string): V | undefined {
  const page = pages[pageOf(pages, key)]
  if (page === undefined) return undefined
  const at = lowerBound(page.keys, key)
  return page.keys[at] === key ? page.values[at] : undefined
}

type Finish<V> = (pages: readonly Page<V>[], size: number) => SharedMap<V>

class Edit<V> implements SharedMapEdit<V> {
  #base: SharedMap<V>
  #pages: Page<V>[]
  #size: number
  /** Whether `#pages` is a list of our own. */
  #owned = false
  #id = ++edits
  readonly #finish: Finish<V>

  constructor(base: SharedMap<V>, pages: readonly Page<V>[], finish: Finish<V>) {
    this.#base = base
    this.#pages = pages as Page<V>[]
    this.#size = base.size
    this.#finish = finish
  }

  get(key: string): V | undefined {
    return valueIn(this.#pages, key)
  }

  set(key: string, value: V): void {
    const index = pageOf(this.#pages, key)
    const page = this.#pages[index]
    const at = page === undefined ? 0 : lowerBound(page.keys, key)
    if (page === undefined || page.keys[at] !== key) this.#insert(index, at, key, value)
    else if (page.values[at] !== value) this.#own(index).values[at] = value
  }

  delete(key: string): void {
    const index = pageOf(this.#pages, key)
    const found = this.#pages[index]
    if (found === undefined) return
    const at = lowerBound(found.keys, key)
    if (found.keys[at] !== key) return
    const page = this.#own(index)
    page.keys.splice(at, 1)
    page.values.splice(at, 1)
    this.#size--
    if (page.keys.length < PAGE_MAX / 8) this.#join(index, page)
  }

  done(): SharedMap<V> {
    if (!this.#owned) return this.#base
    this.#base = this.#finish(this.#pages, this.#size)
    this.#owned = false
    this.#id = ++edits
    return this.#base
  }

  #insert(index: number, at: number, key: string, value: V): void {
    const last = this.#pages[index]
    this.#size++
    // Ascending keys fill page after page.
    const appended = index === this.#pages.length - 1 && at === last?.keys.length
    if (last === undefined || (appended && at >= PAGE_MAX)) {
      this.#ownList().push({ keys: [key], values: [value], edit: this.#id })
      return
    }
    const page = this.#own(index)
    page.keys.splice(at, 0, key)
    page.values.splice(at, 0, value)
    if (page.keys.length > PAGE_MAX) this.#split(index, page)
  }

  #split(index: number, page: Page<V>): void {
    const keys = page.keys.splice(PAGE_MAX / 2)
    const values = page.values.splice(PAGE_MAX / 2)
    this.#pages.splice(index + 1, 0, { keys, values, edit: this.#id })
  }

  /** A page that has become small goes into its neighbour, if that has room. */
  #join(index: number, page: Page<V>): void {
    const other = index > 0 ? index - 1 : index + 1
    const neighbour = this.#pages[other]
    const sum = page.keys.length + (neighbour?.keys.length ?? PAGE_MAX)
    if (page.keys.length > 0 && (neighbour === undefined || sum > PAGE_MAX / 2)) return
    if (neighbour !== undefined && page.keys.length > 0) {
      const into = this.#own(other)
      const front = other < index ? into.keys.length : 0
      into.keys.splice(front, 0, ...page.keys)
      into.values.splice(front, 0, ...page.values)
    }
    this.#pages.splice(index, 1)
  }

  #ownList(): Page<V>[] {
    if (!this.#owned) this.#pages = this.#pages.slice()
    this.#owned = true
    return this.#pages
  }

  #own(index: number): Page<V> {
    const pages = this.#ownList()
    const page = pages[index] as Page<V>
    if (page.edit === this.#id) return page
    const copy = { keys: page.keys.slice(), values: page.values.slice(), edit: this.#id }
    pages[index] = copy
    return copy
  }
}

/** A place in a list of pages. */
class Cursor<V> {
  at = 0
  #index = 0
  readonly #pages: readonly Page<V>[]

  constructor(pages: readonly Page<V>[]) {
    this.#pages = pages
  }

  get page(): Page<V> | undefined {
    return this.#pages[this.#index]
  }

  get key(): string | undefined {
    return this.page?.keys[this.at]
  }

  get value(): V | undefined {
    return this.page?.values[this.at]
  }

  step(): void {
    if (++this.at >= (this.page?.keys.length ?? 0)) this.skipPage()
  }

  skipPage(): void {
    this.#index++
    this.at = 0
  }
}
