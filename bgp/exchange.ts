import type { Clock, Log, Timer } from './clock.ts'
import { FaultLog } from './fault-log.ts'
import { type Negotiated, type ReceivedUpdate, sessionContext } from './fsm/index.ts'
import {
  AdjRibIn,
  AdjRibOut,
  type AdjRibOutStatus,
  type ExportFacts,
  type PrefixLimit,
  type ReceivedRoute,
  type RouteSet,
  type Standing,
} from './rib/index.ts'
import type { Session } from './session.ts'
import { canonicalAddress, type NeighborSettings } from './settings.ts'
import type { Tally } from './status.ts'
import { type Family, MAX_EXTENDED_MESSAGE, MAX_MESSAGE, type RouteRefreshMessage } from './wire/index.ts'

/**
 * The routes of one neighbor, in both directions: what it is to be told, prepared while there is no session and
 * pulled by the session once there is one, and what it has told us.
 */
export class Exchange {
  readonly #settings: NeighborSettings
  readonly #clock: Clock
  readonly #tally: Tally
  readonly #faults: FaultLog
  readonly #out = new AdjRibOut()
  readonly #in: AdjRibIn
  #up: { readonly session: Session; readonly negotiated: Negotiated } | undefined
  #preparing: Timer | undefined

  constructor(settings: NeighborSettings, clock: Clock, log: Log, tally: Tally) {
    this.#settings = settings
    this.#clock = clock
    this.#tally = tally
    this.#faults = new FaultLog(clock, log)
    this.#in = new AdjRibIn({ limits: settings.maxPrefixes })
  }

  setRoutes(routes: RouteSet): void {
    this.#out.setWanted(routes)
    this.#wake()
  }

  standing(prefix: string): Standing {
    return this.#out.standing(prefix)
  }

  received(family?: Family): Iterable<ReceivedRoute> {
    return this.#in.entries(family)
  }

  status(): { readonly out: AdjRibOutStatus; readonly received: ReturnType<AdjRibIn['counts']> } {
    return { out: this.#out.status(), received: this.#in.counts() }
  }

  /** The session is Established: everything is to be told. */
  begin(session: Session, negotiated: Negotiated): void {
    this.#up = { session, negotiated }
    this.#in.clear()
    this.#out.start({
      ctx: sessionContext(negotiated, this.#settings.ebgp, 'send'),
      facts: this.#exportFacts(session, negotiated),
      maxMessage: this.#settings.extendedPacking ? MAX_EXTENDED_MESSAGE : MAX_MESSAGE,
    })
    session.establish(this.#out)
  }

  /** The session is gone, and with it all that either side knew of the other. */
  end(): void {
    this.#up = undefined
    this.#out.stop()
    this.#in.clear()
    this.#wake()
  }

  /** Takes in what the peer announces. Returns the limit that is passed now, if one is. */
  update({ decoded, bytes }: ReceivedUpdate): PrefixLimit | undefined {
    this.#faults.note(decoded, bytes, this.#tally.faults)
    return this.#in.apply(decoded)
  }

  /** RFC 7313 section 4: a plain request is answered too, marked if both sides know the marks. */
  refresh({ family, subtype }: RouteRefreshMessage): void {
    if (subtype !== 'request' || family === undefined || this.#up === undefined) return
    this.#out.refresh(family, this.#up.negotiated.enhancedRefresh)
    this.#wake()
  }

  #exportFacts({ connection }: Session, { extendedNextHop }: Negotiated): ExportFacts {
    const { ebgp, offer, nextHops, endpoint } = this.#settings
    return {
      localAsn: offer.asn,
      ebgp,
      peerAddress: endpoint.address,
      localAddress: canonicalAddress(connection.local.address),
      nextHops,
      extendedNextHop,
    }
  }

  /** A session pulls what it can send; without one the first dump is worked out ahead, a slice at a time. */
  #wake(): void {
    if (this.#up !== undefined) {
      this.#up.session.wake()
      return
    }
    this.#preparing ??= this.#clock.soon(() => {
      this.#preparing = undefined
      if (this.#up === undefined && this.#out.work()) this.#wake()
    })
  }
}
