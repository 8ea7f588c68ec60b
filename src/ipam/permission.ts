/**
 * Whether a Service may have an address: asked of what it has already as well as of what it asks for, so that nothing
 * is kept that could not be had, and nothing taken away that could.
 */
import { listOf, quote } from '../cluster/index.ts'
import { type Refusal, refusalOf } from './claim.ts'
import { exclusionOf, type Place, type Pools } from './pools.ts'
import type { Search } from './search.ts'
import { AllocationCode } from './types.ts'
import { both } from './words.ts'

/** The place of an address that somebody may hold, whoever it is. */
export function usablePlace(address: string, pools: Pools): Place | Refusal {
  const place = pools.locate(address)
  if (place === undefined)
    return { code: AllocationCode.addressInNoPool, message: `${address} is in no IPAddressPool` }
  return avoidance(place) ?? place
}

function avoidance({ shelf, rank, address }: Place): Refusal | undefined {
  if (!shelf.avoids(rank)) return undefined
  const message = `${address} ends in .0 or .255, which pool ${shelf.pool} does not give away (avoidBuggyIPs)`
  return { code: AllocationCode.addressAvoided, message }
}

/** Why this Service may not have these addresses: their pools, and whoever else is there. */
export function objection(
  places: readonly Place[],
  { service, claim, request, pools }: Omit<Search, 'wanted'>,
): Refusal | undefined {
  const several = severalPools(places)
  if (several !== undefined) return several
  const pool = pools.byName.get(places[0]?.shelf.pool ?? '')
  if (request.pool !== undefined && pool?.name !== request.pool)
    return pools.byName.has(request.pool)
      ? {
          code: AllocationCode.addressNotInPool,
          message: `${both(places.map(({ address }) => address))} is of pool ${pool?.name}, and pool ${request.pool} is asked for`,
        }
      : unknownPool(request.pool, pools)
  const excluded = pool && exclusionOf(pool, service)
  if (excluded !== undefined) return excluded
  for (const { shelf, rank } of places) {
    const refusal = refusalOf(shelf.slots.get(rank), claim)
    if (refusal !== undefined) return refusal
  }
  return undefined
}

export function severalPools([first, second]: readonly Place[]): Refusal | undefined {
  if (first === undefined || second === undefined || first.shelf.pool === second.shelf.pool) return undefined
  const message = `${first.address} is of pool ${first.shelf.pool} and ${second.address} of pool ${second.shelf.pool}; both addresses of a Service must be of one pool`
  return { code: AllocationCode.addressesInSeveralPools, message }
}

export function unknownPool(name: string, { byName }: Pools): Refusal {
  const message = `there is no pool ${quote(name)}; the pools are ${listOf(byName.keys())}`
  return { code: AllocationCode.unknownPool, message }
}
