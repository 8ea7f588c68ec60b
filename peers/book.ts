/**
 * The sessions of this node. Told the whole set of wanted peers, the book finds the difference: new peers get a
 * session, peers that went lose theirs, peers whose way of speaking changed start over, and nobody else notices.
 * What a peer is told may change at any time without touching its session.
 *
 * The book does not know how a session is made: `open` does (see sessions.ts), and tests pass their own.
 */
import type { Log, RouteSet } from '../bgp/index.ts'
import { type OwnerChange, PeerRoutes } from './routes.ts'
import type { PeerSpec } from './types.ts'

/** Why a session ends: the peer hears it as a Cease subcode (RFC 4486). */
export type CloseReason = 'removed' | 'reconfigured' | 'shutdown'

/** One neighbor, as far as the book needs it. */
export interface Session {
  /** The full wanted set, any time, in any state. */
  setRoutes(routes: RouteSet): void
  close(reason: CloseReason): void
}

/** One peer. It has a session, or was refused one for the reason given. */
export interface PeerEntry<S extends Session> {
  readonly spec: PeerSpec
  readonly session?: S
  readonly refused?: string
}

interface Entry<S extends Session> extends PeerEntry<S> {
  spec: PeerSpec
  /** As last told to the session. */
  routes: RouteSet | undefined
}

export class PeerBook<S extends Session> {
  readonly routes = new PeerRoutes()
  readonly #open: (spec: PeerSpec) => S
  readonly #log: Log
  #entries = new Map<string, Entry<S>>()

  constructor(open: (spec: PeerSpec) => S, log: Log) {
    this.#open = open
    this.#log = log
  }

  /** All peers wanted now, and the owners whose announcements changed; either may be left out. */
  update({ peers, changes = [] }: { peers?: readonly PeerSpec[]; changes?: Iterable<OwnerChange> }): void {
    this.routes.update(changes)
    if (peers !== undefined) {
      this.routes.setPeers(peers)
      this.#setPeers(peers)
    }
    for (const [name, entry] of this.#entries) this.#feed(name, entry)
  }

  /** Every peer, in the order given. */
  get entries(): Iterable<PeerEntry<S>> {
    return this.#entries.values()
  }

  get(name: string): PeerEntry<S> | undefined {
    return this.#entries.get(name)
  }

  /** Ends every session. */
  close(): void {
    for (const { session } of this.#entries.values()) session?.close('shutdown')
    this.#entries.clear()
  }

  /** Sessions end before others begin: an address may pass from one peer to another. */
  #setPeers(peers: readonly PeerSpec[]): void {
    const wanted = new Map(peers.map((spec) => [spec.name, spec]))
    const kept = new Map<string, Entry<S>>()
    for (const [name, entry] of this.#entries) {
      const spec = wanted.get(name)
      if (spec !== undefined && entry.session !== undefined && sameSession(entry.spec, spec))
        kept.set(name, Object.assign(entry, { spec }))
      else this.#end(name, entry, spec === undefined ? 'removed' : 'reconfigured')
    }
    const taken = new Map([...kept.values()].map(({ spec }) => [spec.address, spec.name]))
    const before = this.#entries
    this.#entries = new Map()
    for (const [name, spec] of wanted)
      this.#entries.set(name, kept.get(name) ?? this.#begin(spec, taken, before.get(name)))
  }

  #end(name: string, { session, spec }: Entry<S>, reason: CloseReason): void {
    if (session === undefined) return
    this.#log('info', `peer ${name} (${spec.address}): session ends, ${reason}`, { peer: name, reason })
    session.close(reason)
  }

  #begin(spec: PeerSpec, taken: Map<string, string>, before: Entry<S> | undefined): Entry<S> {
    const holder = taken.get(spec.address)
    if (holder !== undefined)
      return this.#refuse(spec, `${spec.address} is already the address of peer ${holder}`, before)
    try {
      const session = this.#open(spec)
      taken.set(spec.address, spec.name)
      return { spec, session, routes: undefined }
    } catch (error) {
      return this.#refuse(spec, error instanceof Error ? error.message : String(error), before)
    }
  }

  /** One peer that cannot be had must not cost the others theirs. Said once, not at every look. */
  #refuse(spec: PeerSpec, refused: string, before: Entry<S> | undefined): Entry<S> {
    if (before?.refused !== refused)
      this.#log('error', `peer ${spec.name} (${spec.address}) gets no session: ${refused}`, {
        peer: spec.name,
      })
    return { spec, refused, routes: undefined }
  }

  #feed(name: string, entry: Entry<S>): void {
    const routes = this.routes.routesFor(name)
    if (entry.routes === routes) return
    entry.routes = routes
    entry.session?.setRoutes(routes)
  }
}

/** Next hops are told in routes; everything else is how the session speaks. */
const sessionPart = ({ nextHop4: _4, nextHop6: _6, ...rest }: PeerSpec): PeerSpec => rest

function sameSession(a: PeerSpec, b: PeerSpec): boolean {
  const [left, right] = [Object.entries(sessionPart(a)), sessionPart(b)]
  return (
    left.length === Object.keys(right).length &&
    left.every(([key, value]) => right[key as keyof PeerSpec] === value)
  )
}
