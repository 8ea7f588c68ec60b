/**
 * What users read with `kubectl describe service`: this node announces it, or no longer does, and why. Told when it
 * becomes so, not at every look. Pure but for the telling.
 */
import type { EventWish, Regarding, TellEvent } from '../events/index.ts'
import type { Change } from './announced.ts'

/** `nodeAssigned` is MetalLB's word, spelling included. */
export const ServiceReason = { assigned: 'nodeAssigned', withdrawn: 'nodeWithdrawn' } as const

/** The object an Event is about; its uid is what `kubectl describe` finds it by. */
export type Identify = (kind: 'Service' | 'BGPPeer', namespace: string, name: string) => Regarding | undefined

/**
 * At a cold start with ten thousand services nobody reads ten thousand Events, and each of them is a write to the API
 * server that others wait behind.
 */
export const MOST_AT_ONCE = 1_000

export interface ServiceEventOptions {
  readonly node: string
  readonly identify: Identify
  readonly tell: TellEvent
}

/** Tells of at most `MOST_AT_ONCE` changes, withdrawals first; returns how many it kept to itself. */
export function tellServices(changes: readonly Change[], options: ServiceEventOptions): number {
  const wishes = [...changes.filter(isWithdrawal), ...changes.filter((change) => !isWithdrawal(change))]
    .values()
    .map((change) => () => wishFor(change, options))
  let told = 0
  let withheld = 0
  for (const make of wishes) {
    if (told === MOST_AT_ONCE) {
      withheld++
      continue
    }
    const wish = make()
    if (wish === undefined) continue
    options.tell(wish)
    told++
  }
  return withheld
}

const isWithdrawal = ({ after, service }: Change): boolean => after === undefined && service !== undefined

function wishFor(change: Change, { node, identify }: ServiceEventOptions): EventWish | undefined {
  const { service, before, after, why } = change
  // Nobody looks up the Events of a service that is gone; and that another peer hears of it is no news of the node.
  if (service === undefined || sameAddresses(before, after)) return undefined
  const regarding = identify('Service', service.namespace, service.name)
  if (regarding === undefined) return undefined
  if (after !== undefined) {
    const message = `announcing from node ${JSON.stringify(node)} with protocol "bgp"`
    return { regarding, type: 'Normal', reason: ServiceReason.assigned, message }
  }
  const reason = why === undefined ? '' : `: ${why.code}: ${why.message}`
  const message = `no longer announced from node ${JSON.stringify(node)}${reason}`
  return { regarding, type: 'Normal', reason: ServiceReason.withdrawn, message }
}

const sameAddresses = (before: Change['before'], after: Change['after']): boolean =>
  before !== undefined && after !== undefined && before.addresses.join() === after.addresses.join()
