/**
 * What a route says besides its prefix, before any session has its say (next hop self, own AS, LOCAL_PREF: see
 * export.ts).
 *
 * Attributes are interned by value in a normal form: communities sorted and unique, what equals the default left out.
 * Equal sets are then one object, whoever made them and in whatever order, and that identity is what pages store,
 * what the difference compares and what UPDATEs are grouped by. This is also where values from outside are judged:
 * a set that got through can always be encoded.
 */

import type { Origin } from '../wire/index.ts'
import { formatAddress, parseAddress } from '../wire/index.ts'
import { InternTable } from './intern.ts'

export interface RouteAttributes {
  /** Next hop to give instead of the session's own address; of the route's family (or IPv6 for IPv4, RFC 8950). */
  readonly nextHop?: string
  /** Default `igp`. */
  readonly origin?: Origin
  /** MULTI_EXIT_DISC, 0..4294967295. */
  readonly med?: number
  /** LOCAL_PREF, 0..4294967295, only told to iBGP peers; default 100. */
  readonly localPref?: number
  /** RFC 1997, each `a:b`. */
  readonly communities?: readonly string[]
  /** RFC 8092, each `a:b:c`. */
  readonly largeCommunities?: readonly string[]
  /** RFC 4360, each 16 hex digits. */
  readonly extendedCommunities?: readonly string[]
  /** How many times more than once the own AS stands in an eBGP AS_PATH, 0..255. */
  readonly prepend?: number
}

/** A prefix in canonical text (`192.0.2.1/32`, `2001:db8::/64`, host bits clear) and what is said about it. */
export interface Route {
  readonly prefix: string
  readonly attributes: RouteAttributes
}

const table = new InternTable<RouteAttributes>()
const interned = new WeakSet<RouteAttributes>()

/** The one frozen object that stands for all attribute sets equal to this one. RangeError: a value is impossible. */
export function internAttributes(attributes: RouteAttributes): RouteAttributes {
  if (interned.has(attributes)) return attributes
  const normal = normalForm(attributes)
  return table.intern(JSON.stringify(normal), () => {
    interned.add(normal)
    return normal
  })
}

function normalForm(from: RouteAttributes): RouteAttributes {
  const communities = numbers('community', from.communities, 2, 0xffff)
  const large = numbers('large community', from.largeCommunities, 3, 0xffff_ffff)
  const extended = hexes(from.extendedCommunities)
  const prepend = unsigned('prepend', from.prepend, 255)
  const med = unsigned('MED', from.med, 0xffff_ffff)
  const localPref = unsigned('local preference', from.localPref, 0xffff_ffff)
  return Object.freeze({
    ...(from.nextHop !== undefined && { nextHop: address(from.nextHop) }),
    ...(from.origin !== undefined && from.origin !== 'igp' && { origin: origin(from.origin) }),
    ...(med !== undefined && { med }),
    ...(localPref !== undefined && { localPref }),
    ...(communities.length > 0 && { communities }),
    ...(large.length > 0 && { largeCommunities: large }),
    ...(extended.length > 0 && { extendedCommunities: extended }),
    ...(prepend !== undefined && prepend > 0 && { prepend }),
  })
}

function unsigned(name: string, value: number | undefined, max: number): number | undefined {
  if (value === undefined || (Number.isInteger(value) && value >= 0 && value <= max)) return value
  throw new RangeError(`${name} ${value} is not a whole number from 0 to ${max}`)
}

function origin(value: Origin): Origin {
  if (value === 'egp' || value === 'incomplete') return value
  throw new RangeError(`origin '${String(value)}' is none of igp, egp, incomplete`)
}

function address(text: string): string {
  const octets = parseAddress(text)
  if (octets === undefined) throw new RangeError(`next hop '${text}' is not an IP address`)
  return formatAddress(octets)
}

/** Colon-separated numbers, in ascending order and each once (RFC 1997, RFC 8092 section 3). */
function numbers(
  name: string,
  values: readonly string[] | undefined,
  parts: number,
  max: number,
): readonly string[] {
  if (values === undefined || values.length === 0) return []
  const parsed = values.map((text) => {
    const fields = text.split(':').map((field) => (/^\d{1,10}$/.test(field) ? Number(field) : Number.NaN))
    if (fields.length === parts && fields.every((field) => field <= max)) return fields
    throw new RangeError(`${name} '${text}' is not ${parts} numbers from 0 to ${max} joined by colons`)
  })
  parsed.sort(byFields)
  return unique(parsed.map((fields) => fields.join(':')))
}

function byFields(a: readonly number[], b: readonly number[]): number {
  const at = a.findIndex((field, i) => field !== b[i])
  return at < 0 ? 0 : (a[at] as number) - (b[at] as number)
}

function hexes(values: readonly string[] | undefined): readonly string[] {
  if (values === undefined || values.length === 0) return []
  const bad = values.find((text) => !/^[0-9a-f]{16}$/i.test(text))
  if (bad !== undefined) throw new RangeError(`extended community '${bad}' is not 16 hex digits`)
  return unique(values.map((text) => text.toLowerCase()).sort())
}

function unique(sorted: readonly string[]): readonly string[] {
  return Object.freeze(sorted.filter((text, i) => text !== sorted[i - 1]))
}
