/**
 * Should this node announce this service, and what? The rules, in order (docs: what MetalLB calls ShouldAnnounce):
 * type, loadBalancerClass, addresses, pool, advertisements for the node, advertisements for the service, local
 * preference, node network, node exclusion, endpoints. The first rule that fails decides; the others are looked at
 * all the same where they can be, so that a reader sees everything that is wrong at once.
 */
import type { EndpointSlice, Pool, Service, Snapshot } from '../cluster/index.ts'
import { announcementsOf, localPrefStep, matchingService, serviceStep } from './advertisements.ts'
import { contextOf, type NodeContext, nodeOf, type PlanOptions } from './context.ts'
import { endpointsStep } from './endpoints.ts'
import { failed, listed, markLate, passed } from './steps.ts'
import { ReasonCode, type ServicePlan, type TraceStep } from './types.ts'

export const keyOf = ({ namespace, name }: { readonly namespace: string; readonly name: string }): string =>
  `${namespace}/${name}`

const IS_LOAD_BALANCER = passed('service type', 'type is LoadBalancer')
const NO_CLASS = passed('load balancer class', 'no loadBalancerClass is set')

/** Unset option: only services without a class; set: only exactly that class. */
function classStep({ loadBalancerClass: theirs }: Service, { lbClass: ours }: PlanOptions): TraceStep {
  const rule = 'load balancer class'
  if (theirs === ours) return ours === undefined ? NO_CLASS : passed(rule, `loadBalancerClass is ${ours}`)
  const want = ours === undefined ? 'services without loadBalancerClass' : `loadBalancerClass ${ours}`
  const have = theirs === undefined ? 'no loadBalancerClass is set' : `loadBalancerClass is "${theirs}"`
  return failed(rule, ReasonCode.otherLoadBalancerClass, `${have}; this speaker is for ${want}`)
}

function addressStep({ addresses, invalidAddresses }: Service): TraceStep {
  const rule = 'addresses'
  if (invalidAddresses.length > 0) {
    const bad = listed(invalidAddresses.map((text) => JSON.stringify(text)))
    const message = `status.loadBalancer.ingress holds what is not an IP address: ${bad}`
    return failed(rule, ReasonCode.invalidAddress, message)
  }
  if (addresses.length > 0) return passed(rule, listed(addresses))
  return failed(rule, ReasonCode.noAddress, 'status.loadBalancer.ingress holds no IP address yet')
}

/** All addresses must lie in one pool, found by containment alone. */
function poolStep(addresses: readonly string[], context: NodeContext): { step: TraceStep; pool?: Pool } {
  const rule = 'pool'
  const found = addresses.map((address) => ({ address, pool: context.poolOf(address) }))
  const homeless = found.filter(({ pool }) => pool === undefined).map(({ address }) => address)
  if (homeless.length > 0) {
    const message = `${listed(homeless)} ${homeless.length === 1 ? 'is' : 'are'} in no IPAddressPool`
    return { step: failed(rule, ReasonCode.addressInNoPool, message) }
  }
  const pool = found[0]?.pool
  if (pool !== undefined && found.every((other) => other.pool === pool))
    return { step: passed(rule, `${listed(addresses)} in pool ${pool.name}`), pool }
  const where = listed(found.map((one) => `${one.address} in ${one.pool?.name}`))
  return { step: failed(rule, ReasonCode.addressesInSeveralPools, `addresses of one service in several pools: ${where}`) }
}

/** Rules 1 to 3: the pool's advertisements for this node and this service, and their agreement. */
function advertisementSteps(service: Service, pool: Pool, context: NodeContext) {
  const { all, allowed, nodeStep, serviceStep: shared } = context.advertisementsOf(pool)
  if (all.length === 0) return { steps: [nodeStep], matching: [] }
  // Where the node is not allowed, the service is still held against all of them, for the trace.
  const candidates = allowed.length > 0 ? allowed : all
  const matching = shared === undefined ? matchingService(candidates, service) : candidates
  const steps = [nodeStep, shared ?? serviceStep(candidates, matching, service)]
  if (allowed.length > 0 && matching.length > 0) steps.push(localPrefStep(matching, service))
  return { steps, matching }
}

function decided(
  service: Service,
  trace: readonly TraceStep[],
  rest: Pick<ServicePlan, 'pool' | 'announcements'>,
): ServicePlan {
  const deciding = trace.find((step) => !step.ok)
  if (deciding?.code === undefined) {
    const prefixes = listed([...new Set(rest.announcements.map(({ prefix }) => prefix))])
    return { service, announce: true, code: ReasonCode.announced, message: prefixes, trace, ...rest }
  }
  const { code, message } = deciding
  return { service, announce: false, code, message, trace: markLate(trace), ...rest, announcements: [] }
}

/** The decision for one service in a prepared context. */
export function planInContext(
  service: Service,
  slices: readonly EndpointSlice[],
  context: NodeContext,
): ServicePlan {
  if (service.type !== 'LoadBalancer') {
    const message = `type is ${service.type}; only type LoadBalancer is announced`
    return decided(service, [failed('service type', ReasonCode.notLoadBalancer, message)], { announcements: [] })
  }
  const trace = [IS_LOAD_BALANCER, classStep(service, context.options), addressStep(service)]
  const { step, pool } = service.addresses.length > 0 ? poolStep(service.addresses, context) : {}
  if (step !== undefined) trace.push(step)
  const { steps, matching } = pool === undefined ? NOTHING : advertisementSteps(service, pool, context)
  trace.push(...steps, ...context.nodeSteps, endpointsStep(service, slices, context.nodeName))
  return decided(service, trace, {
    ...(pool !== undefined && { pool: pool.name }),
    announcements: trace.every(({ ok }) => ok) ? announcementsOf(keyOf(service), service.addresses, matching) : [],
  })
}

const NOTHING = { steps: [], matching: [] } as const

/** The decision for one service on one node, with its reasons. */
export function planService(
  snapshot: Snapshot,
  service: Service,
  nodeName: string,
  options: PlanOptions = {},
): ServicePlan {
  const context = contextOf(snapshot.config, nodeOf(snapshot, nodeName), nodeName, options)
  return planInContext(service, snapshot.slices.get(keyOf(service)) ?? [], context)
}
