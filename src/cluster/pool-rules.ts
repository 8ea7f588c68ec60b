/** Rules about pools among themselves and towards namespaces. */
import { parsePrefix } from '../../bgp/wire/index.ts'
import { placeText, quote } from './diagnostics.ts'
import type { Findings } from './findings.ts'
import { type Interval, intervalOf } from './intervals.ts'
import type { Good, Inventory } from './inventory.ts'
import type { Path } from './objects.ts'
import { matchesAny } from './selectors.ts'
import { didYouMean } from './suggest.ts'
import type { Cidr } from './types.ts'

type GoodPool = Good<'IPAddressPool'>

interface Entry extends Interval {
  readonly object: GoodPool
  readonly text: string
  readonly path: Path
}

/**
 * Any two blocks are disjoint, inside a pool and between pools (metallb internal/config). A pool that overlaps one
 * before it is to blame, and stands in nobody's way itself.
 */
export function checkOverlaps(inventory: Inventory, findings: Findings): void {
  const taken = { ipv4: new Blocks(), ipv6: new Blocks() }
  for (const object of inventory.good('IPAddressPool')) {
    const own = { ipv4: new Blocks(), ipv6: new Blocks() }
    for (const entry of entriesOf(object)) {
      const inside = own[entry.family].meeting(entry)
      const other = taken[entry.family].meeting(entry) ?? inside
      if (other !== undefined) reportOverlap(entry, other, findings)
      if (inside === undefined) own[entry.family].add(entry)
    }
    if (findings.isBlamed(object)) continue
    for (const family of ['ipv4', 'ipv6'] as const) taken[family].addAll(own[family])
  }
}

/** To put so many in their places one by one costs less than to go through all that are there. */
const FEW = 16

/** Disjoint blocks in ascending order. */
class Blocks {
  #entries: Entry[] = []

  /** One that shares an address with the given one. */
  meeting(entry: Entry): Entry | undefined {
    const after = this.#after(entry.first)
    const [before, next] = [this.#entries[after - 1], this.#entries[after]]
    if (before !== undefined && before.last >= entry.first) return before
    return next !== undefined && next.first <= entry.last ? next : undefined
  }

  add(entry: Entry): void {
    this.#entries.splice(this.#after(entry.first), 0, entry)
  }

  addAll(others: Blocks): void {
    if (others.#entries.length <= FEW) for (const entry of others.#entries) this.add(entry)
    // Two ascending runs: sorting them is one pass.
    else this.#entries = [...this.#entries, ...others.#entries].sort(byFirst)
  }

  /** How many start at the address or before it. */
  #after(first: bigint): number {
    let low = 0
    let high = this.#entries.length
    while (low < high) {
      const middle = (low + high) >> 1
      if ((this.#entries[middle] as Entry).first <= first) low = middle + 1
      else high = middle
    }
    return low
  }
}

const byFirst = (a: Entry, b: Entry): number => (a.first < b.first ? -1 : 1)

function entriesOf(object: GoodPool): Entry[] {
  return object.value.ranges.flatMap(({ text, cidrs }, at) => {
    const interval = spanOf(cidrs)
    return interval === undefined ? [] : { ...interval, object, text, path: ['spec', 'addresses', at] }
  })
}

/** Asked again at every build, of lists that are made once. */
const spans = new WeakMap<readonly Cidr[], Interval>()

function spanOf(cidrs: readonly Cidr[]): Interval | undefined {
  const span = spans.get(cidrs) ?? measure(cidrs)
  if (span !== undefined) spans.set(cidrs, span)
  return span
}

/** The CIDRs of an entry are ascending and leave no gap. */
function measure(cidrs: readonly Cidr[]): Interval | undefined {
  const [first, last] = [cidrs[0], cidrs.at(-1)].map((cidr) => {
    const prefix = parsePrefix(cidr ?? '')
    return prefix && intervalOf(prefix.address, prefix.length)
  })
  return first && last && { family: first.family, first: first.first, last: last.last }
}

function reportOverlap(entry: Entry, other: Entry, findings: Findings): void {
  const where = placeText(other.object.origin.locate(other.path))
  const whose = other.object === entry.object ? 'this pool' : `IPAddressPool ${other.object.name}`
  const message = `${entry.text} overlaps ${other.text} of ${whose}${where && ` (${where})`}`
  findings
    .about(entry.object)
    .error('OverlappingPools', entry.path, message, 'each address can be in one entry only')
}

/** A namespace that is not there restricts nothing yet: for MetalLB the pool is then open to all. */
export function checkNamespaces(inventory: Inventory, findings: Findings): void {
  const namespaces = inventory.good('Namespace')
  if (namespaces.length === 0) return
  for (const object of inventory.good('IPAddressPool')) {
    const { namespaces: names = [], namespaceSelectors: selectors = [] } = object.value.allocation ?? {}
    const path = ['spec', 'serviceAllocation']
    for (const [at, name] of names.entries()) {
      if (inventory.has('Namespace', name)) continue
      const hint = didYouMean(name, inventory.names('Namespace'))
      const message = `there is no Namespace ${quote(name)}`
      findings.about(object).warning('UnknownNamespace', [...path, 'namespaces', at], message, hint)
    }
    if (selectors.length === 0 || namespaces.some(({ value }) => matchesAny(selectors, value.labels)))
      continue
    const message = 'no Namespace has these labels, so no service is allowed by them'
    findings.about(object).warning('SelectsNothing', [...path, 'namespaceSelectors'], message)
  }
}
