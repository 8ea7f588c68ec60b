/**
 * The configuration that a set of metallb.io objects makes: references are resolved and the rules that need more than
 * one object are applied, all of them, each finding with the object that is to blame. Where two objects contradict
 * each other, the one that comes later in the inventory is to blame. What becomes of objects with errors is for the
 * caller to say: see snapshot.ts (all or nothing) and config-store.ts (all but those).
 */
import { checkAggregation, checkCoverage, checkLocalPref, checkReferences } from './advertisement-rules.ts'
import { resolveBgpAdvertisements, resolveL2Advertisements } from './advertisements.ts'
import type { Findings } from './findings.ts'
import type { Inventory } from './inventory.ts'
import { type LastKnown, NOTHING_KNOWN } from './last-known.ts'
import { checkTwins, resolvePeers } from './peer-rules.ts'
import { checkNamespaces, checkOverlaps } from './pool-rules.ts'
import { identical, shareList } from './share.ts'
import type { Config, Node } from './types.ts'

/** @param previous to share structure with. */
export function buildConfig(
  inventory: Inventory,
  findings: Findings,
  previous: Config | undefined,
  lastKnown: LastKnown = NOTHING_KNOWN,
): Config {
  const pools = inventory.good('IPAddressPool')
  const bgp = resolveBgpAdvertisements(inventory, findings, lastKnown)
  const l2 = resolveL2Advertisements(inventory)
  checkOverlaps(inventory, findings)
  checkNamespaces(inventory, findings)
  checkReferences([...bgp, ...l2], inventory, findings)
  checkCoverage([...bgp, ...l2], inventory, findings)
  const byPool = new Map(pools.map((pool) => [pool.name, pool]))
  const nodes = nodesOrOne(inventory)
  checkAggregation(bgp, byPool, inventory, findings)
  checkLocalPref(bgp, byPool, nodes, findings)
  checkTwins(inventory, nodes, findings)
  return shareConfig(previous, {
    pools: pools.map(({ value }) => value).sort(byName),
    peers: [...resolvePeers(inventory, findings, lastKnown)].sort(byName),
    bgpAdvertisements: bgp.map(({ advertisement }) => advertisement).sort(byName),
    l2Advertisements: l2.map(({ advertisement }) => advertisement).sort(byName),
    bfdProfiles: inventory
      .good('BFDProfile')
      .map(({ value }) => value)
      .sort(byName),
  })
}

/** Where no Node is described, there is one without labels, as decisions have it. */
function nodesOrOne(inventory: Inventory): readonly Node[] {
  const nodes = inventory.good('Node').map(({ value }) => value)
  if (nodes.length > 0 || inventory.someRefused('Node')) return nodes
  return [{ name: '', labels: {}, addresses: [], networkUnavailable: false }]
}

const byName = (a: { readonly name: string }, b: { readonly name: string }): number =>
  a.name < b.name ? -1 : 1

function shareConfig(previous: Config | undefined, config: Config): Config {
  if (previous === undefined) return config
  const shared: Config = {
    pools: shareList(previous.pools, config.pools),
    peers: shareList(previous.peers, config.peers),
    bgpAdvertisements: shareList(previous.bgpAdvertisements, config.bgpAdvertisements),
    l2Advertisements: shareList(previous.l2Advertisements, config.l2Advertisements),
    bfdProfiles: shareList(previous.bfdProfiles, config.bfdProfiles),
  }
  const fields = Object.keys(shared) as (keyof Config)[]
  return fields.every((field) => identical<unknown>(previous[field], shared[field])) ? previous : shared
}
