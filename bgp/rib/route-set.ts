/**
 * A set of routes, one per prefix: what a peer should hear, or has heard. Immutable and persistent: a version made by
 * editing another shares all pages that the edit did not touch, so keeping both costs the difference, and finding the
 * difference costs no more than it is large.
 *
 * A route takes 5 octets (IPv4) or 17 (IPv6), one more where its page has several attribute sets.
 */
import { FAMILIES, type Family } from '../wire/index.ts'
import type { Route, RouteAttributes } from './attributes.ts'
import { RouteSetEditor } from './editor.ts'
import { attributesAt, lowerBound, type Page, pageOf, type Table } from './page.ts'
import { compareRecords, formatRecord, newRecord, packPrefix, STRIDE } from './record.ts'

export type Tables = Readonly<Record<Family, Table>>

const EMPTY: Table = { pages: [], count: 0 }

export class RouteSet {
  static readonly empty = new RouteSet({ ipv4: EMPTY, ipv6: EMPTY })

  readonly #tables: Tables

  private constructor(tables: Tables) {
    this.#tables = tables
  }

  /** Of routes in any order; of several with one prefix the last stays. Fastest in ascending order. */
  static of(routes: Iterable<Route>): RouteSet {
    const editor = RouteSet.empty.edit()
    for (const route of routes) editor.put(route.prefix, route.attributes)
    return editor.done()
  }

  /** Number of routes. */
  get size(): number {
    return this.#tables.ipv4.count + this.#tables.ipv6.count
  }

  count(family: Family): number {
    return this.#tables[family].count
  }

  get(prefix: string): RouteAttributes | undefined {
    const record = newRecord()
    const family = packPrefix(prefix, record)
    if (family === undefined || this.#tables[family].count === 0) return undefined
    const stride = STRIDE[family]
    const { pages } = this.#tables[family]
    const page = pages[pageOf(pages, record, 0, stride)] as Page
    const at = lowerBound(page, record, 0, stride)
    if (at === page.count || compareRecords(page.records, at * stride, record, 0, stride) !== 0)
      return undefined
    return attributesAt(page, at)
  }

  /** In ascending order, IPv4 first. */
  *entries(family?: Family): Generator<Route> {
    for (const each of family === undefined ? FAMILIES : [family]) {
      for (const page of this.#tables[each].pages) {
        for (let i = 0; i < page.count; i++) {
          const prefix = formatRecord(page.records, i * STRIDE[each], each)
          yield { prefix, attributes: attributesAt(page, i) }
        }
      }
    }
  }

  /** Starts a changed version; this one stays as it is. */
  edit(): RouteSetEditor {
    return new RouteSetEditor(this.#tables, (tables) => {
      return FAMILIES.every((family) => tables[family] === this.#tables[family]) ? this : new RouteSet(tables)
    })
  }

  /** For this folder: the packed pages. */
  pages(family: Family): readonly Page[] {
    return this.#tables[family].pages
  }
}
