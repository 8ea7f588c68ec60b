/**
 * A page: up to 256 records in ascending order with the attributes of each. Never changed once made.
 *
 * Attributes are an octet's index into the page's own palette, and not even that when the whole page has one set,
 * which is the usual case. Palettes are small and local, so no global numbering has to be kept or bounded, and a page
 * keeps alive exactly the attribute sets it uses.
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
  const seen = new Int32Array(sorted.choices === undefined ? 0 : sorted.attributes.length)
  for (let from = 0; from < sorted.count; from += size) {
    const to = Math.min(from + size, sorted.count)
    const records = sorted.records.subarray(from * stride, to * stride)
    const host = sorted.host || allHost(records, stride)
    const { palette, choice } = paletteOf(sorted, from, to, seen, (pages.length + 1) * PAGE_MAX)
    pages.push({ records, count: to - from, palette, choice, host })
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

/** `seen[n]` is `stamp` plus the local index once attribute set n has been met in this page. */
function paletteOf(
  sorted: SortedRecords,
  from: number,
  to: number,
  seen: Int32Array,
  stamp: number,
): Pick<Page, 'palette' | 'choice'> {
  const { attributes, choices } = sorted
  if (choices === undefined)
    return { palette: [attributes[sorted.only] as RouteAttributes], choice: undefined }
  const palette: RouteAttributes[] = []
  const choice = new Uint8Array(to - from)
  for (let i = from; i < to; i++) {
    const n = choices[i] as number
    if ((seen[n] as number) < stamp) {
      seen[n] = stamp + palette.length
      palette.push(attributes[n] as RouteAttributes)
    }
    choice[i - from] = (seen[n] as number) - stamp
  }
  return { palette, choice: palette.length === 1 ? undefined : choice }
}
