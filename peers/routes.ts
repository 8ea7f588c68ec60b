/**
 * The RouteSet of every peer, kept up to date from what owners ask for. One changed owner costs the work of its own
 * prefixes; many changes are made in one edit.
 *
 * Peers that must be told the same share one set, however many they are. Two peers see the same when their sessions
 * carry the same families with the same next hops, both are or both are not iBGP, and every list of peers in use
 * names both or neither. When such a list appears or goes, peers part or meet: each takes its set along, which is
 * still right for every prefix that did not change (the sets are persistent, so this costs nothing).
 */
import { type RouteAttributes, RouteSet } from '../bgp/index.ts'
import { type Family, familyOf } from '../bgp/wire/index.ts'
import { ClaimTable, sameTerms } from './claims.ts'
import { attributesFor, isEbgp, merge, PeerReason, selectsPeer, type Way, wayOf } from './policy.ts'
import { type OwnerChange, type RouteRow, rowOf } from './rows.ts'
import type { Announcement, PeerSpec } from './types.ts'

/** What peers with the same key are told. */
interface View {
  /** One of the peers that share it now: it answers for all of them. */
  peer: PeerSpec
  /** What the session can carry. */
  readonly shape: string
  /** Absent until all claims have been looked at for it. */
  routes: RouteSet | undefined
}

export interface RoutesUpdate {
  /** The whole set; absent: as before. */
  readonly peers?: readonly PeerSpec[]
  /** Owners not named stay as they are; an empty list withdraws one. */
  readonly changes?: Iterable<OwnerChange>
}

export class PeerRoutes {
  readonly #claims = new ClaimTable()
  #peers: ReadonlyMap<string, PeerSpec> = new Map()
  #views = new Map<string, View>()
  #viewOf = new Map<string, View>()

  /** The whole set of peers; those whose sessions carry the same as before keep their routes as they are. */
  setPeers(peers: readonly PeerSpec[]): void {
    for (const _ of this.steps({ peers }));
  }

  /** Replaces what the given owners ask for; an empty list withdraws an owner. Owners not named stay as they are. */
  update(changes: Iterable<OwnerChange>): void {
    for (const _ of this.steps({ changes }));
  }

  /**
   * Both at once, in small steps between which others may work: one owner, or one prefix of one view. What peers
   * should hear changes at the end, for all at once; only one such run may be under way, and it must be finished.
   */
  *steps({ peers, changes = [] }: RoutesUpdate): Generator<void, void> {
    const touched = new Set<string>()
    for (const [owner, announcements] of changes) {
      this.#claims.replace(owner, announcements, touched)
      yield
    }
    if (peers !== undefined) this.#peers = new Map(peers.map((peer) => [peer.name, peer]))
    else if (touched.size === 0) return
    const { views, viewOf } = this.#regrouped()
    const routes = new Map<View, RouteSet>()
    for (const view of views.values())
      routes.set(view, yield* this.#edited(view, view.routes === undefined ? this.#claims.prefixes : touched))
    for (const [view, edited] of routes) view.routes = edited
    this.#views = views
    this.#viewOf = viewOf
  }

  /** What the peer should hear; the same object as long as that does not change. */
  routesFor(peerName: string): RouteSet {
    return this.#viewOf.get(peerName)?.routes ?? RouteSet.empty
  }

  get prefixes(): Iterable<string> {
    return this.#claims.prefixes
  }

  /** The prefixes that an owner asks for. */
  prefixesOf(owner: string): readonly string[] {
    return [...new Set(this.#claims.announcementsOf(owner).map(({ prefix }) => prefix))]
  }

  /** One prefix with its owners and its way to every peer, for display; undefined when nobody asks for it. */
  row(prefix: string): RouteRow | undefined {
    return rowOf(prefix, this.#claims, this.#peers.values())
  }

  #regrouped(): { readonly views: Map<string, View>; readonly viewOf: Map<string, View> } {
    const lists = this.#claims.peerLists().map((peers) => ({ text: peers.join(' '), names: new Set(peers) }))
    const views = new Map<string, View>()
    const viewOf = new Map<string, View>()
    for (const peer of this.#peers.values()) {
      const shape = shapeOf(peer)
      const naming = lists.filter(({ names }) => names.has(peer.name)).map(({ text }) => text)
      const key = [shape, ...naming.sort()].join('\n')
      const view = views.get(key) ?? this.#continued(key, peer, shape)
      if (!views.has(key)) view.peer = peer
      views.set(key, view)
      viewOf.set(peer.name, view)
    }
    return { views, viewOf }
  }

  /** The same view as before, or what the peer had if its session still carries the same, or a new one. */
  #continued(key: string, peer: PeerSpec, shape: string): View {
    const same = this.#views.get(key)
    if (same !== undefined) return same
    const had = this.#viewOf.get(peer.name)
    return { peer, shape, routes: had?.shape === shape ? had.routes : undefined }
  }

  *#edited({ peer, routes = RouteSet.empty }: View, prefixes: Iterable<string>): Generator<void, RouteSet> {
    const editor = routes.edit()
    const told = { ipv4: new Told('ipv4', peer), ipv6: new Told('ipv6', peer) }
    for (const prefix of prefixes) {
      const terms = this.#claims
        .of(prefix)
        .flatMap((claim) => (selectsPeer(claim.terms, peer.name) ? claim.terms : []))
      const attributes = told[familyOf(prefix)].of(terms)
      if (attributes === undefined) editor.delete(prefix)
      else editor.put(prefix, attributes)
      yield
    }
    return editor.done()
  }
}

/** The attributes of a peer's routes of one family; routes on the same terms get the very same object. */
class Told {
  readonly #way: Way
  readonly #ebgp: boolean
  readonly #known = new Map<string, { terms: readonly Announcement[]; attributes: RouteAttributes }>()

  constructor(family: Family, peer: PeerSpec) {
    this.#way = wayOf(family, peer)
    this.#ebgp = isEbgp(peer)
  }

  /** Undefined: nothing to tell. */
  of(terms: readonly Announcement[]): RouteAttributes | undefined {
    if (terms.length === 0 || this.#way.code !== PeerReason.announced) return undefined
    const key = terms.length === 1 ? terms[0]?.advertisement : terms.map((one) => one.advertisement).join(' ')
    const known = this.#known.get(key as string)
    if (known?.terms.every((one, at) => sameTerms(one, terms[at] as Announcement))) return known.attributes
    const attributes = attributesFor(merge(terms), this.#way.nextHop, this.#ebgp)
    this.#known.set(key as string, { terms, attributes })
    return attributes
  }
}

/** All of a session that decides what can be told over it. */
const shapeOf = (peer: PeerSpec): string =>
  [
    familyOf(peer.address),
    isEbgp(peer) ? 'eBGP' : 'iBGP',
    peer.dualStack ? `${peer.nextHop4} ${peer.nextHop6}` : 'one family',
  ].join(' ')
