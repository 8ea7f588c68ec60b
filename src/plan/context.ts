/**
 * What decisions for one node need besides the service itself, worked out once for all services: which
 * advertisements of each pool the node may follow, and how the rules about the node come out. Two contexts are the
 * same object exactly when no service can tell the difference, which is what the planner's memory rests on.
 */
import { type Config, type Node, type Pool, poolOf, type Snapshot } from '../cluster/index.ts'
import { type PoolAdvertisements, poolAdvertisements } from './advertisements.ts'
import { failed, passed } from './steps.ts'
import { ReasonCode, type TraceStep } from './types.ts'

export interface PlanOptions {
  /** Only services of this loadBalancerClass; unset: only services without one. */
  readonly lbClass?: string
  /** Announce from nodes that carry the exclude label. */
  readonly ignoreExcludeLb?: boolean
}

/** Kubernetes' own label: presence counts, whatever the value. */
export const EXCLUDE_LABEL = 'node.kubernetes.io/exclude-from-external-load-balancers'

export interface NodeContext {
  readonly nodeName: string
  readonly options: PlanOptions
  /** The rules about the node alone, in order. */
  readonly nodeSteps: readonly TraceStep[]
  poolOf(address: string): Pool | undefined
  advertisementsOf(pool: Pool): PoolAdvertisements
}

/**
 * The node as decisions see it. A folder without any Node object says nothing about nodes, so the node is taken to
 * be there, with no labels; where nodes are described, one that is missing is unknown.
 */
export function nodeOf(snapshot: Snapshot, nodeName: string): Node | undefined {
  if (snapshot.nodes.size > 0) return snapshot.nodes.get(nodeName)
  return { name: nodeName, labels: {}, addresses: [], networkUnavailable: false }
}

function networkStep(node: Node | undefined, nodeName: string): TraceStep {
  const rule = 'node network'
  if (node === undefined) return passed(rule, `${nodeName} is unknown, so no condition speaks against it`)
  if (!node.networkUnavailable) return passed(rule, `${nodeName} does not report NetworkUnavailable`)
  const message = `${nodeName} has condition NetworkUnavailable=True`
  return failed(rule, ReasonCode.nodeNetworkUnavailable, message)
}

function excludeStep(node: Node | undefined, nodeName: string, options: PlanOptions): TraceStep {
  const rule = 'node exclusion'
  if (node?.labels[EXCLUDE_LABEL] === undefined)
    return passed(rule, `${nodeName} has no label ${EXCLUDE_LABEL}`)
  if (options.ignoreExcludeLb) return passed(rule, `${nodeName} has label ${EXCLUDE_LABEL}, which is ignored`)
  const message = `${nodeName} has label ${EXCLUDE_LABEL} (any value counts)`
  return failed(rule, ReasonCode.nodeExcluded, message)
}

export function contextOf(
  { pools, bgpAdvertisements }: Pick<Config, 'pools' | 'bgpAdvertisements'>,
  node: Node | undefined,
  nodeName: string,
  options: PlanOptions = {},
): NodeContext {
  const byPool = new Map(
    pools.map(({ name }) => [name, poolAdvertisements(name, bgpAdvertisements, node, nodeName)]),
  )
  return {
    nodeName,
    options,
    nodeSteps: [networkStep(node, nodeName), excludeStep(node, nodeName, options)],
    poolOf: (address) => poolOf(pools, address),
    advertisementsOf: ({ name }) => byPool.get(name) ?? poolAdvertisements(name, [], node, nodeName),
  }
}
