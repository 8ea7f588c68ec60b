/**
 * Who asks for which prefix. Mostly one owner asks for one prefix; an aggregate may stand for a hundred thousand.
 * So the owners of a prefix that ask on the same terms share one claim, and a change of one owner touches only the
 * claims of its own prefixes.
 */
import { compareText } from './policy.ts'
import type { Announcement } from './types.ts'

/** All owners that want one prefix on the same terms. */
export interface Claim {
  /** One of them; the terms (advertisement, peers, communities ...) are those of all. */
  readonly terms: Announcement
  /** One owner, or several: nearly always one, so the set is made only when needed. */
  owners: string | Set<string>
}

const sameList = (a: readonly string[] = [], b: readonly string[] = []): boolean =>
  a === b || (a.length === b.length && a.every((item, at) => item === b[at]))

/** `peers` absent means all peers, and an empty list none: not the same. */
const samePeers = (a: Announcement['peers'], b: Announcement['peers']): boolean =>
  (a === undefined) === (b === undefined) && sameList(a, b)

export const sameTerms = (a: Announcement, b: Announcement): boolean =>
  a.advertisement === b.advertisement &&
  a.localPref === b.localPref &&
  samePeers(a.peers, b.peers) &&
  sameList(a.communities, b.communities) &&
  sameList(a.largeCommunities, b.largeCommunities)

const sameAnnouncements = (a: readonly Announcement[], b: readonly Announcement[]): boolean =>
  a === b ||
  (a.length === b.length &&
    a.every((one, at) => {
      const other = b[at]
      return other !== undefined && one.prefix === other.prefix && sameTerms(one, other)
    }))

function addOwner(claim: Claim, owner: string): void {
  if (typeof claim.owners !== 'string') claim.owners.add(owner)
  else if (claim.owners !== owner) claim.owners = new Set([claim.owners, owner])
}

/** Whether somebody is left. */
function removeOwner(claim: Claim, owner: string): boolean {
  if (typeof claim.owners === 'string') return claim.owners !== owner
  claim.owners.delete(owner)
  return claim.owners.size > 0
}

export const ownersOf = (claims: readonly Claim[]): readonly string[] => {
  const [only] = claims
  if (claims.length === 1 && typeof only?.owners === 'string') return [only.owners]
  const owners = claims.flatMap((claim) =>
    typeof claim.owners === 'string' ? claim.owners : [...claim.owners],
  )
  return [...new Set(owners)].sort(compareText)
}

const NONE: readonly Claim[] = []

export class ClaimTable {
  readonly #byPrefix = new Map<string, Claim[]>()
  readonly #byOwner = new Map<string, readonly Announcement[]>()
  /** Lists of peers in use, by their text, with the number of claims that name them. */
  readonly #peerLists = new Map<string, { readonly peers: readonly string[]; uses: number }>()

  get prefixes(): Iterable<string> {
    return this.#byPrefix.keys()
  }

  of(prefix: string): readonly Claim[] {
    return this.#byPrefix.get(prefix) ?? NONE
  }

  announcementsOf(owner: string): readonly Announcement[] {
    return this.#byOwner.get(owner) ?? []
  }

  peerLists(): readonly (readonly string[])[] {
    return [...this.#peerLists.values()].map(({ peers }) => peers)
  }

  /** Replaces all that an owner asks for; adds to `touched` the prefixes that may come out differently. */
  replace(owner: string, announcements: readonly Announcement[], touched: Set<string>): void {
    const before = this.#byOwner.get(owner) ?? []
    if (sameAnnouncements(before, announcements)) return
    for (const one of before) this.#withdraw(owner, one)
    for (const one of announcements) this.#claim(owner, one)
    for (const { prefix } of before) touched.add(prefix)
    for (const { prefix } of announcements) touched.add(prefix)
    if (announcements.length > 0) this.#byOwner.set(owner, announcements)
    else this.#byOwner.delete(owner)
  }

  #claim(owner: string, announcement: Announcement): void {
    const claims = this.#byPrefix.get(announcement.prefix)
    const claim = claims?.find(({ terms }) => sameTerms(terms, announcement))
    if (claim !== undefined) {
      addOwner(claim, owner)
      return
    }
    const fresh: Claim = { terms: announcement, owners: owner }
    if (claims === undefined) this.#byPrefix.set(announcement.prefix, [fresh])
    else claims.push(fresh)
    this.#countPeers(announcement.peers, 1)
  }

  #withdraw(owner: string, announcement: Announcement): void {
    const claims = this.#byPrefix.get(announcement.prefix) ?? []
    const at = claims.findIndex(({ terms }) => sameTerms(terms, announcement))
    const claim = claims[at]
    if (claim === undefined || removeOwner(claim, owner)) return
    claims.splice(at, 1)
    if (claims.length === 0) this.#byPrefix.delete(announcement.prefix)
    this.#countPeers(announcement.peers, -1)
  }

  #countPeers(peers: readonly string[] | undefined, by: 1 | -1): void {
    if (peers === undefined) return
    const key = peers.join(' ')
    const entry = this.#peerLists.get(key) ?? { peers, uses: 0 }
    entry.uses += by
    if (entry.uses > 0) this.#peerLists.set(key, entry)
    else this.#peerLists.delete(key)
  }
}
