/**
 * What this node does with a snapshot: decides every service that changed, and tells the peers. Each new snapshot is
 * the whole truth; planner and book find what is different.
 */
import type { Log } from '../bgp/index.ts'
import type { OpenSession, OwnerChange } from '../peers/index.ts'
import { PeerBook } from '../peers/index.ts'
import type { Snapshot } from './cluster/index.ts'
import {
  NodePlanner,
  type PeerPlan,
  type PlanChanges,
  type PlanOptions,
  planPeers,
  ReasonCode,
  wantedPeers,
} from './plan/index.ts'

export interface AnnouncerOptions<Status> {
  readonly node: string
  readonly plan: PlanOptions
  readonly openSession: OpenSession<Status>
  readonly log: Log
}

export class Announcer<Status> {
  readonly planner: NodePlanner
  readonly book: PeerBook<Status>
  readonly #node: string
  readonly #log: Log
  /** The last reported decision of each service. */
  readonly #reported = new Map<string, ReasonCode>()
  #peers: readonly PeerPlan[] = []

  constructor({ node, plan, openSession, log }: AnnouncerOptions<Status>) {
    this.#node = node
    this.#log = log
    this.planner = new NodePlanner(node, plan)
    this.book = new PeerBook(openSession, log)
  }

  /** Every BGPPeer as this node sees it. */
  get peers(): readonly PeerPlan[] {
    return this.#peers
  }

  update(snapshot: Snapshot): void {
    const changes = this.planner.update(snapshot)
    this.#peers = planPeers(snapshot, this.#node)
    this.book.update({ peers: wantedPeers(this.#peers), changes: ownerChanges(changes) })
    this.#report(changes)
  }

  /** Every decision that came out otherwise than before, with its reason. */
  #report({ changed, removed }: PlanChanges): void {
    for (const [service, { announce, code, message }] of changed) {
      if (code === ReasonCode.notLoadBalancer || this.#reported.get(service) === code) continue
      this.#reported.set(service, code)
      this.#log('info', announce ? 'service announced' : 'service not announced', {
        service,
        code,
        why: message,
      })
    }
    for (const service of removed) {
      if (this.#reported.delete(service)) this.#log('info', 'service gone', { service })
    }
  }
}

function* ownerChanges({ changed, removed }: PlanChanges): Generator<OwnerChange> {
  for (const [key, { announcements }] of changed) yield [key, announcements]
  for (const key of removed) yield [key, []]
}
