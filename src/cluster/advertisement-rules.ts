/** Rules about advertisements: what they name exists, aggregates stay inside pools, local preferences agree. */
import { DEFAULT_LOCAL_PREF, familyOf } from '../../bgp/wire/index.ts'
import { choosesAll, type Resolved } from './advertisements.ts'
import { listOf, placeText, quote } from './diagnostics.ts'
import type { Findings } from './findings.ts'
import type { Good, Inventory } from './inventory.ts'
import { contradict } from './local-pref.ts'
import { matches } from './selectors.ts'
import { didYouMean } from './suggest.ts'
import type { BgpAdvertisement, L2Advertisement, Node, Pool, Selectors } from './types.ts'

type AnyAdvertisement = BgpAdvertisement | L2Advertisement

/** Pools, peers and nodes that an advertisement names but nobody has. */
export function checkReferences(
  resolved: readonly Resolved<AnyAdvertisement>[],
  inventory: Inventory,
  findings: Findings,
): void {
  for (const { object, choice, advertisement } of resolved) {
    const report = findings.about(object)
    const known = inventory.names('IPAddressPool')
    for (const [at, name] of choice.names.entries()) {
      if (inventory.has('IPAddressPool', name)) continue
      const hint =
        didYouMean(name, known) ?? (known.length > 0 ? `the pools are ${listOf(known)}` : undefined)
      report.warning(
        'UnknownPool',
        ['spec', 'ipAddressPools', at],
        `there is no IPAddressPool ${quote(name)}`,
        hint,
      )
    }
    if (advertisement.pools.length === 0 && !inventory.someRefused('IPAddressPool'))
      report.warning('SelectsNothing', ['spec'], emptyChoice(known, choosesAll(choice)))
    checkPeers(object, advertisement, inventory, findings)
    checkNodes(object, advertisement.nodeSelectors, inventory, findings)
  }
}

const emptyChoice = (known: readonly string[], all: boolean): string =>
  all || known.length === 0
    ? 'advertises nothing: there is no IPAddressPool'
    : `advertises nothing: it selects none of the pools ${listOf(known)}`

function checkPeers(
  object: Resolved<AnyAdvertisement>['object'],
  advertisement: AnyAdvertisement,
  inventory: Inventory,
  findings: Findings,
): void {
  if (!('peers' in advertisement)) return
  const known = inventory.names('BGPPeer')
  for (const [at, name] of advertisement.peers.entries()) {
    if (inventory.has('BGPPeer', name)) continue
    const hint = didYouMean(name, known) ?? (known.length > 0 ? `the peers are ${listOf(known)}` : undefined)
    findings
      .about(object)
      .warning('UnknownPeer', ['spec', 'peers', at], `there is no BGPPeer ${quote(name)}`, hint)
  }
}

export function checkNodes(
  object: Good<'BGPPeer'> | Resolved<AnyAdvertisement>['object'],
  selectors: Selectors,
  inventory: Inventory,
  findings: Findings,
): void {
  const nodes = inventory.good('Node')
  if (nodes.length === 0 || nodes.some(({ value }) => matches(selectors, value.labels))) return
  const names = nodes.map(({ name }) => name).sort()
  const message = `no Node has these labels (there are ${listOf(names)})`
  findings.about(object).warning('SelectsNothing', ['spec', 'nodeSelectors'], message)
}

/** A pool that nothing advertises is handed out and never reached. */
export function checkCoverage(
  resolved: readonly Resolved<AnyAdvertisement>[],
  inventory: Inventory,
  findings: Findings,
): void {
  if (inventory.someRefused('BGPAdvertisement') || inventory.someRefused('L2Advertisement')) return
  const covered = new Set(resolved.flatMap(({ advertisement }) => advertisement.pools))
  for (const object of inventory.good('IPAddressPool')) {
    if (covered.has(object.name)) continue
    const message =
      'no BGPAdvertisement or L2Advertisement selects this pool, so its addresses are never announced'
    findings.about(object).warning('PoolNotAdvertised', [], message, 'name it in an advertisement')
  }
}

const isIpv4 = (cidr: string): boolean => familyOf(cidr) === 'ipv4'
const maskOf = (cidr: string): number => Number(cidr.slice(cidr.indexOf('/') + 1))

/**
 * An aggregate must not reach past the pool entry: its length is at least the shortest mask of the entry. A pool that
 * came after the advertisement is to blame itself, or one new pool would cost all the others their routes.
 */
export function checkAggregation(
  resolved: readonly Resolved<BgpAdvertisement>[],
  pools: Pools,
  inventory: Inventory,
  findings: Findings,
): void {
  for (const { object, advertisement } of resolved)
    for (const pool of advertisement.pools.flatMap((name) => pools.get(name) ?? []))
      for (const [at, { text, cidrs }] of pool.value.ranges.entries()) {
        const field = cidrs.every(isIpv4) ? 'aggregationLength' : 'aggregationLengthV6'
        const least = Math.min(...cidrs.map(maskOf))
        if (advertisement[field] >= least) continue
        const newPool = inventory.isJunior(pool, object)
        const of = newPool ? ` of BGPAdvertisement ${object.name}` : ''
        const message = `${field} ${advertisement[field]}${of} reaches past ${text} of IPAddressPool ${pool.name}`
        const [blamed, path] = newPool ? [pool, ['spec', 'addresses', at]] : [object, ['spec', field]]
        const hint = `use at least ${least}, or choose other pools`
        findings.about(blamed).error('AggregationTooWide', path, message, hint)
      }
}

type Pools = ReadonlyMap<string, Good<'IPAddressPool'>>

const poolsOf = ({ pools }: BgpAdvertisement, byName: Pools): readonly Pool[] =>
  pools.flatMap((name) => byName.get(name)?.value ?? [])

/**
 * Two advertisements of one pool that give one route two local preferences. Those with serviceSelectors are judged
 * per service, when it is decided.
 */
export function checkLocalPref(
  resolved: readonly Resolved<BgpAdvertisement>[],
  pools: Pools,
  nodes: readonly Node[],
  findings: Findings,
): void {
  const plain = resolved.filter(({ advertisement }) => advertisement.serviceSelectors.length === 0)
  for (const [at, { object, advertisement }] of plain.entries()) {
    const other = plain
      .slice(0, at)
      .find((earlier) => collide(earlier.advertisement, advertisement, pools, nodes))
    if (other === undefined) continue
    const where = placeText(other.object.origin.locate(['spec', 'localPref']))
    const message =
      `${preference(advertisement)} here and ${preference(other.advertisement)} of ${other.object.name}` +
      `${where && ` (${where})`} are for the same routes`
    const hint = 'give both the same localPref, or different pools, peers, nodes or aggregation lengths'
    findings.about(object).error('ConflictingAdvertisements', ['spec', 'localPref'], message, hint)
  }
}

const preference = ({ localPref }: BgpAdvertisement): string =>
  localPref === undefined ? `no localPref (${DEFAULT_LOCAL_PREF})` : `localPref ${localPref}`

const collide = (a: BgpAdvertisement, b: BgpAdvertisement, pools: Pools, nodes: readonly Node[]): boolean =>
  contradict(a, b) &&
  nodes.some(({ labels }) => matches(a.nodeSelectors, labels) && matches(b.nodeSelectors, labels)) &&
  poolsOf(a, pools).some((pool) => b.pools.includes(pool.name) && sameLength(a, b, pool))

const sameLength = (a: BgpAdvertisement, b: BgpAdvertisement, { ranges }: Pool): boolean =>
  ranges.some(({ cidrs }) =>
    cidrs.every(isIpv4)
      ? a.aggregationLength === b.aggregationLength
      : a.aggregationLengthV6 === b.aggregationLengthV6,
  )
