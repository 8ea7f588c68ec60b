/**
 * What one peer is told, and why not what it is not told. Pure: a decision for one announcement and one peer, and
 * the merging of all that asks for one prefix into the one route that BGP can carry for it.
 *
 * Several owners, or several advertisements of one owner, may ask for the same prefix. It is one route, which
 * carries the union of their communities. LOCAL_PREF cannot be joined: the advertisement that is first by name
 * sets it, whatever order things arrived in, and the others are reported.
 */
import type { RouteAttributes } from '../bgp/index.ts'
import { DEFAULT_LOCAL_PREF, type Family, familyOf } from '../bgp/wire/index.ts'
import type { Announcement, PeerSpec } from './types.ts'

/** Stable codes; the same words as the decisions of `src/plan`. */
export const PeerReason = {
  announced: 'Announced',
  peerNotSelected: 'PeerNotSelected',
  familyNotOnSession: 'FamilyNotOnSession',
  noNextHop: 'NoNextHop',
} as const
export type PeerReason = (typeof PeerReason)[keyof typeof PeerReason]

export const isEbgp = ({ asn, localAsn }: PeerSpec): boolean => asn !== localAsn

const FAMILY_NAME = { ipv4: 'IPv4', ipv6: 'IPv6' } as const

/** How routes of a family reach a peer: with the session's own address, with a given next hop, or not at all. */
export type Way =
  | { readonly code: typeof PeerReason.announced; readonly nextHop?: string }
  | { readonly code: typeof PeerReason.familyNotOnSession | typeof PeerReason.noNextHop }

export function wayOf(family: Family, peer: PeerSpec): Way {
  if (family === familyOf(peer.address)) return { code: PeerReason.announced }
  if (!peer.dualStack) return { code: PeerReason.familyNotOnSession }
  const nextHop = family === 'ipv4' ? peer.nextHop4 : peer.nextHop6
  return nextHop === undefined ? { code: PeerReason.noNextHop } : { code: PeerReason.announced, nextHop }
}

/** An announcement without a list of peers is for all of them. */
export const selectsPeer = ({ peers }: Pick<Announcement, 'peers'>, peerName: string): boolean =>
  peers === undefined || peers.includes(peerName)

/** Whether one announcement goes to one peer, and if not, why. */
export const reasonFor = (announcement: Announcement, peer: PeerSpec): PeerReason =>
  selectsPeer(announcement, peer.name)
    ? wayOf(familyOf(announcement.prefix), peer).code
    : PeerReason.peerNotSelected

export interface PeerVerdict {
  readonly code: PeerReason
  readonly message: string
  /** Given next hop; absent where the session's own address is used, or nothing is announced. */
  readonly nextHop?: string
}

/** The same in words. */
export function verdictFor(announcement: Announcement, peer: PeerSpec): PeerVerdict {
  const { prefix, advertisement, peers } = announcement
  if (!selectsPeer(announcement, peer.name)) {
    const message = `${advertisement} announces ${prefix} to ${peers?.join(', ')}, not to ${peer.name}`
    return { code: PeerReason.peerNotSelected, message }
  }
  const family = familyOf(prefix)
  const way = wayOf(family, peer)
  return { ...way, message: wayText(way, prefix, peer, FAMILY_NAME[family]) }
}

function wayText(way: Way, prefix: string, peer: PeerSpec, family: string): string {
  switch (way.code) {
    case PeerReason.announced:
      return `${prefix} goes to ${peer.name} with next hop ${way.nextHop ?? 'of the session itself'}`
    case PeerReason.familyNotOnSession:
      return `the session with ${peer.name} (${peer.address}) carries no ${family}: dualStackAddressFamily is not set`
    case PeerReason.noNextHop:
      return `no ${family} next hop is known for the session with ${peer.name} (${peer.address})`
  }
}

/** All announcements of one prefix as one route. */
export interface Merged {
  readonly localPref?: number
  readonly communities: readonly string[]
  readonly largeCommunities: readonly string[]
  /** What had to give way, in words; mostly empty. */
  readonly notes: readonly string[]
}

const preferenceOf = ({ localPref = DEFAULT_LOCAL_PREF }: Announcement): number => localPref

/** By advertisement; should one name ever stand for two preferences, the higher comes first: never by arrival. */
const byAdvertisement = (a: Announcement, b: Announcement): number =>
  compareText(a.advertisement, b.advertisement) || preferenceOf(b) - preferenceOf(a)

export const compareText = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0)

/** `a:b` and `a:b:c` as numbers: routers list them so. */
function compareCommunities(a: string, b: string): number {
  const [left, right] = [a.split(':'), b.split(':')]
  for (const [at, part] of left.entries()) {
    const difference = Number(part) - Number(right[at])
    if (difference !== 0) return difference
  }
  return 0
}

const union = (lists: readonly (readonly string[])[]): readonly string[] =>
  [...new Set(lists.flat())].sort(compareCommunities)

const NO_NOTES: readonly string[] = []

/** Merges announcements of one prefix (at least one), whatever their order. */
export function merge(announcements: readonly Announcement[]): Merged {
  const [only, ...others] = announcements
  if (only !== undefined && others.length === 0) return { ...termsOf(only), notes: NO_NOTES }
  const ordered = announcements.toSorted(byAdvertisement)
  const first = ordered[0] as Announcement
  return {
    ...(first.localPref !== undefined && { localPref: first.localPref }),
    communities: union(ordered.map(({ communities }) => communities)),
    largeCommunities: union(ordered.map(({ largeCommunities }) => largeCommunities)),
    notes: localPrefNotes(first, ordered),
  }
}

const termsOf = ({ localPref, communities, largeCommunities }: Announcement) => ({
  ...(localPref !== undefined && { localPref }),
  communities,
  largeCommunities,
})

function localPrefNotes(first: Announcement, all: readonly Announcement[]): readonly string[] {
  const beaten = all.filter((one) => preferenceOf(one) !== preferenceOf(first))
  const winner = `${preferenceOf(first)} of ${first.advertisement}`
  const texts = beaten.map(
    (one) => `local preference ${preferenceOf(one)} of ${one.advertisement} gives way to ${winner}`,
  )
  return [...new Set(texts)]
}

/** The route's attributes towards one peer. LOCAL_PREF is for iBGP only (RFC 4271 section 5.1.5). */
export function attributesFor(merged: Merged, nextHop: string | undefined, ebgp: boolean): RouteAttributes {
  const { communities, largeCommunities, localPref = DEFAULT_LOCAL_PREF } = merged
  return {
    ...(nextHop !== undefined && { nextHop }),
    ...(!ebgp && { localPref }),
    ...(communities.length > 0 && { communities }),
    ...(largeCommunities.length > 0 && { largeCommunities }),
  }
}
