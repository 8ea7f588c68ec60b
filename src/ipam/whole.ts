/**
 * The allocation of a whole cluster at once, from nothing but its snapshot: what a controller that starts now would do.
 * The order of the Services in the snapshot makes no difference.
 */
import type { ObjectKey, Service, Snapshot } from '../cluster/index.ts'
import { Allocator } from './allocator.ts'
import type { AllocationOptions, AllocationReport, PoolUsage, Settlement } from './types.ts'

export interface AllocationPlan {
  /** One for each Service of type LoadBalancer, and each other that has something to give up. By name. */
  readonly reports: readonly AllocationReport[]
  /** When all that is done. */
  readonly usage: readonly PoolUsage[]
}

/**
 * What each Service would have after allocation, and why. Where `before` and `after` differ, its status would be
 * written; where both hold something, the Service would move.
 */
export function planAllocation(
  { services, namespaces, config }: Pick<Snapshot, 'services' | 'namespaces' | 'config'>,
  options: AllocationOptions = {},
): AllocationPlan {
  const allocator = new Allocator(options)
  allocator.setPools(config.pools, namespaces)
  for (const [key, service] of services) allocator.adopt(service, key)
  const byKey = settleAll(services, allocator)
  const keys = [...byKey.keys()].sort()
  return { reports: keys.flatMap((key) => byKey.get(key) ?? []), usage: allocator.usage() }
}

/** Those with an address first, then by name; and again whoever may be helped by what came of it, until nobody is. */
function settleAll(services: Snapshot['services'], allocator: Allocator): Map<ObjectKey, AllocationReport> {
  const reports = new Map<ObjectKey, AllocationReport>()
  const queue = settleOrder(services)
  for (const key of queue) {
    const service = services.get(key)
    if (service === undefined) continue
    const { settlement, affected } = allocator.settle(service, key)
    const report = reportOf(key, settlement)
    if (report !== undefined) reports.set(key, report)
    queue.push(...affected)
  }
  return reports
}

/** Those with an address first, then by name. */
function settleOrder(services: ReadonlyMap<ObjectKey, Service>): ObjectKey[] {
  const having: ObjectKey[] = []
  const without: ObjectKey[] = []
  for (const [key, service] of services) (service.addresses.length > 0 ? having : without).push(key)
  return [...having.sort(), ...without.sort()]
}

function reportOf(key: ObjectKey, settlement: Settlement): AllocationReport | undefined {
  const { service, addresses, pool, code, message, write } = settlement
  if (service.type !== 'LoadBalancer' && !write) return undefined
  return {
    key,
    before: service.addresses,
    after: addresses,
    ...(pool !== undefined && { pool }),
    code,
    message,
  }
}
