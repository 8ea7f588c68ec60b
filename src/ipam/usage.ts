/** How full the pools are. */
import type { Family } from '../../bgp/wire/index.ts'
import type { ObjectKey, Service, Snapshot } from '../cluster/index.ts'
import { FAMILIES } from './blocks.ts'
import type { Book } from './book.ts'
import { keyOf } from './claim.ts'
import { type OpenPool, type Place, Pools } from './pools.ts'
import type { PoolUsage } from './types.ts'

/** By what was allocated. By name. */
export const usageOf = (pools: Pools, book: Book): readonly PoolUsage[] =>
  [...pools.byName.values()].map((pool) =>
    usage(pool, (family) => pool.shelves[family]?.slots.size ?? 0, book.holders(pool.name)),
  )

interface Tally {
  readonly addresses: Readonly<Record<Family, Set<Place['rank']>>>
  readonly services: Set<ObjectKey>
}

/** By what the statuses of Services hold, whoever wrote them: for those who allocate nothing. By name. */
export function poolUsage({
  config,
  services,
  namespaces,
}: Pick<Snapshot, 'config' | 'services' | 'namespaces'>): readonly PoolUsage[] {
  const pools = new Pools(config.pools, namespaces)
  const tallies = new Map<string, Tally>()
  for (const name of pools.byName.keys())
    tallies.set(name, { addresses: { ipv4: new Set(), ipv6: new Set() }, services: new Set() })
  for (const service of services.values()) {
    if (service.type !== 'LoadBalancer') continue
    for (const address of service.addresses) count(service, pools.locate(address), tallies)
  }
  return [...pools.byName.values()].map((pool) => {
    const tally = tallies.get(pool.name)
    return usage(pool, (family) => tally?.addresses[family].size ?? 0, tally?.services.size ?? 0)
  })
}

function count(service: Service, place: Place | undefined, tallies: ReadonlyMap<string, Tally>): void {
  if (place === undefined || place.shelf.avoids(place.rank)) return
  const tally = tallies.get(place.shelf.pool)
  tally?.addresses[place.shelf.family].add(place.rank)
  tally?.services.add(keyOf(service))
}

function usage(
  { pool, name, shelves }: OpenPool,
  assignedOf: (family: Family) => number,
  services: number,
): PoolUsage {
  const assigned = { ipv4: 0, ipv6: 0 }
  const available = { ipv4: 0, ipv6: 0 }
  const total = { ipv4: 0, ipv6: 0 }
  for (const family of FAMILIES) {
    const size = shelves[family]?.size ?? 0n
    assigned[family] = assignedOf(family)
    available[family] = capped(size - BigInt(assigned[family]))
    total[family] = capped(size)
  }
  const ranges = pool.ranges.map(({ text }) => text)
  return { name, autoAssign: pool.autoAssign, ranges, assigned, available, total, services }
}

/** No JSON number above this is exact. A /64 has 2^64 addresses: it says "more than anyone will ever use". */
const capped = (value: bigint): number =>
  value > BigInt(Number.MAX_SAFE_INTEGER) ? Number.MAX_SAFE_INTEGER : Number(value)
