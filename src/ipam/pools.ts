/**
 * The IPAddressPools as allocation goes through them: in one fixed order, with what each is for, and an index that
 * tells where an address belongs. A pool that did not change keeps its shelves, and with them who holds what.
 */
import { type Family, familyOf } from '../../bgp/wire/index.ts'
import { listOf, matchesAny, type Namespace, type Pool, type Service } from '../cluster/index.ts'
import { FAMILIES, numberOf, type Rank, rankOf } from './blocks.ts'
import type { Refusal } from './claim.ts'
import { Shelf } from './shelf.ts'
import { AllocationCode } from './types.ts'

export interface OpenPool {
  readonly pool: Pool
  readonly name: string
  readonly shelves: Readonly<Partial<Record<Family, Shelf>>>
  /** Names and selected ones; absent: any namespace. */
  readonly namespaces?: ReadonlySet<string>
}

/** Where an address belongs. */
export interface Place {
  readonly shelf: Shelf
  readonly rank: Rank
  readonly address: string
}

interface Span {
  readonly first: bigint
  readonly last: bigint
  readonly base: bigint
  readonly shelf: Shelf
}

export type Namespaces = ReadonlyMap<string, Namespace>

export class Pools {
  readonly byName: ReadonlyMap<string, OpenPool>
  /** For some services only: by priority (a low number first, 0 last), then by name. */
  readonly pinned: readonly OpenPool[]
  /** For everybody: by name. */
  readonly general: readonly OpenPool[]
  readonly #spans: Readonly<Record<Family, readonly Span[]>>

  constructor(pools: readonly Pool[], namespaces: Namespaces, before?: Pools) {
    const open = pools.map((pool) => openPool(pool, namespaces, before?.byName.get(pool.name))).sort(byName)
    this.byName = new Map(open.map((one) => [one.name, one]))
    const offered = open.filter(({ pool }) => pool.autoAssign)
    this.pinned = offered.filter(({ pool }) => pool.allocation !== undefined).sort(byPriority)
    this.general = offered.filter(({ pool }) => pool.allocation === undefined)
    this.#spans = { ipv4: spansOf(open, 'ipv4'), ipv6: spansOf(open, 'ipv6') }
  }

  /** Undefined for an address that is in no pool. */
  locate(address: string): Place | undefined {
    const spans = this.#spans[familyOf(address)]
    const value = numberOf(address)
    if (value === undefined) return undefined
    let low = 0
    let high = spans.length
    while (low < high) {
      const middle = (low + high) >>> 1
      if ((spans[middle] as Span).first <= value) low = middle + 1
      else high = middle
    }
    const span = spans[low - 1]
    if (span === undefined || value > span.last) return undefined
    return { shelf: span.shelf, rank: rankOf(span.base + (value - span.first)), address }
  }
}

const byName = (a: OpenPool, b: OpenPool): number => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0)

/** Sorting is stable: names decide between equals. */
const byPriority = (a: OpenPool, b: OpenPool): number =>
  priorityOf(a) < priorityOf(b) ? -1 : priorityOf(a) > priorityOf(b) ? 1 : 0

const priorityOf = ({ pool }: OpenPool): number => pool.allocation?.priority || Number.POSITIVE_INFINITY

function openPool(pool: Pool, namespaces: Namespaces, before: OpenPool | undefined): OpenPool {
  const allowed = namespacesOf(pool, namespaces)
  if (before?.pool === pool && sameSet(before.namespaces, allowed)) return before
  const shelves: Partial<Record<Family, Shelf>> = {}
  for (const family of FAMILIES) {
    const shelf = new Shelf(pool, family)
    if (shelf.blocks.length > 0) shelves[family] = shelf
  }
  return { pool, name: pool.name, shelves, ...(allowed && { namespaces: allowed }) }
}

/** Selectors that match no namespace let nobody in: a pool for one team must not be open to all until that team exists. */
function namespacesOf({ allocation }: Pool, namespaces: Namespaces): ReadonlySet<string> | undefined {
  const { namespaces: names = [], namespaceSelectors: selectors = [] } = allocation ?? {}
  if (names.length === 0 && selectors.length === 0) return undefined
  const allowed = new Set(names)
  if (selectors.length > 0)
    for (const { name, labels } of namespaces.values()) if (matchesAny(selectors, labels)) allowed.add(name)
  return allowed
}

const sameSet = (a: ReadonlySet<string> | undefined, b: ReadonlySet<string> | undefined): boolean =>
  a === b || (a !== undefined && b !== undefined && a.size === b.size && a.isSubsetOf(b))

function spansOf(pools: readonly OpenPool[], family: Family): readonly Span[] {
  const spans = pools.flatMap(({ shelves }) => {
    const shelf = shelves[family]
    return shelf === undefined ? [] : shelf.blocks.map((block) => ({ ...block, shelf }))
  })
  return spans.sort((a, b) => (a.first < b.first ? -1 : 1))
}

/** Why serviceAllocation keeps the Service from the pool; undefined when it does not. */
export function exclusionOf({ pool, name, namespaces }: OpenPool, service: Service): Refusal | undefined {
  if (namespaces !== undefined && !namespaces.has(service.namespace))
    return { code: AllocationCode.poolNotForService, message: `pool ${name} is ${namespaceText(namespaces)}` }
  const selectors = pool.allocation?.serviceSelectors ?? []
  if (selectors.length === 0 || matchesAny(selectors, service.labels)) return undefined
  const labels = Object.entries(service.labels).map(([key, value]) => `${key}=${value}`)
  const have = labels.length === 0 ? 'it has no labels' : `its labels are ${listOf(labels.sort())}`
  const message = `pool ${name} is for Services that its serviceSelectors match; ${have}`
  return { code: AllocationCode.poolNotForService, message }
}

const namespaceText = (namespaces: ReadonlySet<string>): string =>
  namespaces.size === 0
    ? 'for Namespaces that its namespaceSelectors match, and there are none'
    : `for ${namespaces.size === 1 ? 'namespace' : 'namespaces'} ${listOf([...namespaces].sort())} only`
