/**
 * Where a Service without an address gets one: from the addresses it names, else from the pool it names, else from
 * the pools that give by themselves: those pinned to the Service first (a preference, not a fence: when they are
 * exhausted the search goes on), then those for everybody. Both addresses of a Service are of one pool.
 */
import { type Family, familyOf } from '../../bgp/wire/index.ts'
import { listOf } from '../cluster/index.ts'
import type { Claim, Refusal } from './claim.ts'
import { objection, unknownPool, usablePlace } from './permission.ts'
import { exclusionOf, type OpenPool, type Place } from './pools.ts'
import type { Wanted } from './request.ts'
import type { Choice, Search, Waits } from './search.ts'
import type { Shelf } from './shelf.ts'
import { AllocationCode, type AllocationStep } from './types.ts'
import { both, failed, familiesText, passed, shortageText } from './words.ts'

export function choose(search: Search): Choice {
  const { request } = search
  if (request.problem !== undefined)
    return refused('requested addresses', { code: AllocationCode.invalidRequest, message: request.problem })
  if (request.addresses.length > 0) return chooseRequested(search)
  if (request.pool !== undefined) return chooseFromPool(search, request.pool)
  return chooseByItself(search)
}

const refused = (rule: string, refusal: Refusal, waits?: Waits): Choice => ({
  places: [],
  steps: [failed(rule, refusal)],
  refusal,
  ...(waits && { waits }),
})

function chooseRequested(search: Search): Choice {
  const rule = 'requested addresses'
  const { addresses } = search.request
  const found = requestedPlaces(search)
  if ('code' in found) return refused(rule, found, { addresses, shelves: [] })
  return { places: found, steps: [passed(rule, `${both(addresses)} of pool ${found[0]?.shelf.pool}`)] }
}

function requestedPlaces({ service, claim, wanted, request, pools }: Search): readonly Place[] | Refusal {
  const { addresses } = request
  const families = addresses.map(familyOf)
  if (families.length !== wanted.families.length || families.some((one) => !wanted.families.includes(one))) {
    const message = `${both(addresses)} is asked for (${familiesText(families)}), and the Service is of ${familiesText(wanted.families)}`
    return { code: AllocationCode.familyMismatch, message }
  }
  const places: Place[] = []
  for (const address of addresses) {
    const place = usablePlace(address, pools)
    if ('code' in place) return place
    places.push(place)
  }
  return objection(places, { service, claim, request, pools }) ?? places
}

function chooseFromPool(search: Search, name: string): Choice {
  const rule = `pool ${name}`
  const pool = search.pools.byName.get(name)
  if (pool === undefined) return refused(rule, unknownPool(name, search.pools))
  const excluded = exclusionOf(pool, search.service)
  if (excluded !== undefined) return refused(rule, excluded)
  const places = free(pool, search)
  if (!satisfies(places, search.wanted))
    return refused(rule, shortage(pool, search, places), {
      addresses: [],
      shelves: shelvesOf([pool], search),
    })
  return { places, steps: [passed(rule, givenText(places))] }
}

function chooseByItself(search: Search): Choice {
  const { pinned, general } = search.pools
  const steps: AllocationStep[] = []
  const tried: OpenPool[] = []
  for (const offered of [pinned, general]) {
    const candidates = offered.filter((pool) => {
      const excluded = exclusionOf(pool, search.service)
      if (excluded !== undefined) note(steps, failed(`pool ${pool.name}`, excluded))
      return excluded === undefined
    })
    tried.push(...candidates)
    const places = best(candidates, search, steps)
    if (places.length > 0) return { places, steps }
  }
  const refusal = nothingFree(search, tried, steps)
  const waits = { addresses: [], shelves: shelvesOf(tried, search) }
  return { places: [], steps: [...steps, failed('free address', refusal)], refusal, waits }
}

/** Of a thousand pools, a reader wants the first few. */
const MOST_STEPS = 16

function note(steps: AllocationStep[], step: AllocationStep): void {
  if (steps.length < MOST_STEPS) steps.push(step)
}

/** The first pool that has all; else, where one family will do, the first that has the primary one, else the other. */
function best(candidates: readonly OpenPool[], search: Search, steps: AllocationStep[]): readonly Place[] {
  const { wanted } = search
  let fallback: readonly Place[] = []
  for (const pool of candidates) {
    const places = free(pool, search)
    if (places.length === wanted.families.length) {
      steps.push(passed(`pool ${pool.name}`, givenText(places)))
      return places
    }
    if (steps.length < MOST_STEPS) steps.push(failed(`pool ${pool.name}`, shortage(pool, search, places)))
    if (satisfies(places, wanted) && isBetter(places, fallback, wanted)) fallback = places
  }
  if (fallback.length > 0)
    steps.push(passed('one family', `${givenText(fallback)}: PreferDualStack takes one`))
  return fallback
}

const isBetter = ([place]: readonly Place[], [before]: readonly Place[], { primary }: Wanted): boolean =>
  before === undefined || (before.shelf.family !== primary && place?.shelf.family === primary)

const satisfies = (places: readonly Place[], { families, oneWillDo }: Wanted): boolean =>
  places.length === families.length || (oneWillDo && places.length > 0)

const givenText = (places: readonly Place[]): string => `gives ${both(places.map(({ address }) => address))}`

/** The first free or shareable address of each wanted family. */
function free({ shelves }: OpenPool, { claim, wanted }: Search): readonly Place[] {
  return wanted.families.flatMap((family) => placeOn(shelves[family], claim) ?? [])
}

export function placeOn(shelf: Shelf | undefined, claim: Claim): Place | undefined {
  const rank = shelf?.lowest(claim)
  return shelf === undefined || rank === undefined
    ? undefined
    : { shelf, rank, address: shelf.addressAt(rank) }
}

function shortage(pool: OpenPool, { wanted }: Search, places: readonly Place[]): Refusal {
  const missing = wanted.families.filter((family) => !places.some(({ shelf }) => shelf.family === family))
  const message = missing.map((family) => shortageText(pool, family)).join('; ')
  return { code: AllocationCode.poolExhausted, message }
}

/** One pool that could have helped is named with its own reason; several are listed. */
function nothingFree(
  { wanted, pools }: Search,
  tried: readonly OpenPool[],
  steps: readonly AllocationStep[],
): Refusal {
  const reasons = steps.flatMap(({ ok, code, message }) =>
    !ok && code === AllocationCode.poolExhausted ? message : [],
  )
  const [only] = reasons
  if (tried.length === 1 && only !== undefined) return { code: AllocationCode.poolExhausted, message: only }
  const families = familiesText(wanted.families)
  if (tried.length > 0)
    return {
      code: AllocationCode.noFreeAddress,
      message: `no pool has a free ${families} address: ${listOf(reasons)}`,
    }
  const excluded = steps.map(({ message }) => message)
  const manual = [...pools.byName.values()].flatMap(({ pool, name }) =>
    pool.autoAssign ? [] : `pool ${name} gives only what is asked for (autoAssign: false)`,
  )
  const message = `no pool is for this Service: ${listOf([...excluded, ...manual])}`
  return { code: AllocationCode.noFreeAddress, message }
}

const shelvesOf = (pools: readonly OpenPool[], { wanted }: Search): readonly Shelf[] =>
  pools.flatMap(({ shelves }) => wanted.families.flatMap((family: Family) => shelves[family] ?? []))
