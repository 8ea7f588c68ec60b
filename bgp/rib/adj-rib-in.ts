/**
 * The Adj-RIB-In of one neighbor (RFC 4271 section 3.2), for show: nothing received is ever installed or passed on
 * (RFC 8212), so all that is kept is enough to count and to look at. A peer that sends the whole Internet, or sends
 * for ever, must cost a bounded amount of memory.
 *
 * Two bounds therefore: routes up to the first are kept with their attributes; prefixes up to the second are told
 * apart by a packed key, so counts are exact, refreshes and changes included. Beyond it the count is what was
 * announced less what was withdrawn of the rest, in which a repeated announcement counts again, and it says so.
 */
import {
  type DecodedUpdate,
  FAMILIES,
  type Family,
  formatPrefix,
  maskAddress,
  mergeAs4,
  type PathAttributes,
  type RouteChange,
  routeChanges,
} from '../wire/index.ts'
import { InternTable } from './intern.ts'
import { ADDRESS_BITS } from './record.ts'

export interface AdjRibInOptions {
  /** Routes per family kept for display; default 10,000. */
  readonly display?: number
  /** Prefixes per family that are told apart; default 100,000, and at least the family's limit. */
  readonly distinct?: number
  /** Prefixes per family after which `apply` reports the limit as passed (RFC 4486, Cease/1). */
  readonly limits?: Readonly<Partial<Record<Family, number>>>
}

export interface ReceivedRoute {
  readonly family: Family
  readonly prefix: string
  readonly pathId?: number
  /** `nextHop` is that of this route, whichever attribute it came in. */
  readonly attributes: PathAttributes
}

export interface PrefixCount {
  readonly prefixes: number
  /** False: more prefixes came than are told apart, and repeated ones may have been counted twice. */
  readonly exact: boolean
}

export interface PrefixLimit {
  readonly family: Family
  readonly limit: number
  readonly prefixes: number
}

const DISPLAY = 10_000
const DISTINCT = 100_000

export class AdjRibIn {
  readonly #tables: Readonly<Record<Family, ReceivedTable>>
  readonly #limits: Readonly<Partial<Record<Family, number>>>

  constructor(options: AdjRibInOptions = {}) {
    const { display = DISPLAY, distinct = DISTINCT, limits = {} } = options
    const table = (family: Family) =>
      new ReceivedTable(family, display, Math.max(display, distinct, limits[family] ?? 0))
    this.#limits = limits
    this.#tables = { ipv4: table('ipv4'), ipv6: table('ipv6') }
  }

  /** Carries out what an UPDATE says, RFC 7606 applied. Returns the limit that is passed now, if one is. */
  apply(update: DecodedUpdate): PrefixLimit | undefined {
    const { withdrawn, announced } = routeChanges(update)
    for (const change of withdrawn) this.#tables[change.family].withdraw(change)
    for (const change of announced) this.#tables[change.family].announce(change, update.message.attributes)
    return this.#passed()
  }

  /** Forgets everything: the session is gone. */
  clear(): void {
    for (const family of FAMILIES) this.#tables[family].clear()
  }

  counts(): Readonly<Record<Family, PrefixCount>> {
    return { ipv4: this.#tables.ipv4.count, ipv6: this.#tables.ipv6.count }
  }

  /** The routes kept, in the order they first came. */
  *entries(family?: Family): Generator<ReceivedRoute> {
    for (const each of family === undefined ? FAMILIES : [family]) yield* this.#tables[each].routes()
  }

  #passed(): PrefixLimit | undefined {
    for (const family of FAMILIES) {
      const limit = this.#limits[family]
      const { prefixes } = this.#tables[family].count
      if (limit !== undefined && prefixes > limit) return { family, limit, prefixes }
    }
    return undefined
  }
}

const shared = new InternTable<PathAttributes>()

class ReceivedTable {
  readonly #family: Family
  readonly #display: number
  readonly #distinct: number
  readonly #shown = new Map<number, ReceivedRoute>()
  readonly #known = new Set<number>()
  #beyond = 0
  #exact = true

  constructor(family: Family, display: number, distinct: number) {
    this.#family = family
    this.#display = display
    this.#distinct = distinct
  }

  get count(): PrefixCount {
    return { prefixes: this.#known.size + this.#beyond, exact: this.#exact }
  }

  routes(): Iterable<ReceivedRoute> {
    return this.#shown.values()
  }

  clear(): void {
    this.#shown.clear()
    this.#known.clear()
    this.#beyond = 0
    this.#exact = true
  }

  withdraw({ nlri }: RouteChange): void {
    nlri.walk((octets, at, length, pathId) => {
      const key = keyOf(this.#family, octets, at, length, pathId)
      if (this.#known.delete(key)) this.#shown.delete(key)
      else if (this.#beyond > 0) this.#beyond--
    })
  }

  announce(change: RouteChange, received: PathAttributes): void {
    let attributes: PathAttributes | undefined
    change.nlri.walk((octets, at, length, pathId) => {
      const key = keyOf(this.#family, octets, at, length, pathId)
      this.#meet(key)
      if (!this.#shown.has(key) && (this.#shown.size >= this.#display || !this.#known.has(key))) return
      attributes ??= attributesOf(change, received)
      this.#shown.set(key, {
        family: this.#family,
        prefix: prefixText(this.#family, octets, at, length),
        ...(pathId !== undefined && { pathId }),
        attributes,
      })
    })
  }

  #meet(key: number): void {
    if (this.#known.has(key)) return
    if (this.#known.size < this.#distinct) {
      this.#known.add(key)
      return
    }
    this.#beyond++
    this.#exact = false
  }
}

function attributesOf({ nextHop, linkLocalNextHop }: RouteChange, received: PathAttributes): PathAttributes {
  const { nextHop: _, linkLocalNextHop: __, ...rest } = mergeAs4(received)
  const attributes = {
    ...rest,
    ...(nextHop !== undefined && { nextHop }),
    ...(linkLocalNextHop !== undefined && { linkLocalNextHop }),
  }
  return shared.intern(JSON.stringify(attributes), () => Object.freeze(attributes))
}

function prefixText(family: Family, octets: Uint8Array, at: number, length: number): string {
  const address = new Uint8Array(ADDRESS_BITS[family] / 8)
  address.set(octets.subarray(at, at + ((length + 7) >> 3)))
  return formatPrefix(maskAddress(address, length), length)
}

/**
 * A number for a prefix: the IPv4 prefix itself; for IPv6, and with path identifiers, 53 bits of hash, in which two
 * of a hundred thousand meet once in a million tables.
 */
function keyOf(
  family: Family,
  octets: Uint8Array,
  at: number,
  length: number,
  pathId: number | undefined,
): number {
  const last = at + ((length + 7) >> 3) - 1
  const mask = 0xff << ((8 - (length & 7)) & 7)
  if (family === 'ipv4' && pathId === undefined) {
    let address = 0
    for (let i = 0; i < 4; i++) {
      const octet = at + i > last ? 0 : (octets[at + i] as number)
      address = address * 256 + (at + i === last ? octet & mask : octet)
    }
    return address * 64 + length
  }
  let low = Math.imul(0x811c9dc5 ^ length, 0x01000193)
  let high = (pathId ?? 0) ^ 0x9e3779b9
  for (let i = at; i <= last; i++) {
    const octet = (octets[i] as number) & (i === last ? mask : 0xff)
    low = Math.imul(low ^ octet, 0x01000193)
    high = Math.imul(high ^ octet ^ (low >>> 15), 0x85ebca6b)
  }
  low = Math.imul(low ^ (high >>> 13), 0xc2b2ae35)
  return (high >>> 11) * 0x1_0000_0000 + (low >>> 0)
}
