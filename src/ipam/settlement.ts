/**
 * What has to be written and told: made of a Service as it stands and of what came out for it. Nothing is written
 * that the Service says already, and order alone is no difference.
 */
import type { Service } from '../cluster/index.ts'
import { writtenPool } from './annotations.ts'
import type { Outcome } from './converge.ts'
import { sameAddresses } from './keep.ts'
import { AllocationCode, type AllocationEvent, type Settlement } from './types.ts'
import { both, bracketed } from './words.ts'

/** What the settlement says of the Service, apart from telling it. */
export interface Verdict {
  readonly settlement: Omit<Settlement, 'events'>
  /** To be told when the verdict is another than the last one. */
  readonly events: () => readonly AllocationEvent[]
  /** To be told when it changes by itself: PreferDualStack, and no second address. */
  readonly extra?: AllocationEvent
}

const NONE: readonly AllocationEvent[] = []

export function verdictOf(service: Service, key: string, outcome: Outcome): Verdict {
  const { handsOff, refusal, steps: trace } = outcome
  if (handsOff && refusal !== undefined) {
    const settlement = { service, addresses: service.addresses, write: false, ...refusal, trace }
    return { settlement, events: () => NONE }
  }
  const found = outcome.places.map(({ address }) => address)
  const before = service.addresses
  const unchanged = sameAddresses(before, found)
  const addresses = unchanged ? before : found
  const pool = outcome.places[0]?.shelf.pool
  const write = !unchanged || service.invalidAddresses.length > 0 || writtenPool(service) !== pool
  const { code, message } = conclusion(before, addresses, outcome)
  const settlement = { service, addresses, ...(pool !== undefined && { pool }), write, code, message, trace }
  return { settlement, events: () => eventsOf(service, key, settlement, outcome), ...extraOf(outcome) }
}

type Conclusion = Pick<Settlement, 'code' | 'message'>

function conclusion(before: readonly string[], after: readonly string[], outcome: Outcome): Conclusion {
  const { places, refusal } = outcome
  const given = before.filter((address) => !after.includes(address))
  if (refusal !== undefined)
    return { code: refusal.code, message: refusal.message + lossText(given, outcome) }
  const has = `${both(after)} of pool ${places[0]?.shelf.pool}`
  if (before.length === 0) return { code: AllocationCode.assigned, message: has }
  if (given.length > 0) {
    const isLess = after.every((address) => before.includes(address))
    return isLess
      ? { code: AllocationCode.familyRemoved, message: has + lossText(given, outcome) }
      : {
          code: AllocationCode.moved,
          message: `${has}, moved from ${both(given)}: ${reasonsOf(given, outcome)}`,
        }
  }
  const isMore = after.length > before.length
  return { code: isMore ? AllocationCode.familyAdded : AllocationCode.kept, message: has }
}

function lossText(given: readonly string[], outcome: Outcome): string {
  if (given.length === 0) return ''
  const why = reasonsOf(given, outcome)
  return `; ${both(given)} is given up${why === '' || why === outcome.refusal?.message ? '' : `: ${why}`}`
}

/** Why the given-up addresses could not stay; each reason once. */
function reasonsOf(given: readonly string[], { lost }: Outcome): string {
  return [...new Set(given.flatMap((address) => lost.get(address)?.message ?? []))].join('; ')
}

const normal = (reason: string, message: string): AllocationEvent => ({ type: 'Normal', reason, message })
const warning = (reason: string, message: string): AllocationEvent => ({ type: 'Warning', reason, message })

type Told = Omit<Settlement, 'events'>

function eventsOf(service: Service, key: string, told: Told, outcome: Outcome): readonly AllocationEvent[] {
  const { addresses: before } = service
  const { addresses: after, code } = told
  const given = before.filter((address) => !after.includes(address))
  const added = after.filter((address) => !before.includes(address))
  const events: AllocationEvent[] = []
  if (service.type !== 'LoadBalancer') return events
  events.push(...oddities(service))
  if (given.length > 0)
    events.push(cleared(key, given, after, reasonsOf(given, outcome) || (outcome.refusal?.message ?? '')))
  if (code === AllocationCode.familyAdded)
    events.push(normal('IPAllocated', `Assigned additional IP ${added.map((one) => `"${one}"`).join(' ')}`))
  else if (added.length > 0)
    events.push(normal('IPAllocated', `Assigned IP ${bracketed(after)} from pool ${told.pool}`))
  if (outcome.refusal !== undefined) events.push(refusedEvent(service, key, after, outcome.refusal))
  return events
}

function cleared(
  key: string,
  given: readonly string[],
  after: readonly string[],
  why: string,
): AllocationEvent {
  const then = after.length === 0 ? 'and no other was found' : `it has ${bracketed(after)} now`
  return normal(
    'ClearAssignment',
    `current IP ${bracketed(given)} for "${key}" not allowed by config, ${then}: ${why}`,
  )
}

/** A status that no allocation makes. */
function oddities({ addresses, invalidAddresses }: Service): readonly AllocationEvent[] {
  const families = addresses.map((address) => (address.includes(':') ? ('ipv6' as const) : ('ipv4' as const)))
  if (invalidAddresses.length === 0 && new Set(families).size === families.length) return []
  const held = bracketed([...addresses, ...invalidAddresses])
  const message = `status.loadBalancer holds ${held}, where one address of each family may stand`
  return [warning('nolbIPsIPFamily', message)]
}

function refusedEvent(
  service: Service,
  key: string,
  after: readonly string[],
  { code, message }: Conclusion,
): AllocationEvent {
  switch (code) {
    case AllocationCode.noClusterIP:
      return warning(
        'noclusterIPsIPFamily',
        `Failed to retrieve ClusterIPs IPFamily for "${key}": ${message}`,
      )
    case AllocationCode.notEnoughClusterIPs: {
      const have = `[${service.clusterIPs.join(' ')}]`
      return warning('not enough clusterips', `Service requires dual stack but not enough clusterips ${have}`)
    }
    case AllocationCode.invalidRequest:
      if (after.length > 0)
        return warning('LoadBalancerFailed', `invalid requested loadbalancer IPs: ${message}`)
  }
  return warning('AllocationFailed', `Failed to allocate IP for "${key}": ${message}`)
}

function extraOf({ missing }: Outcome): Pick<Verdict, 'extra'> {
  if (missing === undefined) return {}
  return {
    extra: normal('AdditionalAssignFailed', `cannot assign additional IP in PreferDualStack: ${missing}`),
  }
}
