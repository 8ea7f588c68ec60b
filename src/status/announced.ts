/**
 * Which services this node announces to at least one router, followed from decision to decision. Events, status
 * objects and metrics all ask the same question ("what is different now?"), so it is answered once, here: each new
 * set of decisions goes in, and what changed for a reader comes out. Pure.
 *
 * "Announced" means what `oyez services` means by it: a BGPPeer that this node speaks to is to hear of it. Whether its
 * session is up at the moment plays no part.
 */
import { PeerReason, type PeerSpec, verdictFor } from '../../peers/index.ts'
import type { ObjectKey, Service } from '../cluster/index.ts'
import { type PeerPlan, type PlanChanges, reportService, type ServicePlan } from '../plan/index.ts'

/** A service that is announced: to whom, and what. */
export interface Standing {
  /** BGPPeer names, sorted, joined by commas; never empty. Equal lists are equal strings, and share memory. */
  readonly peers: string
  /** The service's addresses. */
  readonly addresses: readonly string[]
  readonly service: Service
}

/** One service that stands otherwise than before; `before` and `after` are never both absent. */
export interface Change {
  readonly key: ObjectKey
  /** Absent when the service is gone. */
  readonly service?: Service
  readonly before?: Standing
  readonly after?: Standing
  /** Why it is not announced any more, unchanged from the decision; absent while it is, or when it is gone. */
  readonly why?: { readonly code: string; readonly message: string }
}

/** All decisions of this node at one moment, and which of them are new. */
export interface Decided {
  readonly plans: ReadonlyMap<ObjectKey, ServicePlan>
  readonly changes: PlanChanges
  readonly peers: readonly PeerPlan[]
}

export class AnnouncedServices {
  readonly #standing = new Map<ObjectKey, Standing>()
  readonly #interned = new Map<string, string>()
  #peersText = ''

  /** Every announced service. */
  get all(): ReadonlyMap<ObjectKey, Standing> {
    return this.#standing
  }

  /** Costs the work of what changed; of every service when the set of peers did. A step is one service. */
  *update(decided: Decided): Generator<void, readonly Change[]> {
    const specs = decided.peers.flatMap(({ spec }) => spec ?? [])
    const peersText = JSON.stringify(specs.map(audience))
    const plans = peersText === this.#peersText ? decided.changes.changed : decided.plans
    this.#peersText = peersText
    const changes: Change[] = []
    for (const [key, plan] of plans) {
      yield
      this.#look(key, plan, specs, decided.peers, changes)
    }
    for (const key of decided.changes.removed) this.#forget(key, changes)
    return changes
  }

  #look(
    key: ObjectKey,
    plan: ServicePlan,
    specs: readonly PeerSpec[],
    peers: readonly PeerPlan[],
    into: Change[],
  ): void {
    const { service } = plan
    const before = this.#standing.get(key)
    const names = this.#intern(peersOf(plan, specs).join())
    if (names === '') {
      if (before === undefined) return
      this.#standing.delete(key)
      const { code, message } = reportService(plan, peers)
      into.push({ key, service, before, why: { code, message } })
      return
    }
    if (before?.service === service && before.peers === names) return
    const after = { peers: names, addresses: service.addresses, service }
    this.#standing.set(key, after)
    if (before?.peers === names && before.addresses.join() === after.addresses.join()) return
    into.push({ key, service, after, ...(before !== undefined && { before }) })
  }

  #forget(key: ObjectKey, into: Change[]): void {
    const before = this.#standing.get(key)
    if (before !== undefined && this.#standing.delete(key)) into.push({ key, before })
  }

  /** Thousands of services have the same few lists. */
  #intern(text: string): string {
    const known = this.#interned.get(text)
    if (known !== undefined) return known
    if (this.#interned.size > MOST_INTERNED) this.#interned.clear()
    this.#interned.set(text, text)
    return text
  }
}

const MOST_INTERNED = 1000

/** What of a peer decides whether a service goes to it. */
const audience = ({ name, address, dualStack, nextHop4, nextHop6 }: PeerSpec) => [
  name,
  address,
  dualStack,
  nextHop4,
  nextHop6,
]

/** The peers that are to hear something of a service, sorted. */
function peersOf({ announcements }: ServicePlan, specs: readonly PeerSpec[]): readonly string[] {
  if (announcements.length === 0) return []
  const hears = (spec: PeerSpec) =>
    announcements.some((announcement) => verdictFor(announcement, spec).code === PeerReason.announced)
  return specs
    .filter(hears)
    .map(({ name }) => name)
    .sort()
}
