/**
 * What this node does with a snapshot: decides every service that changed, and tells the peers. Each new snapshot is
 * the whole truth; planner and book find what is different.
 *
 * That is a pass. A small one is over when `update` returns; a large one (the first, or a new configuration) goes on
 * in slices, and until its end the decisions and routes of before stay in force. A pass is never given up, so that
 * snapshots that come faster than passes end cannot keep them from ending; the next pass takes the newest.
 */
import { type Clock, type Log, systemClock } from '../bgp/index.ts'
import type { OpenSession, OwnerChange } from '../peers/index.ts'
import { PeerBook } from '../peers/index.ts'
import type { Node, Snapshot } from './cluster/index.ts'
import {
  NodePlanner,
  type PeerPlan,
  type PlanChanges,
  type PlanOptions,
  planPeers,
  ReasonCode,
  type ServicePlan,
  wantedPeers,
} from './plan/index.ts'
import { inSlices } from './sliced.ts'
import type { Decided } from './status/index.ts'

export interface AnnouncerOptions<Status> {
  readonly node: string
  readonly plan: PlanOptions
  readonly openSession: OpenSession<Status>
  readonly log: Log
  readonly clock?: Clock
  /** After the peers have been told: what was decided, and what of it is new. What follows of it, in short steps. */
  readonly onDecided?: (decided: Decided) => Iterable<unknown>
}

export class Announcer<Status> {
  readonly planner: NodePlanner
  readonly book: PeerBook<Status>
  readonly #node: string
  readonly #log: Log
  readonly #clock: Clock
  readonly #onDecided: AnnouncerOptions<Status>['onDecided']
  #peers: readonly PeerPlan[] = []
  /** This node as its Node object described it last. */
  #lastSeen: Node | undefined
  #revision = 0
  /** Waits for the end of the pass that is under way. */
  #newest: Snapshot | undefined
  #isBusy = false

  constructor({ node, plan, openSession, log, clock = systemClock, onDecided }: AnnouncerOptions<Status>) {
    this.#node = node
    this.#log = log
    this.#clock = clock
    this.#onDecided = onDecided
    this.planner = new NodePlanner(node, plan)
    this.book = new PeerBook(openSession, log)
  }

  /** Every BGPPeer as this node sees it. */
  get peers(): readonly PeerPlan[] {
    return this.#peers
  }

  /** Another number means that something here may have changed. */
  get revision(): number {
    return this.#revision
  }

  /** The newest; what it says may not be decided yet. */
  get snapshot(): Snapshot | undefined {
    return this.#newest
  }

  /** The newest snapshot has been taken over to the end. */
  get isSettled(): boolean {
    return !this.#isBusy
  }

  update(snapshot: Snapshot): void {
    this.#newest = snapshot
    if (!this.#isBusy) this.#begin(snapshot)
  }

  #begin(snapshot: Snapshot): void {
    this.#isBusy = true
    inSlices(this.#pass(snapshot), this.#clock, (error) => this.#ended(snapshot, error))
  }

  #ended(snapshot: Snapshot, error: unknown): void {
    this.#isBusy = false
    if (error !== undefined)
      this.#log('error', 'taking over the state of the cluster failed', { error: String(error) })
    const newest = this.#newest
    if (newest !== undefined && newest !== snapshot) this.#begin(newest)
  }

  *#pass(snapshot: Snapshot): Generator<void, void> {
    const before = this.planner.plans
    const changes = yield* this.planner.steps(snapshot)
    this.#lastSeen = snapshot.nodes.get(this.#node) ?? this.#lastSeen
    const peers = planPeers(snapshot, this.#node, this.#lastSeen)
    yield* this.book.steps({ peers: wantedPeers(peers), changes: ownerChanges(changes) })
    this.#revision++
    this.#peers = peers
    yield* this.#report(changes, before)
    for (const _ of this.#onDecided?.({ plans: this.planner.plans, changes, peers }) ?? []) yield
  }

  /** Every decision that came out otherwise than before, with its reason; of many at once only how many. */
  *#report(
    { changed, removed }: PlanChanges,
    before: ReadonlyMap<string, ServicePlan>,
  ): Generator<void, void> {
    const single = changed.size + removed.length <= MOST_LINES
    const counts: Record<string, number> = {}
    for (const [service, plan] of changed) {
      yield
      const { announce, code } = plan
      if (code === (before.get(service)?.code ?? ReasonCode.notLoadBalancer)) continue
      counts[code] = (counts[code] ?? 0) + 1
      const text = announce ? 'service announced' : 'service not announced'
      if (single) this.#log('info', text, { service, code, why: plan.message })
    }
    for (const service of removed) {
      yield
      if (before.get(service)?.code === ReasonCode.notLoadBalancer) continue
      counts.gone = (counts.gone ?? 0) + 1
      if (single) this.#log('info', 'service gone', { service })
    }
    if (!single && Object.keys(counts).length > 0) this.#log('info', 'services decided', counts)
  }
}

/** More than these are nothing to read one by one; `oyez services` has them all. */
const MOST_LINES = 200

function* ownerChanges({ changed, removed }: PlanChanges): Generator<OwnerChange> {
  for (const [key, { announcements }] of changed) yield [key, announcements]
  for (const key of removed) yield [key, []]
}
