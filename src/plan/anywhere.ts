/**
 * Is a service announced by any node at all? The controller asks it of every service with an address, so that users
 * are told when nobody does, and why. The same decisions as the nodes' own: the first node that announces ends the
 * search; else the node that came furthest through the rules gives the reason, since its obstacle is the last one.
 */

import type { EndpointSlice, Service, Snapshot } from '../cluster/index.ts'
import { sameElements } from './changes.ts'
import { contextOf, type NodeContext, nodeOf, type PlanOptions } from './context.ts'
import { peersStep } from './explain.ts'
import { type PeerPlan, planPeers } from './peers.ts'
import { keyOf, planInContext } from './service.ts'
import { count, messageOf } from './steps.ts'
import { ReasonCode } from './types.ts'

export interface AnywhereVerdict {
  readonly announced: boolean
  readonly code: ReasonCode
  /** Names a node that announces; else what is in the way. */
  readonly message: string
}

interface NodeView {
  readonly context: NodeContext
  readonly peers: readonly PeerPlan[]
}

const NO_SLICES: readonly EndpointSlice[] = []

/** In the order of the rules: what stands later came further. */
const PROGRESS: readonly ReasonCode[] = Object.values(ReasonCode)

/** What is so on one node is so on all of them, or no better. */
const EVERYWHERE: ReadonlySet<ReasonCode> = new Set([
  ReasonCode.notLoadBalancer,
  ReasonCode.otherLoadBalancerClass,
  ReasonCode.noAddress,
  ReasonCode.invalidAddress,
  ReasonCode.addressInNoPool,
  ReasonCode.addressesInSeveralPools,
  ReasonCode.noAdvertisement,
  ReasonCode.noEndpoints,
])

export class ClusterPlanner {
  readonly #options: PlanOptions
  #snapshot: Snapshot | undefined
  #nodes: readonly NodeView[] = []
  /** What is said of a service whatever the node. */
  #nowhere: NodeView | undefined

  constructor(options: PlanOptions = {}) {
    this.#options = options
  }

  /** Takes the snapshot over; true when every service may come out otherwise, not only the changed ones. */
  update(snapshot: Snapshot): boolean {
    const before = this.#snapshot
    this.#snapshot = snapshot
    if (before !== undefined && before.nodes === snapshot.nodes && sameConfig(before, snapshot)) return false
    this.#nodes = [...snapshot.nodes.keys()].map((name) => this.#view(snapshot, name))
    this.#nowhere = this.#view(snapshot, '')
    return true
  }

  #view(snapshot: Snapshot, name: string): NodeView {
    const node = name === '' ? undefined : nodeOf(snapshot, name)
    return {
      context: contextOf(snapshot.config, node, name, this.#options),
      peers: planPeers(snapshot, name),
    }
  }

  look(service: Service): AnywhereVerdict {
    const slices = this.#snapshot?.slices.get(keyOf(service)) ?? NO_SLICES
    let furthest: Obstacle | undefined
    const [first = this.#nowhere, ...others] = this.#nodes
    for (const view of first === undefined ? [] : [first, ...others]) {
      const obstacle = obstacleOf(service, slices, view)
      if (obstacle !== undefined && EVERYWHERE.has(obstacle.code))
        return { announced: false, code: obstacle.code, message: obstacle.message() }
      if (view === this.#nowhere) break
      if (obstacle === undefined) return announcedBy(view)
      if (furthest === undefined || progress(obstacle) > progress(furthest)) furthest = obstacle
    }
    return nobody(furthest, this.#nodes.length)
  }
}

interface Obstacle {
  readonly code: ReasonCode
  /** Made only of the one that counts. */
  readonly message: () => string
  readonly node: string
}

/** Undefined when the node announces it to some peer. */
function obstacleOf(
  service: Service,
  slices: readonly EndpointSlice[],
  { context, peers }: NodeView,
): Obstacle | undefined {
  const plan = planInContext(service, slices, context)
  const node = context.nodeName
  if (!plan.announce) return { code: plan.code, message: () => plan.message, node }
  const reach = peersStep(plan, peers)
  return reach?.code === undefined ? undefined : { code: reach.code, message: () => messageOf(reach), node }
}

const progress = ({ code }: Obstacle): number => PROGRESS.indexOf(code)

const announcedBy = ({ context }: NodeView): AnywhereVerdict => ({
  announced: true,
  code: ReasonCode.announced,
  message: `announced by ${context.nodeName}`,
})

function nobody(furthest: Obstacle | undefined, nodes: number): AnywhereVerdict {
  if (furthest === undefined) {
    const message = 'no node is known that could announce it'
    return { announced: false, code: ReasonCode.nodeUnknown, message }
  }
  const { code, message, node } = furthest
  const where = nodes === 1 ? '' : `none of ${count(nodes, 'node')} announces it; ${node} comes closest: `
  return { announced: false, code, message: where + message() }
}

const sameConfig = ({ config: a }: Snapshot, { config: b }: Snapshot): boolean =>
  a === b ||
  (sameElements(a.pools, b.pools) &&
    sameElements(a.bgpAdvertisements, b.bgpAdvertisements) &&
    sameElements(a.peers, b.peers))
