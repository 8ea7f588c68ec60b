/**
 * The decisions of one node, kept up to date: each new snapshot costs the work of what changed in it. A service is
 * decided again when its own object or its slices are other objects than before; all are decided again when the
 * node or the configuration changed in a way that a service can see. What comes out equals deciding everything from
 * scratch (the tests hold it to that).
 *
 * Deciding all of a hundred thousand services takes longer than a process that speaks BGP may be deaf. So a pass can
 * be made in small steps, between which others may work; until its end, the plans of before stand as they were.
 */
import {
  changedKeys,
  type EndpointSlice,
  type Labels,
  type Node,
  type Service,
  SharedMap,
  type Snapshot,
} from '../cluster/index.ts'
import { sameElements } from './changes.ts'
import { contextOf, type NodeContext, nodeOf, type PlanOptions } from './context.ts'
import { planInContext } from './service.ts'
import type { ServicePlan } from './types.ts'

export interface PlanChanges {
  /** The plans that were made anew, by service key. */
  readonly changed: ReadonlyMap<string, ServicePlan>
  /** Services that are gone. */
  readonly removed: readonly string[]
}

interface Pass extends PlanChanges {
  readonly plans: SharedMap<ServicePlan>
}

type Slices = readonly EndpointSlice[]
const NO_SLICES: Slices = []

export class NodePlanner {
  readonly #nodeName: string
  readonly #options: PlanOptions
  #plans: SharedMap<ServicePlan> = SharedMap.of()
  /** What the plans were made from. */
  #snapshot: Snapshot | undefined
  #context: NodeContext | undefined

  constructor(nodeName: string, options: PlanOptions = {}) {
    this.#nodeName = nodeName
    this.#options = options
  }

  /** Every service's plan, by `namespace/name`, in that order. */
  get plans(): SharedMap<ServicePlan> {
    return this.#plans
  }

  update(snapshot: Snapshot): PlanChanges {
    const pass = this.steps(snapshot)
    for (;;) {
      const { done, value } = pass.next()
      if (done) return value
    }
  }

  /**
   * The same, one service at a time. Nothing shows before the end, and a pass that is given up leaves no trace; only
   * one may be under way.
   */
  *steps(snapshot: Snapshot): Generator<void, PlanChanges> {
    const context = this.#contextFor(snapshot)
    const changes =
      context === this.#context ? yield* this.#some(snapshot, context) : yield* this.#all(snapshot, context)
    this.#plans = changes.plans
    this.#context = context
    this.#snapshot = snapshot
    return changes
  }

  /** The services that changed. */
  *#some(snapshot: Snapshot, context: NodeContext): Generator<void, Pass> {
    const plans = this.#plans.edit()
    const changed = new Map<string, ServicePlan>()
    const removed: string[] = []
    for (const key of this.#changedKeys(snapshot)) {
      const plan = this.#decided(key, snapshot.services.get(key), snapshot, context)
      if (plan !== undefined) {
        plans.set(key, plan)
        changed.set(key, plan)
      } else if (this.#plans.has(key)) {
        plans.delete(key)
        removed.push(key)
      }
      yield
    }
    return { changed, removed, plans: plans.done() }
  }

  *#all(snapshot: Snapshot, context: NodeContext): Generator<void, Pass> {
    const edit = SharedMap.of<ServicePlan>().edit()
    for (const [key, service] of snapshot.services) {
      edit.set(key, this.#decided(key, service, snapshot, context) as ServicePlan)
      yield
    }
    const removed: string[] = []
    for (const key of this.#plans.keys()) {
      if (!snapshot.services.has(key)) removed.push(key)
      yield
    }
    const plans = edit.done()
    return { changed: plans, removed, plans }
  }

  #decided(
    key: string,
    service: Service | undefined,
    { slices }: Snapshot,
    context: NodeContext,
  ): ServicePlan | undefined {
    if (service === undefined) return undefined
    const before = this.#plans.get(key)?.announcements
    return planInContext(service, slices.get(key) ?? NO_SLICES, context, before, key)
  }

  /** The one there is, unless a service could tell the difference. */
  #contextFor(snapshot: Snapshot): NodeContext {
    const node = nodeOf(snapshot, this.#nodeName)
    const [last, context] = [this.#snapshot, this.#context]
    const same =
      last !== undefined && sameConfig(last, snapshot) && sameNode(nodeOf(last, this.#nodeName), node)
    if (same && context !== undefined) return context
    return contextOf(snapshot.config, node, this.#nodeName, this.#options)
  }

  #changedKeys(snapshot: Snapshot): Iterable<string> {
    const last = this.#snapshot
    if (last === undefined) return []
    const keys = new Set(changedKeys(last.services, snapshot.services))
    for (const key of changedKeys(last.slices, snapshot.slices))
      if (!sameElements(last.slices.get(key) ?? NO_SLICES, snapshot.slices.get(key) ?? NO_SLICES))
        keys.add(key)
    return keys
  }
}

const sameConfig = ({ config: a }: Snapshot, { config: b }: Snapshot): boolean =>
  a === b || (sameElements(a.pools, b.pools) && sameElements(a.bgpAdvertisements, b.bgpAdvertisements))

const sameLabels = (a: Labels, b: Labels): boolean => {
  const keys = Object.keys(a)
  return keys.length === Object.keys(b).length && keys.every((key) => a[key] === b[key])
}

/** A node's addresses play no part in what it announces, only in how it speaks to its peers. */
const sameNode = (a: Node | undefined, b: Node | undefined): boolean =>
  a === b ||
  (a !== undefined &&
    b !== undefined &&
    a.networkUnavailable === b.networkUnavailable &&
    sameLabels(a.labels, b.labels))
