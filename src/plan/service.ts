/**
 * Should this node announce this service, and what? The rules, in order (docs: what MetalLB calls ShouldAnnounce):
 * type, loadBalancerClass, addresses, pool, advertisements for the node, advertisements for the service, local
 * preference, node network, node exclusion, endpoints. The first rule that fails decides; the others are looked at
 * all the same where they can be, so that a reader sees everything that is wrong at once.
 */
import type { Announcement } from '../../peers/index.ts'
import type { BgpAdvertisement, EndpointSlice, Pool, Service, Snapshot } from '../cluster/index.ts'
import { announcementsOf, localPrefStep, matchingService, serviceStep, unlessSame } from './advertisements.ts'
import { contextOf, type NodeContext, nodeOf, type PlanOptions } from './context.ts'
import { endpointsStep } from './endpoints.ts'
import { failed, listed, messageOf, passed, type Step, traceOf } from './steps.ts'
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

function addressStep({ addresses, invalidAddresses }: Service): Step {
  const rule = 'addresses'
  if (invalidAddresses.length > 0) {
    const bad = listed(invalidAddresses.map((text) => JSON.stringify(text)))
    const message = `status.loadBalancer.ingress holds what is not an IP address: ${bad}`
    return failed(rule, ReasonCode.invalidAddress, message)
  }
  if (addresses.length > 0) return passed(rule, () => listed(addresses))
  return failed(rule, ReasonCode.noAddress, 'status.loadBalancer.ingress holds no IP address yet')
}

/** All addresses must lie in one pool, found by containment alone. */
function poolStep(addresses: readonly string[], context: NodeContext): { step: Step; pool?: Pool } {
  const rule = 'pool'
  const pool = context.poolOf(addresses[0] as string)
  if (pool !== undefined && addresses.every((other) => context.poolOf(other) === pool))
    return { step: passed(rule, () => `${listed(addresses)} in pool ${pool.name}`), pool }
  const found = addresses.map((address) => ({ address, pool: context.poolOf(address) }))
  const homeless = found.filter((one) => one.pool === undefined).map(({ address }) => address)
  if (homeless.length > 0) {
    const message = () => `${listed(homeless)} ${homeless.length === 1 ? 'is' : 'are'} in no IPAddressPool`
    return { step: failed(rule, ReasonCode.addressInNoPool, message) }
  }
  const where = () => listed(found.map((one) => `${one.address} in ${one.pool?.name}`))
  const message = () => `addresses of one service in several pools: ${where()}`
  return { step: failed(rule, ReasonCode.addressesInSeveralPools, message) }
}

/** Rules 1 to 3: the pool's advertisements for this node and this service, and their agreement. */
function advertisementSteps(service: Service, pool: Pool, context: NodeContext) {
  const { all, allowed, nodeStep, serviceStep: shared } = context.advertisementsOf(pool)
  if (all.length === 0) return { steps: [nodeStep], matching: [] }
  // Where the node is not allowed, the service is still held against all of them, for the trace.
  const candidates = allowed.length > 0 ? allowed : all
  const matching = shared === undefined ? matchingService(candidates, service) : candidates
  const steps: Step[] = [nodeStep, shared ?? serviceStep(candidates, matching, service)]
  if (allowed.length > 0 && matching.length > 0) steps.push(localPrefStep(matching, service))
  return { steps, matching }
}

const NOTHING = { steps: [], matching: [] } as const

interface Findings {
  readonly steps: readonly Step[]
  readonly pool?: Pool
  /** The advertisements to follow if every step passed. */
  readonly matching: readonly BgpAdvertisement[]
}

function look(service: Service, slices: readonly EndpointSlice[], context: NodeContext): Findings {
  if (service.type !== 'LoadBalancer') {
    const message = () => `type is ${service.type}; only type LoadBalancer is announced`
    return { steps: [failed('service type', ReasonCode.notLoadBalancer, message)], matching: [] }
  }
  const steps: Step[] = [IS_LOAD_BALANCER, classStep(service, context.options), addressStep(service)]
  const { step, pool } = service.addresses.length > 0 ? poolStep(service.addresses, context) : {}
  if (step !== undefined) steps.push(step)
  const { steps: more, matching } = pool === undefined ? NOTHING : advertisementSteps(service, pool, context)
  steps.push(...more, ...context.nodeSteps, endpointsStep(service, slices, context.nodeName))
  return { steps, matching, ...(pool !== undefined && { pool }) }
}

const NO_ANNOUNCEMENTS: readonly Announcement[] = []

/**
 * The decision for one service in a prepared context. Its sentence and its trace are worked out when they are asked
 * for: they are long, few are ever read, and they follow from inputs that are kept anyway. (A class, because an object
 * literal with a getter takes five times the memory, and there may be 100,000 of them.)
 */
class Decision implements ServicePlan {
  readonly service: Service
  declare readonly pool?: string
  readonly announce: boolean
  readonly code: ReasonCode
  readonly announcements: readonly Announcement[]
  readonly #slices: readonly EndpointSlice[]
  readonly #context: NodeContext

  constructor(
    service: Service,
    slices: readonly EndpointSlice[],
    context: NodeContext,
    before: readonly Announcement[],
    key: string,
  ) {
    const { steps, pool, matching } = look(service, slices, context)
    const deciding = steps.find(isFailed)
    this.service = service
    if (pool !== undefined) this.pool = pool.name
    this.announce = deciding === undefined
    this.code = deciding?.code ?? ReasonCode.announced
    this.announcements = this.announce
      ? unlessSame(announcementsOf(key, service.addresses, matching), before)
      : NO_ANNOUNCEMENTS
    this.#slices = slices
    this.#context = context
  }

  get message(): string {
    const deciding = this.announce ? undefined : this.#look().find(isFailed)
    return deciding === undefined ? prefixesOf(this.announcements) : messageOf(deciding)
  }

  get trace(): readonly TraceStep[] {
    return traceOf(this.#look())
  }

  #look(): readonly Step[] {
    return look(this.service, this.#slices, this.#context).steps
  }
}

const isFailed = ({ ok }: Step): boolean => !ok

function prefixesOf(announcements: readonly Announcement[]): string {
  const [first, ...others] = announcements
  if (first !== undefined && others.every(({ prefix }) => prefix === first.prefix)) return first.prefix
  return listed([...new Set(announcements.map(({ prefix }) => prefix))])
}

/**
 * Announcements that say the same as those of `before` are those of `before`, so that later stages see at a glance
 * that nothing changed.
 */
export const planInContext = (
  service: Service,
  slices: readonly EndpointSlice[],
  context: NodeContext,
  before: readonly Announcement[] = NO_ANNOUNCEMENTS,
  key: string = keyOf(service),
): ServicePlan => new Decision(service, slices, context, before, key)

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
