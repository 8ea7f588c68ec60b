import type { Clock, Log, Random, Timer } from './clock.ts'
import { canonicalAddress, type NeighborSettings } from './config.ts'
import { Driver } from './driver.ts'
import { describeEnding } from './endings.ts'
import { FaultLog } from './fault-log.ts'
import {
  type Cause,
  establishedSlot,
  type Negotiated,
  negotiatedFeatures,
  newPeer,
  type Offer,
  offeredFeatures,
  type Peer,
  type PeerAction,
  type PeerEvent,
  type PeerTimer,
  peerState,
  type ReceivedUpdate,
  reduced,
  type Slot,
  stepPeer,
} from './fsm/index.ts'
import type { Connection, Network } from './network.ts'
import { AdjRibIn, AdjRibOut, type ReceivedRoute, type RouteSet, type Standing } from './rib/index.ts'
import { type Session, turnAway } from './session.ts'
import { type NeighborStatus, Tally } from './status.ts'
import { Timers } from './timers.ts'
import {
  AFI,
  encodeShutdownText,
  type Family,
  type Notification,
  type RouteRefreshMessage,
  SAFI_UNICAST,
  type SessionContext,
} from './wire/index.ts'

/** What a neighbor needs from around it. */
export interface NeighborContext {
  readonly network: Network
  readonly clock: Clock
  readonly random: Random
  readonly log: Log
  /** Something in `status()` that people wait for has changed: look again. */
  readonly onChange: (neighbor: Neighbor) => void
}

/**
 * One configured peer: runs its state machine (fsm/peer.ts) on real connections and timers, and holds what it is to
 * be told and what it has told us.
 *
 * Events are handled one at a time, in the order they come: an event raised while another is being handled waits.
 */
export class Neighbor {
  readonly settings: NeighborSettings
  readonly #context: NeighborContext
  readonly #log: Log
  readonly #out = new AdjRibOut()
  readonly #in: AdjRibIn
  readonly #tally = new Tally()
  readonly #faults: FaultLog
  readonly #timers: Timers<PeerTimer>
  readonly #drivers: Readonly<Record<Slot, Driver>>
  readonly #queue: PeerEvent[] = []
  readonly #arrivals = new Map<number, Connection>()
  /** Sessions whose connection is not gone yet, and who waits for that. */
  readonly #connections = new Set<Session>()
  readonly #awaitingClose: (() => void)[] = []
  #peer: Peer
  #isStepping = false
  #arrivalId = 0
  #since: number
  #preparing: Timer | undefined
  #up: { readonly session: Session; readonly negotiated: Negotiated } | undefined
  #lastOpen: Negotiated | undefined

  constructor(settings: NeighborSettings, context: NeighborContext) {
    const { offer, connectRetryTime, delayOpenMs, passive } = settings
    this.settings = settings
    this.#context = context
    this.#log = (level, message, fields) => context.log(level, message, { peer: this.address, ...fields })
    this.#in = new AdjRibIn({ limits: settings.maxPrefixes })
    this.#faults = new FaultLog(context.clock, this.#log)
    this.#timers = new Timers(context.clock, context.random, (timer) => this.#dispatch({ type: 'timer', timer }))
    this.#drivers = { outgoing: this.#driver('outgoing'), incoming: this.#driver('incoming') }
    this.#peer = newPeer({ identity: offer, passive, offer, connectRetryTime, delayOpenMs })
    this.#since = context.clock.now()
  }

  get address(): string {
    return this.settings.endpoint.address
  }

  /** Everything this peer is to hear from now on. Any time, in any state; only the difference is sent. */
  setRoutes(routes: RouteSet): void {
    this.#out.setWanted(routes)
    if (this.#up !== undefined) this.#up.session.wake()
    else this.#prepare()
  }

  /** Begins to look for a session; `Speaker.add` has done so already. Undoes `shutdown`. */
  start(): void {
    this.#dispatch({ type: 'start' })
  }

  /** Ends the session with Cease/Administrative Shutdown, and text for the other side's operator (RFC 9003). */
  shutdown(message?: string): void {
    const data = message === undefined ? new Uint8Array(0) : encodeShutdownText(message)
    this.stop({ code: 6, subcode: 2, data })
  }

  /** Ends the session with this NOTIFICATION, and looks for none. */
  stop(notification: Notification): void {
    this.#dispatch({ type: 'stop', notification })
  }

  /** Asks the peer to send its routes of a family again (RFC 2918); false: it does not offer to. */
  requestRefresh(family: Family): boolean {
    if (!this.#up?.negotiated.routeRefresh || !this.#up.negotiated.families.has(family)) return false
    this.#up.session.sendRouteRefresh(family)
    return true
  }

  /** How a prefix stands with this peer: told and how, or why not. */
  standing(prefix: string): Standing {
    return this.#out.standing(prefix)
  }

  /** What the peer announces, up to a bound per family; never installed, never passed on. */
  receivedRoutes(family?: Family): Iterable<ReceivedRoute> {
    return this.#in.entries(family)
  }

  /** For the speaker: the peer has connected to us. */
  accept(connection: Connection): void {
    const { transport } = this.settings
    const refusal = connection.setOptions(transport)
    if (refusal !== undefined) {
      this.#log('warn', `connection refused: ${refusal.message}`)
      connection.abort()
      return
    }
    const id = this.#arrivalId++
    this.#arrivals.set(id, connection)
    this.#dispatch({ type: 'arrival', id })
  }

  /** Resolves when no connection is left, so that all NOTIFICATIONs are on their way. */
  closed(): Promise<void> {
    if (this.#connections.size === 0) return Promise.resolve()
    return new Promise((resolve) => this.#awaitingClose.push(resolve))
  }

  status(): NeighborStatus {
    const { clock } = this.#context
    const { settings } = this
    const state = peerState(this.#peer)
    const up = this.#up
    const connection = up?.session.connection
    const terms = this.#drivers[establishedSlot(this.#peer) ?? 'outgoing']
    const nextRetryInMs = this.#timers.remaining('idleHold') ?? terms.retryInMs
    const offer = this.#currentOffer()
    const last = this.#lastOpen
    const { lastError, flaps, collisions, refused, attempts } = this.#tally
    return {
      now: clock.now(),
      address: settings.endpoint.address,
      port: settings.endpoint.port,
      ...(settings.description !== undefined && { description: settings.description }),
      asn: settings.asn,
      localAsn: offer.asn,
      type: settings.ebgp ? 'ebgp' : 'ibgp',
      state,
      enabled: this.#peer.wanted,
      passive: settings.passive,
      since: this.#since,
      ...(up && { uptimeMs: clock.now() - this.#since }),
      holdTime: up?.negotiated.holdTime ?? offer.holdTime,
      keepaliveTime: up?.negotiated.keepaliveTime ?? offer.keepaliveTime ?? offer.holdTime / 3,
      routerId: offer.routerId,
      ...(last && { remoteRouterId: last.remote.routerId }),
      ...(connection && { local: connection.local, remote: connection.remote }),
      capabilities: {
        offered: [...offeredFeatures(up?.session.offer ?? offer)],
        received: last?.received ?? [],
        negotiated: up ? negotiatedFeatures(up.negotiated) : [],
        leftOut: [...this.#peer.fallback],
      },
      families: up ? [...up.negotiated.families] : offer.families,
      ...this.#out.status(),
      received: this.#in.counts(),
      messages: { sent: { ...this.#tally.sent }, received: { ...this.#tally.received } },
      faults: { ...this.#tally.faults },
      ...(lastError && { lastError }),
      flaps,
      collisions,
      refused,
      attempts,
      ...(nextRetryInMs !== undefined && { nextRetryInMs }),
    }
  }

  #driver(slot: Slot): Driver {
    const { clock, random, network } = this.#context
    const { endpoint, transport, asn } = this.settings
    return new Driver({
      clock,
      random,
      remoteAsn: asn,
      currentOffer: () => this.#currentOffer(),
      dial: (handler) => {
        this.#tally.attempts += 1
        return network.connect(endpoint, transport, handler)
      },
      onEvent: (event) => this.#dispatch({ type: 'connection', slot, event }),
      onEstablished: (session, negotiated) => this.#established(session, negotiated),
      onEnded: (session, cause) => this.#ended(session, cause),
      onUpdate: (update) => this.#updated(slot, update),
      onRefresh: (message) => this.#refreshed(message),
      onMessage: (direction, type, count) => {
        this.#tally[direction][type] += count
      },
      onConnection: (session, is) => this.#connectionIs(session, is),
    })
  }
}
