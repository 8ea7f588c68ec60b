/**
 * What a route looks like when it is told to one peer: own AS or empty AS_PATH, LOCAL_PREF or none, and which next hop.
 * Pure, and the only place that knows these rules; a route that cannot be told says why.
 */

import type { Asn, AsPathSegment, Family, PathAttributes } from '../wire/index.ts'
import { DEFAULT_LOCAL_PREF, familyOf, parseAddress } from '../wire/index.ts'
import type { RouteAttributes } from './attributes.ts'

/** What the rules depend on, known once a session is up. */
export interface ExportFacts {
  readonly localAsn: Asn
  readonly ebgp: boolean
  readonly peerAddress: string
  /** Our address of the session's connection: the next hop of its own family. */
  readonly localAddress: string
  /** Next hops to give instead, by the routes' family; also how the family that is not the session's gets one. */
  readonly nextHops?: Readonly<Partial<Record<Family, string>>>
  /** Our link-local address, where the peer is on the same link (RFC 2545 section 3). */
  readonly linkLocal?: string
  /** RFC 8950 was negotiated: IPv4 routes may have an IPv6 next hop. */
  readonly extendedNextHop: boolean
}

/** Why a route is not told to a peer. Stable codes: they reach status, logs and `explain` unchanged. */
export const Unsendable = {
  /** The peer did not agree to the route's address family. */
  familyNotNegotiated: 'FamilyNotNegotiated',
  /** The session has no address of the route's family, and none was configured. */
  noNextHop: 'NoNextHop',
  /** The next hop would be the peer itself (RFC 4271 section 5.1.3). */
  nextHopIsPeer: 'NextHopIsPeer',
  /** The next hop is of another family than the routes (without RFC 8950). */
  nextHopOtherFamily: 'NextHopOtherFamily',
  /** Unspecified, multicast, link-local only, or IPv4-mapped: no router could use it. */
  nextHopUnusable: 'NextHopUnusable',
  /** One prefix with its attributes is larger than the largest message agreed on. */
  attributesTooLarge: 'AttributesTooLarge',
} as const
export type UnsendableReason = (typeof Unsendable)[keyof typeof Unsendable]

export interface NotSendable {
  readonly unsendable: UnsendableReason
}

/** The count of an AS_PATH segment is one octet (RFC 4271 section 4.3). */
const SEGMENT_MAX = 255

export function exportAttributes(
  attributes: RouteAttributes,
  family: Family,
  facts: ExportFacts,
): PathAttributes | NotSendable {
  const nextHop = chooseNextHop(attributes, family, facts)
  if (typeof nextHop !== 'string') return nextHop
  const { med, communities, extendedCommunities, largeCommunities } = attributes
  const isOwn6 = nextHop === facts.localAddress && familyOf(nextHop) === 'ipv6'
  const linkLocal = isOwn6 ? facts.linkLocal : undefined
  return {
    origin: attributes.origin ?? 'igp',
    asPath: facts.ebgp ? ownPath(facts.localAsn, 1 + (attributes.prepend ?? 0)) : [],
    nextHop,
    ...(linkLocal !== undefined && { linkLocalNextHop: linkLocal }),
    ...(med !== undefined && { med }),
    // RFC 4271 section 5.1.5: always to internal peers, never to external ones.
    ...(!facts.ebgp && { localPref: attributes.localPref ?? DEFAULT_LOCAL_PREF }),
    ...(communities && { communities }),
    ...(extendedCommunities && { extendedCommunities }),
    ...(largeCommunities && { largeCommunities }),
  }
}

function ownPath(asn: Asn, times: number): AsPathSegment[] {
  const segments: AsPathSegment[] = []
  for (let left = times; left > 0; left -= SEGMENT_MAX) {
    segments.push({ type: 'sequence', asns: Array<Asn>(Math.min(left, SEGMENT_MAX)).fill(asn) })
  }
  return segments
}

function chooseNextHop(
  attributes: RouteAttributes,
  family: Family,
  facts: ExportFacts,
): string | NotSendable {
  const chosen = attributes.nextHop ?? facts.nextHops?.[family] ?? sessionNextHop(family, facts)
  if (chosen === undefined) return { unsendable: Unsendable.noNextHop }
  const octets = parseAddress(chosen)
  if (octets === undefined || unusable(octets)) return { unsendable: Unsendable.nextHopUnusable }
  const sameFamily = (octets.length === 16) === (family === 'ipv6')
  if (!sameFamily && (family === 'ipv6' || !facts.extendedNextHop)) {
    return { unsendable: Unsendable.nextHopOtherFamily }
  }
  // Our own address is right even where the peer has the same one, as two speakers on one host do.
  const own = chosen === facts.localAddress
  if (!own && isAddress(octets, facts.peerAddress)) return { unsendable: Unsendable.nextHopIsPeer }
  return chosen
}

/** The session's own address, where it can serve this family. */
function sessionNextHop(family: Family, facts: ExportFacts): string | undefined {
  if (familyOf(facts.localAddress) === family) return facts.localAddress
  if (family !== 'ipv4' || !facts.extendedNextHop) return undefined
  return facts.nextHops?.ipv6 ?? facts.localAddress
}

function isAddress(octets: Uint8Array, text: string): boolean {
  const other = parseAddress(text)
  return other?.length === octets.length && other.every((octet, i) => octet === octets[i])
}

function unusable(octets: Uint8Array): boolean {
  const [first = 0, second = 0] = octets
  if (octets.length === 4) return first === 0 || first >= 224
  const linkLocal = first === 0xfe && (second & 0xc0) === 0x80
  return first === 0xff || linkLocal || octets.every((octet) => octet === 0) || isMapped(octets)
}

/** ::ffff:a.b.c.d (RFC 4291 section 2.5.5.2), which BIRD refuses. */
function isMapped(octets: Uint8Array): boolean {
  return octets[10] === 0xff && octets[11] === 0xff && octets.subarray(0, 10).every((octet) => octet === 0)
}
