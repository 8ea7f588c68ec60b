/** What is asked before any address: whether the Service is ours to settle, and whether it can have an address at all. */
import { quote, type Service } from '../cluster/index.ts'
import { writtenPool } from './annotations.ts'
import { FAMILIES } from './blocks.ts'
import type { Refusal } from './claim.ts'
import type { Pools } from './pools.ts'
import { type Wanted, wantedBy } from './request.ts'
import { AllocationCode, type AllocationOptions, type AllocationStep } from './types.ts'
import { failed, familiesText, passed } from './words.ts'

export type Gate =
  /** Its status is not ours to change. */
  | { readonly kind: 'hands off'; readonly refusal: Refusal; readonly steps: readonly AllocationStep[] }
  /** It should have no address. */
  | { readonly kind: 'closed'; readonly refusal: Refusal; readonly steps: readonly AllocationStep[] }
  | { readonly kind: 'open'; readonly wanted: Wanted; readonly steps: AllocationStep[] }

const IS_LOAD_BALANCER = passed('service type', 'type is LoadBalancer')
const NO_CLASS = passed('load balancer class', 'no loadBalancerClass is set')

export function gateOf(service: Service, pools: Pools, options: AllocationOptions): Gate {
  if (service.type !== 'LoadBalancer') return notLoadBalancer(service, pools)
  const stranger = otherClass(service, options)
  if (stranger !== undefined)
    return {
      kind: 'hands off',
      refusal: stranger,
      steps: [IS_LOAD_BALANCER, failed('load balancer class', stranger)],
    }
  const ours =
    options.lbClass === undefined
      ? NO_CLASS
      : passed('load balancer class', `loadBalancerClass is ${options.lbClass}`)
  if (pools.byName.size === 0) {
    // Without pools we cannot tell our Services from those of another implementation.
    const refusal = {
      code: AllocationCode.noPools,
      message: 'there is no IPAddressPool; the Service keeps what it has',
    }
    return { kind: 'hands off', refusal, steps: [IS_LOAD_BALANCER, ours, failed('pools', refusal)] }
  }
  const wanted = wantedBy(service, options)
  if ('code' in wanted)
    return {
      kind: 'closed',
      refusal: wanted,
      steps: [IS_LOAD_BALANCER, ours, failed('address family', wanted)],
    }
  return {
    kind: 'open',
    wanted,
    steps: [IS_LOAD_BALANCER, ours, familyStep(wanted)],
  }
}

const FAMILY_STEPS = { ipv4: passed('address family', 'IPv4'), ipv6: passed('address family', 'IPv6') }
const BOTH_FAMILIES = passed('address family', familiesText(FAMILIES))

const familyStep = ({ families: [first = 'ipv4', second] }: Wanted): AllocationStep =>
  second === undefined ? FAMILY_STEPS[first] : BOTH_FAMILIES

/** Unset option: only services without a class; set: only exactly that class. */
export function otherClass(
  { loadBalancerClass: theirs }: Service,
  { lbClass: ours }: AllocationOptions,
): Refusal | undefined {
  if (theirs === ours) return undefined
  const have = theirs === undefined ? 'no loadBalancerClass is set' : `loadBalancerClass is ${quote(theirs)}`
  const want = ours === undefined ? 'Services without loadBalancerClass' : `loadBalancerClass ${quote(ours)}`
  return { code: AllocationCode.otherLoadBalancerClass, message: `${have}; this controller is for ${want}` }
}

/** What another implementation wrote stays: the class, by which one could tell, is gone with the type. */
function notLoadBalancer(service: Service, pools: Pools): Gate {
  const refusal = {
    code: AllocationCode.notLoadBalancer,
    message: `type is ${service.type}; only type LoadBalancer gets addresses`,
  }
  const isOurs =
    writtenPool(service) !== undefined || service.addresses.some((one) => pools.locate(one) !== undefined)
  return { kind: isOurs ? 'closed' : 'hands off', refusal, steps: [failed('service type', refusal)] }
}
