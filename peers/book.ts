/**
 * The sessions of this node. Told the whole set of wanted peers, the book finds the difference: new peers get a
 * session, peers that went lose theirs, peers whose way of speaking changed start over, and nobody else notices.
 * What a peer is told may change at any time without touching its session.
 *
 * The book does not know how a session is made: `open` does (see sessions.ts), and tests pass their own.
 */
import type { Log, RouteSet } from '../bgp/index.ts'
import { PeerRoutes, type RoutesUpdate } from './routes.ts'
import type { PeerSpec } from './types.ts'

/** Why a session ends: the peer hears it as a Cease subcode (RFC 4486). */
export type CloseReason = 'removed' | 'reconfigured' | 'shutdown'

/** One neighbor, as far as the book needs it. */
export interface Session<Status> {
  /** The full wanted set, any time, in any state. */
  setRoutes(routes: RouteSet): void
  /** How it stands, for display. */
  status(): Status
  close(reason: CloseReason): void
}

/** Makes a session that looks for its peer at once. What it throws becomes the reason why the peer has none. */
export type OpenSession<Status> = (spec: PeerSpec) => Session<Status>

/** One peer for display: the status of its session, or why it was refused one. */
export interface PeerEntry<Status> {
  readonly spec: PeerSpec
  readonly status?: Status
  readonly refused?: string
}

interface Entry<Status> {
  spec: PeerSpec
  readonly session?: Session<Status>
  readonly refused?: string
  /** As last told to the session. */
  routes: RouteSet | undefined
}

export class PeerBook<Status> {
  readonly routes = new PeerRoutes()
  readonly #open: OpenSession<Status>
  readonly #log: Log
  #entries = new Map<string, Entry<Status>>()

  constructor(open: OpenSession<Status>, log: Log) {
    this.#open = open
    this.#log = log
  }

  /** All peers wanted now, and the owners whose announcements changed; either may be left out. */
  update(update: RoutesUpdate): void {
    for (const _ of this.steps(update));
  }

  /** The same in small steps between which others may work. Sessions notice at the end; see PeerRoutes. */
  *steps(update: RoutesUpdate): Generator<void, void> {
    yield* this.routes.steps(update)
    if (update.peers !== undefined) this.#setPeers(update.peers)
    for (const [name, entry] of this.#entries) this.#feed(name, entry)
  }

  /** Every peer, in the order given. */
  *[Symbol.iterator](): IterableIterator<PeerEntry<Status>> {
    for (const entry of this.#entries.values()) yield shown(entry)
  }

  get(name: string): PeerEntry<Status> | undefined {
    const entry = this.#entries.get(name)
    return entry === undefined ? undefined : shown(entry)
  }

  /** Ends every session. */
  close(): void {
    for (const { session } of this.#entries.values()) session?.close('shutdown')
    this.#entries.clear()
  }

  /** Sessions end before others begin: an address may pass from one peer to another. */
  #setPeers(peers: readonly PeerSpec[]): void {
    const wanted = new Map(peers.map((spec) => [spec.name, spec]))
    const kept = new Map<string, Entry<Status>>()
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

  #end(name: string, { session, spec }: Entry<Status>, reason: CloseReason): void {
    if (session === undefined) return
    this.#log('info', `peer ${name} (${spec.address}): session ends, ${reason}`, { peer: name, reason })
    session.close(reason)
  }

  #begin(spec: PeerSpec, taken: Map<string, string>, before: Entry<Status> | undefined): Entry<Status> {
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
  #refuse(spec: PeerSpec, refused: string, before: Entry<Status> | undefined): Entry<Status> {
    if (before?.refused !== refused)
      this.#log('error', `peer ${spec.name} (${spec.address}) gets no session: ${refused}`, {
        peer: spec.name,
      })
    return { spec, refused, routes: undefined }
  }

  #feed(name: string, entry: Entry<Status>): void {
    const routes = this.routes.routesFor(name)
    if (entry.routes === routes) return
    entry.routes = routes
    entry.session?.setRoutes(routes)
  }
}

function shown<Status>({ spec, session, refused }: Entry<Status>): PeerEntry<Status> {
  if (session !== undefined) return { spec, status: session.status() }
  return { spec, ...(refused !== undefined && { refused }) }
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
