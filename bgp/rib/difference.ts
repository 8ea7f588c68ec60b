/**
 * What must be said so that a peer who heard `from` knows `to`: prefixes to withdraw, and per attribute set the
 * prefixes to announce.
 *
 * Both versions are walked in parallel, page by page. A page that both share is skipped unread; a stretch that only
 * one of them has is handed on whole; only pages that truly overlap are compared record by record. The work is done
 * in slices counted in records, so a difference of millions never holds up keepalives.
 */
import { FAMILIES, type Family } from '../wire/index.ts'
import type { RouteAttributes } from './attributes.ts'
import { attributesAt, type Page } from './page.ts'
import { compareRecords, STRIDE } from './record.ts'
import type { RouteSet } from './route-set.ts'
import { Runs } from './runs.ts'

/** What a session makes of attribute sets. Without a session nothing has been heard and this is not asked. */
export interface Hearing {
  /** Whether routes with these attributes can be told to the peer at all. */
  heard(attributes: RouteAttributes, family: Family): boolean
  /** Whether the peer could not tell one from the other. */
  alike(a: RouteAttributes, b: RouteAttributes, family: Family): boolean
}

export const unheard: Hearing = { heard: () => true, alike: (a, b) => a === b }

/** The cost, in records, of a page that is handed on whole. */
const PAGE_COST = 4

export class FamilyDifference {
  readonly family: Family
  readonly withdrawn = new Runs()
  readonly announced = new Map<RouteAttributes, Runs>()
  /** How many of the announced prefixes the peer has already, with other attributes. */
  replaced = 0
  /** Prefixes of `from` that were never told and are now gone or changed, by what they had. */
  readonly released = new Map<RouteAttributes, number>()

  readonly #from: readonly Page[]
  readonly #to: readonly Page[]
  readonly #hearing: Hearing
  readonly #resend: boolean
  readonly #stride: number
  #fromPage = 0
  #toPage = 0
  #fromAt = 0
  #toAt = 0
  // Neighbouring pages often share a palette, so what was found out about the last one is remembered.
  #palette: readonly RouteAttributes[] = []
  #paletteRuns: readonly Runs[] = []
  #judged: readonly RouteAttributes[] = []
  #judgement = true

  constructor(family: Family, from: RouteSet, to: RouteSet, hearing: Hearing, resend: boolean) {
    this.family = family
    this.#from = from.pages(family)
    this.#to = to.pages(family)
    this.#hearing = hearing
    this.#resend = resend
    this.#stride = STRIDE[family]
  }

  /** Works off about `budget` records and returns what is left of it; more than zero: complete. */
  work(budget: number): number {
    let left = budget
    while (left > 0) {
      if (!this.#resend) this.#skipShared()
      const from = this.#from[this.#fromPage]
      const to = this.#to[this.#toPage]
      if (from === undefined && to === undefined) return left
      left -= this.#step(from, to)
    }
    return left
  }

  #step(from: Page | undefined, to: Page | undefined): number {
    if (from === undefined) return this.#announceRest(to as Page)
    if (to === undefined) return this.#withdrawRest(from)
    if (from === to && this.#allHeard(to)) return this.#repeat(to)
    const stride = this.#stride
    if (
      compareRecords(to.records, (to.count - 1) * stride, from.records, this.#fromAt * stride, stride) < 0
    ) {
      return this.#announceRest(to)
    }
    if (
      compareRecords(from.records, (from.count - 1) * stride, to.records, this.#toAt * stride, stride) < 0
    ) {
      return this.#withdrawRest(from)
    }
    return this.#compare(from, to)
  }

  /**
   * Both cursors come to a shared page at the same time, at its start, since up to there nothing is left of either.
   * Of a million routes these are four thousand looks, so they are not counted as work.
   */
  #skipShared(): void {
    const from = this.#from
    const to = this.#to
    let a = this.#fromPage
    let b = this.#toPage
    while (a < from.length && from[a] === to[b]) {
      a++
      b++
    }
    this.#fromPage = a
    this.#toPage = b
  }

  /** A page of a family that is sent again, changed or not. */
  #repeat(page: Page): number {
    this.replaced += page.count
    this.#fromPage++
    return this.#announceRest(page)
  }

  #allHeard({ palette }: Page): boolean {
    if (this.#judged !== palette) {
      this.#judged = palette
      this.#judgement = palette.every((attributes) => this.#hearing.heard(attributes, this.family))
    }
    return this.#judgement
  }

  /** Record by record until one of the pages is used up. */
  #compare(from: Page, to: Page): number {
    const stride = this.#stride
    let a = this.#fromAt
    let b = this.#toAt
    const start = a + b
    while (a < from.count && b < to.count) {
      const order = compareRecords(from.records, a * stride, to.records, b * stride, stride)
      if (order < 0) this.#withdraw(from, a++)
      else if (order > 0) this.#announce(to, b++)
      else this.#change(from, a++, to, b++)
    }
    this.#fromAt = a === from.count ? 0 : a
    this.#toAt = b === to.count ? 0 : b
    if (a === from.count) this.#fromPage++
    if (b === to.count) this.#toPage++
    return a + b - start
  }

  #change(from: Page, a: number, to: Page, b: number): void {
    const before = attributesAt(from, a)
    const after = attributesAt(to, b)
    if (!this.#resend && (before === after || this.#hearing.alike(before, after, this.family))) return
    if (!this.#hearing.heard(before, this.family)) this.#release(before, 1)
    else if (this.#hearing.heard(after, this.family)) this.replaced++
    else this.withdrawn.add(from.records, a * this.#stride)
    this.#announce(to, b)
  }

  #withdraw(page: Page, index: number): void {
    const attributes = attributesAt(page, index)
    if (this.#hearing.heard(attributes, this.family)) this.withdrawn.add(page.records, index * this.#stride)
    else this.#release(attributes, 1)
  }

  #announce(page: Page, index: number): void {
    this.#runsOf(attributesAt(page, index)).add(page.records, index * this.#stride)
  }

  #withdrawRest(page: Page): number {
    const from = this.#fromAt
    this.#fromAt = 0
    this.#fromPage++
    if (page.host && this.#allHeard(page)) {
      this.withdrawn.lend(page.records.subarray(from * this.#stride), this.#stride)
      return PAGE_COST
    }
    for (let i = from; i < page.count; i++) this.#withdraw(page, i)
    return page.count - from
  }

  #announceRest(page: Page): number {
    const from = this.#toAt
    this.#toAt = 0
    this.#toPage++
    if (page.host && page.choice === undefined) {
      this.#runsOf(attributesAt(page, 0)).lend(page.records.subarray(from * this.#stride), this.#stride)
      return PAGE_COST
    }
    const { choice, records } = page
    const runs = this.#runsOfPalette(page.palette)
    const stride = this.#stride
    for (let i = from; i < page.count; i++) {
      const one = runs[choice === undefined ? 0 : (choice[i] as number)] as Runs
      one.add(records, i * stride)
    }
    return page.count - from
  }

  #runsOfPalette(palette: readonly RouteAttributes[]): readonly Runs[] {
    if (this.#palette !== palette) {
      this.#palette = palette
      this.#paletteRuns = palette.map((attributes) => this.#runsOf(attributes))
    }
    return this.#paletteRuns
  }

  #runsOf(attributes: RouteAttributes): Runs {
    let runs = this.announced.get(attributes)
    if (runs === undefined) {
      runs = new Runs()
      this.announced.set(attributes, runs)
    }
    return runs
  }

  #release(attributes: RouteAttributes, count: number): void {
    this.released.set(attributes, (this.released.get(attributes) ?? 0) + count)
  }
}

export class Difference {
  readonly to: RouteSet
  readonly families: readonly FamilyDifference[]

  /** `resend`: families of which everything is announced, changed or not. */
  constructor(from: RouteSet, to: RouteSet, hearing: Hearing, resend: ReadonlySet<Family>) {
    this.to = to
    this.families = FAMILIES.map(
      (family) => new FamilyDifference(family, from, to, hearing, resend.has(family)),
    )
  }

  /** Works off about `budget` records; true: complete. */
  work(budget: number): boolean {
    let left = budget
    for (const family of this.families) {
      left = family.work(left)
      if (left <= 0) return false
    }
    return true
  }
}
