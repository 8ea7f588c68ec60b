/** How prefixes go to peers, for display: worked out from the claims when somebody asks. */
import { ClaimTable, ownersOf } from './claims.ts'
import { attributesFor, isEbgp, merge, PeerReason, selectsPeer, verdictFor } from './policy.ts'
import type { Announcement, PeerSpec } from './types.ts'

/** One prefix towards one peer. */
export interface PeerRoute {
  readonly peer: string
  readonly code: PeerReason
  readonly message: string
  /** Absent where the session's own address is the next hop, or nothing is announced. */
  readonly nextHop?: string
  /** As sent: for iBGP only. */
  readonly localPref?: number
  readonly communities: readonly string[]
  readonly largeCommunities: readonly string[]
  /** What had to give way when several advertisements were merged. */
  readonly notes: readonly string[]
}

/** One prefix, who stands behind it, and how it goes to each peer. */
export interface RouteRow {
  readonly prefix: string
  readonly owners: readonly string[]
  readonly advertisements: readonly string[]
  readonly peers: readonly PeerRoute[]
}

export type OwnerChange = readonly [owner: string, announcements: readonly Announcement[]]

/** Undefined when nobody asks for the prefix. */
export function rowOf(prefix: string, table: ClaimTable, peers: Iterable<PeerSpec>): RouteRow | undefined {
  const claims = table.of(prefix)
  if (claims.length === 0) return undefined
  const terms = claims.map((claim) => claim.terms)
  return {
    prefix,
    owners: ownersOf(claims),
    advertisements: [...new Set(terms.map(({ advertisement }) => advertisement))].sort(),
    peers: Array.from(peers, (peer) => routeTo(peer, terms)),
  }
}

/** All that peers would be told, where there are none to tell. */
export function* plannedRows(
  wanted: Iterable<OwnerChange>,
  peers: readonly PeerSpec[],
): Generator<RouteRow, void> {
  const table = new ClaimTable()
  const touched = new Set<string>()
  for (const [owner, announcements] of wanted) table.replace(owner, announcements, touched)
  for (const prefix of table.prefixes) yield rowOf(prefix, table, peers) as RouteRow
}

const NOTHING = { communities: [], largeCommunities: [], notes: [] } as const

function routeTo(peer: PeerSpec, terms: readonly Announcement[]): PeerRoute {
  const selecting = terms.filter((one) => selectsPeer(one, peer.name))
  const verdict = verdictFor((selecting[0] ?? terms[0]) as Announcement, peer)
  if (verdict.code !== PeerReason.announced) return { peer: peer.name, ...verdict, ...NOTHING }
  const merged = merge(selecting)
  const { nextHop, localPref } = attributesFor(merged, verdict.nextHop, isEbgp(peer))
  return {
    peer: peer.name,
    ...verdict,
    ...(nextHop !== undefined && { nextHop }),
    ...(localPref !== undefined && { localPref }),
    communities: merged.communities,
    largeCommunities: merged.largeCommunities,
    notes: merged.notes,
  }
}
