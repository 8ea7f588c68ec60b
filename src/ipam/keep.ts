/**
 * What of the addresses that a Service has may stay. Each is judged by itself, so that a Service which loses one
 * family keeps the other; what a user asks for by name comes before what there is.
 */
import { type Family, familyOf } from '../../bgp/wire/index.ts'
import type { Refusal } from './claim.ts'
import { objection, severalPools, usablePlace } from './permission.ts'
import type { Place } from './pools.ts'
import type { Search } from './search.ts'
import { AllocationCode } from './types.ts'
import { both, familiesText, familyText } from './words.ts'

/** Why an address cannot stay. */
export type Losses = ReadonlyMap<string, Refusal>

export interface Kept {
  /** IPv4 first. */
  readonly places: readonly Place[]
  readonly lost: Losses
}

const NO_LOSSES: Losses = new Map()
export const NOTHING_KEPT: Kept = { places: [], lost: NO_LOSSES }

/** @param known where some of the addresses are, if that was found out before. */
export function keep(addresses: readonly string[], search: Search, known: readonly Place[] = []): Kept {
  if (addresses.length === 0) return NOTHING_KEPT
  let lost: Map<string, Refusal> | undefined
  const lose: Lose = (address, refusal) => {
    lost ??= new Map()
    lost.set(address, refusal)
  }
  const located = oneOfEach(addresses, search, lose).flatMap((address) => {
    const place = known.find((one) => one.address === address) ?? usablePlace(address, search.pools)
    if ('code' in place) lose(address, place)
    return 'code' in place ? [] : place
  })
  let places = withoutObjections(located, search, lose)
  const unwanted = places.length === 0 ? undefined : notAskedFor(places, search)
  if (unwanted !== undefined) {
    for (const { address } of places) lose(address, unwanted)
    places = []
  }
  return { places, lost: lost ?? NO_LOSSES }
}

type Lose = (address: string, refusal: Refusal) => void

/** One address of each wanted family, IPv4 first. */
function oneOfEach(addresses: readonly string[], { wanted }: Search, lose: Lose): readonly string[] {
  const chosen: Partial<Record<Family, string>> = {}
  for (const address of addresses) {
    const family = familyOf(address)
    const before = chosen[family]
    if (!wanted.families.includes(family)) {
      const message = `the Service is of ${familiesText(wanted.families)} only`
      lose(address, { code: AllocationCode.familyNotWanted, message })
    } else if (before !== undefined) {
      const message = `a Service can have one ${familyText(family)} address, and ${before} stands before it`
      lose(address, { code: AllocationCode.familyNotWanted, message })
    } else chosen[family] = address
  }
  return wanted.families.flatMap((family) => chosen[family] ?? [])
}

const NO_WISH: Search['request'] = { addresses: [] }

function withoutObjections(places: readonly Place[], search: Search, lose: Lose): readonly Place[] {
  const { service, claim, pools } = search
  const kept: Place[] = []
  for (const place of places) {
    const terms = { service, claim, pools, request: NO_WISH }
    const refusal = objection([place], terms) ?? severalPools([...kept, place])
    if (refusal === undefined) kept.push(place)
    else lose(place.address, refusal)
  }
  return kept
}

/** The pool's name counts before the addresses: MetalLB asks in that order, too. Addresses that cannot be read ask nothing. */
function notAskedFor(places: readonly Place[], { request, pools }: Search): Refusal | undefined {
  const [first] = places
  if (request.pool !== undefined && first?.shelf.pool !== request.pool) {
    const there = pools.byName.has(request.pool) ? '' : ', which does not exist'
    const message = `pool ${request.pool} is asked for${there}`
    return { code: AllocationCode.otherPoolRequested, message }
  }
  const { addresses } = request
  if (
    addresses.length === 0 ||
    sameAddresses(
      addresses,
      places.map(({ address }) => address),
    )
  )
    return undefined
  return { code: AllocationCode.otherAddressRequested, message: `${both(addresses)} is asked for` }
}

/** As sets; no address is in a list twice. */
export const sameAddresses = (a: readonly string[], b: readonly string[]): boolean =>
  a.length === b.length && a.every((address) => b.includes(address))
