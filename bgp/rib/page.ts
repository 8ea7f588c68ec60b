/**
 * A page: up to 256 records in ascending order with the attributes of each. Never changed once made.
 *
 * Attributes are an octet's index into the page's own palette, and not even that when the whole page has one set,
 * which is the usual case. Palettes are small and local, so no global numbering has to be kept or bounded.
 *
 * Pages cut from one big sorted buffer are views of it: neighbours in the table are then neighbours in memory, and
 * whole stretches of the table can be handed on as one run of octets (see runs.ts). The price is that such a buffer
 * stays until the last page cut from it has been replaced; pages made by edits have buffers of their own.
 */
import type { RouteAttributes } from './attributes.ts'
import { compareRecords } from './record.ts'

export const PAGE_MAX = 256

export interface Page {
  /** `count` records, nothing else. */
  readonly records: Uint8Array
  readonly count: number
  readonly palette: readonly RouteAttributes[]
  /** Per record its index into `palette`; undefined: all have the palette's only entry. */
  readonly choice: Uint8Array | undefined
  /** Every record has the full prefix length, so the records are NLRI as they stand. */
  readonly host: boolean
}

/** The pages of a family in ascending order, none of them empty, and how many records they have. */
export interface Table {
  readonly pages: readonly Page[]
  readonly count: number
}

/** Sorted unique records with their attributes, to be cut into pages. */
export interface SortedRecords {
  readonly records: Uint8Array
  readonly count: number
  readonly attributes: readonly RouteAttributes[]
  /** Per record its index into `attributes`; undefined: all have `attributes[only]`. */
  readonly choices: Uint32Array | undefined
  readonly only: number
  /** Known to be host routes throughout; false: look. */
  readonly host: boolean
}

export function attributesAt(page: Page, index: number): RouteAttributes {
  return page.palette[page.choice === undefined ? 0 : (page.choice[index] as number)] as RouteAttributes
}

/** Position of the first record of `page` that is not before the given one. */
export function lowerBound(page: Page, record: Uint8Array, at: number, stride: number, from = 0): number {
  let low = from
  let high = page.count
  while (low < high) {
    const middle = (low + high) >> 1
    if (compareRecords(page.records, middle * stride, record, at, stride) < 0) low = middle + 1
    else high = middle
  }
  return low
}

/** Index of the page in which a record is, or would have to be put; `pages` is not empty. */
export function pageOf(
  pages: readonly Page[],
  record: Uint8Array,
  at: number,
  stride: number,
  from = 0,
): number {
  let low = from
  let high = pages.length - 1
  while (low < high) {
    const middle = (low + high + 1) >> 1
    if (compareRecords((pages[middle] as Page).records, 0, record, at, stride) <= 0) low = middle
    else high = middle - 1
  }
  return low
}

/** Cuts sorted records into pages of equal size, sharing their buffer. */
export function cutPages(sorted: SortedRecords, stride: number): Page[] {
  const pages: Page[] = []
  const size = Math.ceil(sorted.count / Math.ceil(sorted.count / PAGE_MAX))
  const palettes = new Palettes(sorted)
  for (let from = 0; from < sorted.count; from += size) {
    const to = Math.min(from + size, sorted.count)
    const records = sorted.records.subarray(from * stride, to * stride)
    const host = sorted.host || allHost(records, stride)
    const choice = palettes.choose(from, to)
    pages.push({ records, count: to - from, palette: palettes.palette, choice, host })
  }
  return pages
}

function allHost(records: Uint8Array, stride: number): boolean {
  const full = (stride - 1) * 8
  for (let at = 0; at < records.length; at += stride) {
    if (records[at] !== full) return false
  }
  return true
}

/**
 * Palettes for one page after the other. Pages share a palette as long as it holds all their sets, so that whoever
 * walks many pages looks at each palette once; it may hold sets that only the page's neighbours use.
 */
class Palettes {
  /** That of the page chosen for last. */
  palette: readonly RouteAttributes[] = []
  readonly #sorted: SortedRecords
  readonly #single: RouteAttributes[][] = []
  #common: RouteAttributes[] = []
  /** Per attribute set, `#stamp` plus its index in the common palette, once it is there. */
  readonly #places: Int32Array
  #stamp = 1

  constructor(sorted: SortedRecords) {
    this.#sorted = sorted
    this.#places = new Int32Array(sorted.choices === undefined ? 0 : sorted.attributes.length)
  }

  /** Chooses for records `from` to `to` (exclusive); undefined: they all have the palette's only set. */
  choose(from: number, to: number): Uint8Array | undefined {
    const { choices, only } = this.#sorted
    const first = choices === undefined ? only : (choices[from] as number)
    if (choices === undefined || isUniform(choices, from, to)) {
      this.#single[first] ??= [this.#sorted.attributes[first] as RouteAttributes]
      this.palette = this.#single[first]
      return undefined
    }
    const choice = new Uint8Array(to - from)
    if (!this.#place(choices, from, to, choice)) {
      this.#stamp += PAGE_MAX
      this.#common = []
      this.#place(choices, from, to, choice)
    }
    this.palette = this.#common
    return choice
  }

  /** False: the common palette is full. An empty one is large enough for any page. */
  #place(choices: Uint32Array, from: number, to: number, choice: Uint8Array): boolean {
    const places = this.#places
    for (let i = from; i < to; i++) {
      const n = choices[i] as number
      let place = (places[n] as number) - this.#stamp
      if (place < 0) {
        if (this.#common.length === PAGE_MAX) return false
        place = this.#common.push(this.#sorted.attributes[n] as RouteAttributes) - 1
        places[n] = this.#stamp + place
      }
      choice[i - from] = place
    }
    return true
  }
}

function isUniform(choices: Uint32Array, from: number, to: number): boolean {
  const first = choices[from]
  for (let i = from + 1; i < to; i++) {
    if (choices[i] !== first) return false
  }
  return true
}
