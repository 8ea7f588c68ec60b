/**
 * The values that BGP messages carry, as the rest of the library sees them.
 *
 * Addresses and prefixes are text in canonical form (RFC 5952 for IPv6: `192.0.2.1`, `2001:db8::1/128`): a value
 * that a person can read and JSON can carry. The one place where hundreds of thousands of prefixes live, the
 * Adj-RIB-Out, keeps them packed instead (see ../rib).
 */

/** The address families a speaker of service routes needs: unicast (SAFI 1) of AFI 1 and AFI 2. */
export type Family = 'ipv4' | 'ipv6'

export const FAMILIES: readonly Family[] = ['ipv4', 'ipv6']

/** Address Family Identifiers (RFC 4760, IANA). */
export const AFI = { ipv4: 1, ipv6: 2 } as const
/** Subsequent Address Family Identifier of unicast (RFC 4760). */
export const SAFI_UNICAST = 1

/** An autonomous system number, 1..4294967295. 23456 (AS_TRANS) is never a configured one. */
export type Asn = number

export const AS_TRANS = 23456

/** RFC 4271 section 4.1. */
export const MessageType = { open: 1, update: 2, notification: 3, keepalive: 4, routeRefresh: 5 } as const
export type MessageTypeName = 'OPEN' | 'UPDATE' | 'NOTIFICATION' | 'KEEPALIVE' | 'ROUTE-REFRESH'

/** Octets of marker, length and type (RFC 4271 section 4.1). */
export const HEADER_LENGTH = 19
/** The largest message without (RFC 4271) and with (RFC 8654) the Extended Message capability. */
export const MAX_MESSAGE = 4096
export const MAX_EXTENDED_MESSAGE = 65535

/** What both OPENs agreed on, as far as encoding and decoding depend on it. */
export interface SessionContext {
  /** AS numbers in AS_PATH and AGGREGATOR are 4 octets wide (RFC 6793 negotiated). */
  readonly as4: boolean
  /** The peer is in another AS. */
  readonly ebgp: boolean
  /** Messages may be up to 65535 octets (RFC 8654 negotiated). */
  readonly extendedMessages: boolean
  /** Families whose NLRI carry a path identifier in the direction at hand (RFC 7911). */
  readonly addPath: ReadonlySet<Family>
  /** Families both sides announced (RFC 4760). */
  readonly families: ReadonlySet<Family>
}

/** The LOCAL_PREF we give where none is asked for, and what an absent one counts as: that of every router. */
export const DEFAULT_LOCAL_PREF = 100

export type Origin = 'igp' | 'egp' | 'incomplete'

export type AsPathSegmentType = 'set' | 'sequence' | 'confed-sequence' | 'confed-set'

/** One AS_PATH segment (RFC 4271 section 4.3, RFC 5065). */
export interface AsPathSegment {
  readonly type: AsPathSegmentType
  readonly asns: readonly Asn[]
}

export interface Aggregator {
  readonly asn: Asn
  readonly address: string
}

/** An attribute this library does not interpret, kept as it came (RFC 4271 section 9, unrecognised transitive). */
export interface OpaqueAttribute {
  readonly type: number
  readonly flags: number
  /** The attribute's value in hex. */
  readonly value: string
}

/** One NLRI entry: the prefix, and its path identifier where add-path was negotiated. */
export interface Nlri {
  readonly prefix: string
  readonly pathId?: number
}

/**
 * The path attributes of an UPDATE, decoded. Everything is optional: what must be present depends on the session
 * and is judged by the UPDATE decoder, not by this shape.
 */
export interface PathAttributes {
  readonly origin?: Origin
  readonly asPath?: readonly AsPathSegment[]
  /** NEXT_HOP for IPv4 in the body; the global next hop of MP_REACH_NLRI otherwise. */
  readonly nextHop?: string
  /** The second, link-local next hop of MP_REACH_NLRI (RFC 2545 section 3). */
  readonly linkLocalNextHop?: string
  readonly med?: number
  readonly localPref?: number
  readonly atomicAggregate?: boolean
  readonly aggregator?: Aggregator
  /** RFC 1997, each `a:b`. */
  readonly communities?: readonly string[]
  readonly originatorId?: string
  readonly clusterList?: readonly string[]
  /** RFC 4360, each 16 hex digits. */
  readonly extendedCommunities?: readonly string[]
  /** RFC 8092, each `a:b:c`. */
  readonly largeCommunities?: readonly string[]
  /** Only to a 2-octet peer (RFC 6793). */
  readonly as4Path?: readonly AsPathSegment[]
  readonly as4Aggregator?: Aggregator
  /** Only to customer (RFC 9234). */
  readonly otc?: Asn
  readonly unknown?: readonly OpaqueAttribute[]
}

/** A NOTIFICATION's content (RFC 4271 section 4.5). */
export interface Notification {
  readonly code: number
  readonly subcode: number
  readonly data: Uint8Array
}
