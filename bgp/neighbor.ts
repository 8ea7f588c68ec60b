import type { Clock, Log, Random } from './clock.ts'
import { Driver } from './driver.ts'
import { EndingLog } from './ending-log.ts'
import { isWanted } from './endings.ts'
import { Exchange } from './exchange.ts'
import {
  type Cause,
  establishedSlot,
  featureName,
  type Negotiated,
  newPeer,
  type Offer,
  offeredFeatures,
  type Peer,
  type PeerAction,
  type PeerEvent,
  type PeerTimer,
  peerState,
  reduced,
  type Slot,
  stepPeer,
} from './fsm/index.ts'
import type { Connection, Endpoint, Network } from './network.ts'
import type { PrefixLimit, ReceivedRoute, RouteSet, Standing } from './rib/index.ts'
import { type Session, turnAway } from './session.ts'
import type { NeighborSettings } from './settings.ts'
import { type NeighborStatus, neighborStatus, Tally } from './status.ts'
import { Timers } from './timers.ts'
import {
  Cease,
  ErrorCode,
  encodePrefixLimit,
  encodeShutdownText,
  type Family,
  type Notification,
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
 * One configured peer: runs its state machine (fsm/peer.ts) on real connections and timers. Its routes are in
 * exchange.ts.
 *
 * Events are handled one at a time, in the order they come: an event raised while another is being handled waits.
 */
export class Neighbor {
  /** As checked; holds the password. */
  readonly settings: NeighborSettings
  readonly #context: NeighborContext
  readonly #log: Log
  readonly #tally = new Tally()
  readonly #endings: EndingLog
  readonly #routes: Exchange
  readonly #timers: Timers<PeerTimer>
  readonly #drivers: Readonly<Record<Slot, Driver>>
  readonly #queue: PeerEvent[] = []
  readonly #arrivals = new Map<number, Connection>()
  /** Sessions whose connection is not gone yet, and who waits for that. */
  readonly #connections = new Set<Session>()
  readonly #awaitingClose: (() => void)[] = []
  #peer: Peer
  #isStepping = false
  /** When the last failure was logged for all to see. */
  #arrivalId = 0
  #since: number
  #up: { readonly session: Session; readonly negotiated: Negotiated } | undefined
  #lastNegotiated: Negotiated | undefined

  constructor(settings: NeighborSettings, context: NeighborContext) {
    const { offer, connectRetryTime, delayOpenMs, passive } = settings
    this.settings = settings
    this.#context = context
    this.#log = (level, message, fields) => context.log(level, message, { peer: this.address, ...fields })
    this.#endings = new EndingLog(context.clock, this.#log, this.#tally)
    this.#routes = new Exchange(settings, context.clock, this.#log, this.#tally)
    this.#timers = new Timers(context.clock, context.random, (timer) =>
      this.#dispatch({ type: 'timer', timer }),
    )
    this.#drivers = { outgoing: this.#driver('outgoing'), incoming: this.#driver('incoming') }
    this.#peer = newPeer({ identity: offer, passive, offer, connectRetryTime, delayOpenMs })
    this.#since = context.clock.now()
  }

  get address(): string {
    return this.settings.endpoint.address
  }

  /** Everything this peer is to hear from now on. Any time, in any state; only the difference is sent. */
  setRoutes(routes: RouteSet): void {
    this.#routes.setRoutes(routes)
  }

  /** Begins to look for a session; `Speaker.add` has done so already. Undoes `shutdown`. */
  start(): void {
    this.#dispatch({ type: 'start' })
  }

  /** Ends the session with Cease/Administrative Shutdown, and text for the other side's operator (RFC 9003). */
  shutdown(message?: string): void {
    const data = message === undefined ? new Uint8Array(0) : encodeShutdownText(message)
    this.stop({ code: ErrorCode.cease, subcode: Cease.administrativeShutdown, data })
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
    return this.#routes.standing(prefix)
  }

  /** What the peer announces, up to a bound per family; never installed, never passed on. */
  receivedRoutes(family?: Family): Iterable<ReceivedRoute> {
    return this.#routes.received(family)
  }

  /** For the speaker: the peer has connected to us. */
  accept(connection: Connection): void {
    const { transport } = this.settings
    const refusal = connection.setOptions(transport)
    if (refusal !== undefined) {
      this.#tally.lastError = { at: this.#context.clock.now(), direction: 'local', text: refusal.message }
      this.#log('warn', `the peer's connection is refused: ${refusal.message}`)
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
    const up = this.#up
    const dialler = this.#drivers.outgoing
    const nextRetryInMs = this.#timers.remaining('idleHold') ?? dialler.retryInMs
    const lastNegotiated = up?.negotiated ?? this.#lastNegotiated
    return neighborStatus({
      now: this.#context.clock.now(),
      settings: this.settings,
      peer: this.#peer,
      since: this.#since,
      offer: up?.session.offer ?? this.#currentOffer(),
      tally: this.#tally,
      ...(up && { up: { negotiated: up.negotiated, ...endpoints(up.session.connection) } }),
      ...(lastNegotiated && { lastNegotiated }),
      ...(nextRetryInMs !== undefined && { nextRetryInMs }),
      ...this.#routes.status(),
    })
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
      onAttemptFailed: (session, error) => this.#report(session, { by: 'transport', error }, false),
      onEnded: (session, cause) => this.#ended(session, cause),
      onUpdate: (update) => this.#limitPassed(this.#routes.update(update)),
      onRefresh: (message) => this.#routes.refresh(message),
      onMessage: (direction, type, count) => {
        this.#tally[direction][type] += count
      },
      onRemarks: (type, remarks) =>
        this.#log(type === 'OPEN' ? 'warn' : 'debug', `${type} with oddities`, { remarks }),
      onConnection: (session, is) => this.#connectionIs(session, is),
    })
  }

  /** One event at a time; those that arise meanwhile are handled after it. */
  #dispatch(event: PeerEvent): void {
    this.#queue.push(event)
    if (this.#isStepping) return
    this.#isStepping = true
    try {
      for (let next = this.#queue.shift(); next !== undefined; next = this.#queue.shift()) this.#step(next)
    } finally {
      // A log or onChange of the user's may throw; the neighbor goes on with the next event.
      this.#isStepping = false
    }
  }

  #step(event: PeerEvent): void {
    const before = peerState(this.#peer)
    const { peer, actions } = stepPeer(this.#peer, event)
    this.#peer = peer
    for (const action of actions) this.#perform(action)
    const state = peerState(peer)
    if (state === before) return
    this.#since = this.#context.clock.now()
    this.#log('debug', `${before} -> ${state}`, {
      event: event.type === 'connection' ? event.event.type : event.type,
    })
    this.#context.onChange(this)
  }

  #perform(action: PeerAction): void {
    switch (action.type) {
      case 'connection':
        this.#drivers[action.slot].perform(action.action)
        break
      case 'start-timer':
        this.#timers.start(action.timer, action.ms, action.jitter)
        break
      case 'stop-timer':
        this.#timers.stop(action.timer)
        break
      case 'adopt':
        this.#drivers.incoming.adopt(this.#arrived(action.id))
        break
      case 'refuse':
        this.#refuse(this.#arrived(action.id), action.notification)
        break
    }
  }

  #arrived(id: number): Connection {
    const connection = this.#arrivals.get(id) as Connection
    this.#arrivals.delete(id)
    return connection
  }

  #refuse(connection: Connection, notification: Notification | undefined): void {
    if (notification === undefined) this.#tally.refused += 1
    else this.#tally.collisions += 1
    turnAway(connection, notification)
  }

  #currentOffer(): Offer {
    return reduced(this.#peer.settings.offer, this.#peer.fallback)
  }

  #established(session: Session, negotiated: Negotiated): void {
    this.#up = { session, negotiated }
    this.#routes.begin(session, negotiated)
    this.#log('info', 'session established', {
      holdTime: negotiated.holdTime,
      families: [...negotiated.families],
      remoteRouterId: negotiated.remote.routerId,
    })
  }

  #ended(session: Session | undefined, cause: Cause): void {
    const wasUp = session !== undefined && this.#up?.session === session
    if (cause.by === 'collision') this.#tally.collisions += 1
    this.#lastNegotiated = session?.negotiated ?? this.#lastNegotiated
    this.#report(session, cause, wasUp)
    if (!wasUp) return
    if (!isWanted(cause)) this.#tally.flaps += 1
    this.#up = undefined
    this.#routes.end()
  }

  #report(session: Session | undefined, cause: Cause, wasUp: boolean): void {
    const { offer, transport } = this.settings
    const facts = {
      localAsn: offer.asn,
      offered: Array.from(offeredFeatures(session?.offer ?? offer), featureName),
      heardAnything: session?.heardAnything ?? false,
      openSent: session?.openSent ?? false,
      keyed: transport.password !== undefined,
    }
    this.#endings.note(cause, facts, wasUp)
  }

  /** RFC 4486 section 4. */
  #limitPassed(passed: PrefixLimit | undefined): void {
    const slot = establishedSlot(this.#peer)
    if (passed === undefined || slot === undefined) return
    const { family, limit, prefixes } = passed
    const reason = `${prefixes} ${family} prefixes received, at most ${limit} are allowed`
    const data = encodePrefixLimit(family, limit)
    const notification = { code: ErrorCode.cease, subcode: Cease.maximumPrefixes, data }
    this.#dispatch({ type: 'connection', slot, event: { type: 'AutomaticStop', notification, reason } })
  }

  #connectionIs(session: Session, is: 'there' | 'gone'): void {
    if (is === 'there') this.#connections.add(session)
    else this.#connections.delete(session)
    if (this.#connections.size > 0) return
    for (const resolve of this.#awaitingClose.splice(0)) resolve()
  }
}

function endpoints({ local, remote }: Connection): { local: Endpoint; remote: Endpoint } {
  return { local, remote }
}
