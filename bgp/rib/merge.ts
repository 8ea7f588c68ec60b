/**
 * Merging sorted edits into a table's pages. Pages that no edit changes are kept as they are, by identity: that is
 * what lets the difference of two versions skip all but the few pages that differ (see difference.ts), so an edit
 * that changes nothing must not make a new page either.
 *
 * One edit among a million routes costs one new page and one copy of the list of pages.
 */
import type { RouteAttributes } from './attributes.ts'
import {
  attributesAt,
  cutPages,
  lowerBound,
  PAGE_MAX,
  type Page,
  pageOf,
  type SortedRecords,
  type Table,
} from './page.ts'
import { compareRecords } from './record.ts'
import { DELETE } from './staging.ts'

/** A changed page is joined with a neighbour when one is smaller than this and both stay well short of a full page. */
const SMALL = PAGE_MAX / 4
const COMFORTABLE = (PAGE_MAX * 3) / 4

/** Pages `from` (inclusive) to `to` (exclusive) give way to `pages`. */
interface Replacement {
  readonly from: number
  readonly to: number
  readonly pages: readonly Page[]
  /** By how many records the table grows. */
  readonly growth: number
}

/**
 * The table with the edits applied; the very same one when nothing changes. `indexOf` gives the index of an
 * attribute set in `edits.attributes`, adding it there when it is new.
 */
export function mergeEdits(
  table: Table,
  edits: SortedRecords,
  indexOf: (attributes: RouteAttributes) => number,
  stride: number,
): Table {
  const { pages } = table
  if (pages.length === 0) return bulkTable(table, edits, stride)
  const replacements: Replacement[] = []
  for (let edit = 0, page = 0; edit < edits.count; ) {
    const first = pageOf(pages, edits.records, edit * stride, stride, page)
    page = first > page && fits(countAt(pages, first - 1), countAt(pages, first)) ? first - 1 : first
    const span = new Span(edits, indexOf, stride)
    const from = page
    do {
      const end = editsBefore(edits, pages[page + 1], edit, stride)
      span.merge(pages[page++] as Page, edit, end)
      edit = end
    } while (page <= first || (page < pages.length && span.changed && fits(span.count, countAt(pages, page))))
    if (span.changed) replacements.push({ from, to: page, pages: span.pages(), growth: span.growth })
  }
  return replaced(table, replacements)
}

function countAt(pages: readonly Page[], index: number): number {
  return (pages[index] as Page).count
}

function fits(count: number, next: number): boolean {
  return count < SMALL && count + next <= COMFORTABLE
}

/** First edit, from `from` on, that belongs to the page `next` or a later one. */
function editsBefore(edits: SortedRecords, next: Page | undefined, from: number, stride: number): number {
  if (next === undefined) return edits.count
  let end = from
  while (end < edits.count && compareRecords(edits.records, end * stride, next.records, 0, stride) < 0) end++
  return end
}

function bulkTable(empty: Table, edits: SortedRecords, stride: number): Table {
  const { choices, only } = edits
  const deletes = choices === undefined ? only === DELETE : choices.subarray(0, edits.count).includes(DELETE)
  const kept = deletes ? withoutDeletes(edits, stride) : edits
  if (kept.count === 0) return empty
  // A buffer that grew by doubling may be half empty, and its pages may live long.
  const used = kept.count * stride
  const spacious = kept.records.buffer.byteLength > used * 1.1
  const records = spacious ? kept.records.slice(0, used) : kept.records
  return { pages: cutPages({ ...kept, records }, stride), count: kept.count }
}

function withoutDeletes(edits: SortedRecords, stride: number): SortedRecords {
  const records = new Uint8Array(edits.count * stride)
  const choices = new Uint32Array(edits.count)
  let count = 0
  for (let i = 0; i < edits.count; i++) {
    const choice = edits.choices === undefined ? edits.only : (edits.choices[i] as number)
    if (choice === DELETE) continue
    records.set(edits.records.subarray(i * stride, (i + 1) * stride), count * stride)
    choices[count++] = choice
  }
  return { ...edits, records, count, choices }
}

function replaced(table: Table, replacements: readonly Replacement[]): Table {
  const [only] = replacements
  if (only === undefined) return table
  const count = replacements.reduce((sum, { growth }) => sum + growth, table.count)
  const { pages } = table
  if (replacements.length === 1)
    return { pages: pages.toSpliced(only.from, only.to - only.from, ...only.pages), count }
  const result: Page[] = []
  let at = 0
  for (const { from, to, pages: fresh } of replacements) {
    while (at < from) result.push(pages[at++] as Page)
    for (const page of fresh) result.push(page)
    at = to
  }
  while (at < pages.length) result.push(pages[at++] as Page)
  return { pages: result, count }
}

/** The records of one or a few neighbouring pages, edits applied. */
class Span {
  readonly #edits: SortedRecords
  readonly #indexOf: (attributes: RouteAttributes) => number
  readonly #stride: number
  #records = new Uint8Array(0)
  #choices = new Uint32Array(0)
  count = 0
  changed = false
  /** How many records more there are than before. */
  growth = 0

  constructor(edits: SortedRecords, indexOf: (attributes: RouteAttributes) => number, stride: number) {
    this.#edits = edits
    this.#indexOf = indexOf
    this.#stride = stride
  }

  /** Takes in a page with the edits `from` to `to` (exclusive). */
  merge(page: Page, from: number, to: number): void {
    this.#reserve(page.count + to - from)
    const before = this.count + page.count
    const palette = page.palette.map(this.#indexOf)
    const { records, choices, only, attributes } = this.#edits
    let at = 0
    for (let edit = from; edit < to; edit++) {
      const place = lowerBound(page, records, edit * this.#stride, this.#stride, at)
      this.#copy(page, palette, at, place)
      at = place
      const choice = choices === undefined ? only : (choices[edit] as number)
      const present = this.#holds(page, place, edit)
      if (present) at++
      if (
        present ? choice === DELETE || attributes[choice] !== attributesAt(page, place) : choice !== DELETE
      ) {
        this.changed = true
      }
      if (choice !== DELETE) this.#put(edit, choice)
    }
    this.#copy(page, palette, at, page.count)
    this.growth += this.count - before
  }

  pages(): readonly Page[] {
    if (this.count === 0) return []
    const records = this.#records.subarray(0, this.count * this.#stride)
    const { attributes } = this.#edits
    const sorted = {
      records,
      count: this.count,
      attributes,
      choices: this.#choices,
      only: DELETE,
      host: false,
    }
    const waste = this.#records.length > records.length * 1.1
    return cutPages(waste ? { ...sorted, records: records.slice() } : sorted, this.#stride)
  }

  #holds(page: Page, place: number, edit: number): boolean {
    const stride = this.#stride
    if (place === page.count) return false
    return compareRecords(page.records, place * stride, this.#edits.records, edit * stride, stride) === 0
  }

  #put(edit: number, choice: number): void {
    const stride = this.#stride
    this.#records.set(this.#edits.records.subarray(edit * stride, (edit + 1) * stride), this.count * stride)
    this.#choices[this.count++] = choice
  }

  #copy(page: Page, palette: readonly number[], from: number, to: number): void {
    if (from === to) return
    const stride = this.#stride
    this.#records.set(page.records.subarray(from * stride, to * stride), this.count * stride)
    const { choice } = page
    if (choice === undefined) this.#choices.fill(palette[0] as number, this.count, this.count + to - from)
    else
      for (let i = from; i < to; i++)
        this.#choices[this.count + i - from] = palette[choice[i] as number] as number
    this.count += to - from
  }

  #reserve(more: number): void {
    const records = new Uint8Array((this.count + more) * this.#stride)
    const choices = new Uint32Array(this.count + more)
    records.set(this.#records.subarray(0, this.count * this.#stride))
    choices.set(this.#choices.subarray(0, this.count))
    this.#records = records
    this.#choices = choices
  }
}
