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

/** Any two blocks are disjoint, inside a pool and between pools (metallb internal/config). */
export function checkOverlaps(inventory: Inventory, findings: Findings): void {
  const entries = inventory.good('IPAddressPool').flatMap(entriesOf)
  for (const family of ['ipv4', 'ipv6'] as const) {
    const sorted = entries.filter((entry) => entry.family === family).sort(byFirst)
    let reach: Entry | undefined
    for (const entry of sorted) {
      if (reach !== undefined && entry.first <= reach.last) reportOverlap(entry, reach, findings)
      if (reach === undefined || entry.last > reach.last) reach = entry
    }
  }
}

const byFirst = (a: Entry, b: Entry): number => (a.first < b.first ? -1 : a.first > b.first ? 1 : 0)

function entriesOf(object: GoodPool): Entry[] {
  return object.value.ranges.flatMap(({ text, cidrs }, at) => {
    const interval = spanOf(cidrs)
    return interval === undefined ? [] : { ...interval, object, text, path: ['spec', 'addresses', at] }
  })
}

/** The CIDRs of an entry are ascending and leave no gap. */
function spanOf(cidrs: readonly Cidr[]): Interval | undefined {
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
