/**
 * The decisions of one node, kept up to date: each new snapshot costs the work of what changed in it. A service is
 * decided again when its own object or its slices are other objects than before; all are decided again when the
 * node or the configuration changed in a way that a service can see. What comes out equals deciding everything from
 * scratch (the tests hold it to that).
 */
import type { EndpointSlice, Labels, Node, Service, Snapshot } from '../cluster/index.ts'
import { collectChanges, sameElements } from './changes.ts'
import { contextOf, type NodeContext, nodeOf, type PlanOptions } from './context.ts'
import { planInContext } from './service.ts'
import type { ServicePlan } from './types.ts'

export interface PlanChanges {
  /** The plans that were made anew, by service key. */
  readonly changed: ReadonlyMap<string, ServicePlan>
  /** Services that are gone. */
  readonly removed: readonly string[]
}

type Slices = readonly EndpointSlice[]
const NO_SLICES: Slices = []

export class NodePlanner {
  readonly #nodeName: string
  readonly #options: PlanOptions
  readonly #plans = new Map<string, ServicePlan>()
  #snapshot: Snapshot | undefined
  #context: NodeContext | undefined

  constructor(nodeName: string, options: PlanOptions = {}) {
    this.#nodeName = nodeName
    this.#options = options
  }

  /** Every service's plan, by `namespace/name`. */
  get plans(): ReadonlyMap<string, ServicePlan> {
    return this.#plans
  }

  update(snapshot: Snapshot): PlanChanges {
    const keys = this.#renewContext(snapshot) ? this.#allKeys(snapshot) : this.#changedKeys(snapshot)
    this.#snapshot = snapshot
    const changed = new Map<string, ServicePlan>()
    const removed: string[] = []
    for (const key of keys) {
      const service = snapshot.services.get(key)
      if (service !== undefined) changed.set(key, this.#decide(key, service, snapshot))
      else if (this.#plans.delete(key)) removed.push(key)
    }
    return { changed, removed }
  }

  #decide(key: string, service: Service, snapshot: Snapshot): ServicePlan {
    const context = this.#context as NodeContext
    const slices = snapshot.slices.get(key) ?? NO_SLICES
    const plan = planInContext(service, slices, context, this.#plans.get(key)?.announcements)
    this.#plans.set(key, plan)
    return plan
  }

  /** Makes a new context if a service could tell it from the old one; says whether it did. */
  #renewContext(snapshot: Snapshot): boolean {
    const node = nodeOf(snapshot, this.#nodeName)
    const last = this.#snapshot
    if (last !== undefined && sameConfig(last, snapshot) && sameNode(nodeOf(last, this.#nodeName), node))
      return false
    this.#context = contextOf(snapshot.config, node, this.#nodeName, this.#options)
    return true
  }

  #allKeys(snapshot: Snapshot): Iterable<string> {
    return new Set([...this.#plans.keys(), ...snapshot.services.keys()])
  }

  #changedKeys(snapshot: Snapshot): Iterable<string> {
    const keys = new Set<string>()
    const last = this.#snapshot
    if (last === undefined) return keys
    collectChanges(last.services, snapshot.services, keys)
    collectChanges<Slices>(last.slices, snapshot.slices, keys, sameElements)
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
