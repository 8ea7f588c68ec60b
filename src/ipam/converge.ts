/**
 * One Service brought to where it should be, in the order that users of MetalLB know: is it ours at all, what of its
 * addresses may stay, is a second family missing, and if nothing is left, which addresses does it get. The book is
 * changed on the way; what has to be written and told is made of the outcome, in settlement.ts.
 */
import type { Family } from '../../bgp/wire/index.ts'
import type { ObjectKey, Service } from '../cluster/index.ts'
import type { Book } from './book.ts'
import { choose, placeOn } from './choice.ts'
import { type Claim, claimOf, type Refusal } from './claim.ts'
import { gateOf } from './gate.ts'
import { type Kept, keep, type Losses } from './keep.ts'
import type { Place, Pools } from './pools.ts'
import { requestOf } from './request.ts'
import type { Search, Waits } from './search.ts'
import { AllocationCode, type AllocationOptions, type AllocationStep } from './types.ts'
import { both, failed, passed, shortageText } from './words.ts'

export interface Desk {
  readonly pools: Pools
  readonly book: Book
  readonly options: AllocationOptions
}

export interface Outcome {
  /** The status is not ours to change. */
  readonly handsOff: boolean
  /** What it holds now, IPv4 first. */
  readonly places: readonly Place[]
  /** Of the addresses that its status holds: why they cannot stay. */
  readonly lost: Losses
  readonly steps: readonly AllocationStep[]
  /** Why it has nothing, or why its request is not looked at. */
  readonly refusal?: Refusal
  /** PreferDualStack: why it has no second address. */
  readonly missing?: string
  readonly claim?: Claim
  readonly waits?: Waits
}

const NO_LOSSES: Losses = new Map()

export function converge(service: Service, key: ObjectKey, desk: Desk): Outcome {
  const gate = gateOf(service, desk.pools, desk.options)
  if (gate.kind !== 'open') {
    desk.book.drop(key)
    const { refusal, steps } = gate
    return { handsOff: gate.kind === 'hands off', places: [], lost: NO_LOSSES, steps, refusal }
  }
  const search: Search = {
    service,
    claim: claimOf(service, key),
    wanted: gate.wanted,
    request: requestOf(service),
    pools: desk.pools,
  }
  return settleWith(search, gate.steps, desk)
}

function settleWith(search: Search, steps: AllocationStep[], { book }: Desk): Outcome {
  const { claim, request } = search
  const known = book.get(claim.key)?.places ?? []
  const { places, lost } = present(search, textsOf(known), known)
  steps.push(...presentSteps(search.service, places, lost))
  book.hold(claim, places)
  const outcome = { handsOff: false, places, lost, steps, claim }
  if (places.length === 0) return allocate(search, outcome, book)
  if (request.problem !== undefined) {
    const refusal = { code: AllocationCode.invalidRequest, message: request.problem }
    steps.push(failed('requested addresses', refusal))
    return { ...outcome, refusal }
  }
  const family = search.wanted.families.find((one) => places.every(({ shelf }) => shelf.family !== one))
  return family === undefined || request.addresses.length > 0
    ? outcome
    : complete(search, outcome, family, book)
}

/**
 * The status is the record of what was allocated, and what a user writes there by hand counts, too. But our own
 * writes take a while to come back: as long as the status holds nothing better, we stand by what we gave.
 */
function present(search: Search, ours: readonly string[], known: readonly Place[] = []): Kept {
  const { addresses } = search.service
  if (addresses.every((address) => ours.includes(address))) return keep(ours, search, known)
  const theirs = keep(addresses, search, known)
  if (theirs.places.length > 0 || ours.length === 0) return theirs
  return { places: keep(ours, search, known).places, lost: theirs.lost }
}

export const textsOf = (places: readonly Place[]): readonly string[] => places.map(({ address }) => address)

const HAS_NONE = passed('present addresses', 'it has none')

function presentSteps(
  { addresses }: Service,
  places: readonly Place[],
  lost: Losses,
): readonly AllocationStep[] {
  const rule = 'present addresses'
  const steps = [...lost].map(([address, { code, message }]) =>
    failed(rule, { code, message: `${address} cannot stay: ${message}` }),
  )
  if (places.length > 0)
    steps.push(passed(rule, `${both(places.map(({ address }) => address))} of pool ${places[0]?.shelf.pool}`))
  else if (addresses.length === 0) steps.push(HAS_NONE)
  return steps
}

/** The second family, from the pool of the first. Where both are required, one alone is given back. */
function complete(search: Search, outcome: Outcome, family: Family, book: Book): Outcome {
  const { pools, claim, wanted } = search
  const pool = pools.byName.get(outcome.places[0]?.shelf.pool ?? '')
  const shelf = pool?.shelves[family]
  const added = placeOn(shelf, claim)
  const rule = 'second family'
  if (added !== undefined) {
    const places = [...outcome.places, added].sort(ipv4First)
    book.hold(claim, places)
    return {
      ...outcome,
      places,
      steps: [...outcome.steps, passed(rule, `pool ${pool?.name} gives ${added.address}`)],
    }
  }
  const message = pool === undefined ? '' : shortageText(pool, family)
  const steps = [...outcome.steps, failed(rule, { code: AllocationCode.poolExhausted, message })]
  if (wanted.oneWillDo) {
    const waits = { addresses: [], shelves: shelf === undefined ? [] : [shelf] }
    return { ...outcome, steps, missing: message, waits }
  }
  const lost = new Map(outcome.lost)
  const reason = {
    code: AllocationCode.poolExhausted,
    message: `RequireDualStack needs both families: ${message}`,
  }
  for (const { address } of outcome.places) lost.set(address, reason)
  book.drop(claim.key)
  return allocate(search, { ...outcome, places: [], lost, steps }, book)
}

const ipv4First = (a: Place, b: Place): number => (a.shelf.family < b.shelf.family ? -1 : 1)

/** Its status may hold an address for a while that it lost to another: should that one go, all is as before. */
const alsoForTheLost = (waits: Waits | undefined, lost: Losses): Waits => ({
  addresses: [...(waits?.addresses ?? []), ...lost.keys()],
  shelves: waits?.shelves ?? [],
})

function allocate(search: Search, outcome: Outcome, book: Book): Outcome {
  const { places, steps: more, refusal, waits } = choose(search)
  const { wanted, claim, pools } = search
  const steps = [...outcome.steps, ...more]
  book.hold(claim, places)
  if (refusal !== undefined) return { ...outcome, steps, refusal, waits: alsoForTheLost(waits, outcome.lost) }
  const found = { ...outcome, places, steps }
  const family = wanted.families.find((one) => places.every(({ shelf }) => shelf.family !== one))
  const pool = pools.byName.get(places[0]?.shelf.pool ?? '')
  if (family === undefined || pool === undefined) return found
  const shelf = pool.shelves[family]
  const waitsForIt = { addresses: [], shelves: shelf === undefined ? [] : [shelf] }
  return { ...found, missing: shortageText(pool, family), waits: waitsForIt }
}

/**
 * Books what a Service has, as far as it is permitted, and gives nothing away.
 * @param ours what was booked for it until now
 */
export function adopt(
  service: Service,
  key: ObjectKey,
  ours: readonly string[],
  { pools, book, options }: Desk,
): void {
  const gate = gateOf(service, pools, options)
  if (gate.kind !== 'open') return
  const claim = claimOf(service, key)
  const search = { service, claim, wanted: gate.wanted, request: requestOf(service), pools }
  const { places } = keep(ours, search)
  book.hold(claim, places.length > 0 ? places : keep(service.addresses, search).places)
}
