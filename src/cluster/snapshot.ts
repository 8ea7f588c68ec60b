/**
 * From parsed objects to one snapshot: references are resolved and the rules that need more than one object are
 * applied. All or nothing: with any error there is no snapshot, and whoever has an older one keeps it.
 */
import { checkAggregation, checkCoverage, checkLocalPref, checkReferences } from './advertisement-rules.ts'
import { resolveBgpAdvertisements, resolveL2Advertisements } from './advertisements.ts'
import { compareDiagnostics, hasErrors } from './diagnostics.ts'
import { Findings } from './findings.ts'
import { type Inventory, takeInventory } from './inventory.ts'
import type { Parsed } from './objects.ts'
import { checkTwins, resolvePeers } from './peer-rules.ts'
import { checkNamespaces, checkOverlaps } from './pool-rules.ts'
import { checkServices } from './service-rules.ts'
import { identical, shareList, shareMap } from './share.ts'
import type { Config, Diagnostic, EndpointSlice, Node, Snapshot } from './types.ts'

export interface SnapshotResult {
  /** Absent when there is any error. */
  readonly snapshot?: Snapshot
  /** Those of the parsed objects included, in reading order. */
  readonly diagnostics: readonly Diagnostic[]
}

/** @param previous the snapshot to share structure with: what is equal is the same object. */
export function buildSnapshot(parsed: readonly Parsed[], previous?: Snapshot): SnapshotResult {
  const findings = new Findings()
  const inventory = takeInventory(parsed, findings)
  const config = buildConfig(inventory, findings, previous?.config)
  checkServices(inventory, config.pools, findings)
  const diagnostics = [...parsed.flatMap((part) => part.diagnostics), ...findings.diagnostics]
  diagnostics.sort(compareDiagnostics)
  if (hasErrors(diagnostics)) return { diagnostics }
  return { snapshot: assemble(inventory, config, previous), diagnostics }
}

function assemble(inventory: Inventory, config: Config, previous: Snapshot | undefined): Snapshot {
  const snapshot: Snapshot = {
    services: shareMap(previous?.services, inventory.values('Service')),
    slices: slicesByService(inventory, previous?.slices),
    nodes: shareMap(previous?.nodes, inventory.values('Node')),
    namespaces: shareMap(previous?.namespaces, inventory.values('Namespace')),
    config,
  }
  const fields = Object.keys(snapshot) as (keyof Snapshot)[]
  return previous !== undefined && fields.every((field) => previous[field] === snapshot[field])
    ? previous
    : snapshot
}

type Slices = ReadonlyMap<string, readonly EndpointSlice[]>

function slicesByService(inventory: Inventory, previous: Slices | undefined): Slices {
  const byService = new Map<string, EndpointSlice[]>()
  for (const { value } of inventory.good('EndpointSlice')) {
    if (value.serviceName === '') continue
    const key = `${value.namespace}/${value.serviceName}`
    const list = byService.get(key)
    if (list === undefined) byService.set(key, [value])
    else list.push(value)
  }
  const shared = new Map<string, readonly EndpointSlice[]>()
  for (const [key, slices] of byService) shared.set(key, shareList(previous?.get(key), slices.sort(byName)))
  const same =
    previous?.size === shared.size && [...shared].every(([key, slices]) => previous.get(key) === slices)
  return same ? previous : shared
}

const byName = (a: { readonly name: string }, b: { readonly name: string }): number =>
  a.name < b.name ? -1 : 1

function buildConfig(inventory: Inventory, findings: Findings, previous: Config | undefined): Config {
  const pools = inventory.good('IPAddressPool').map(({ value }) => value)
  const bgp = resolveBgpAdvertisements(inventory, findings)
  const l2 = resolveL2Advertisements(inventory)
  checkPools(inventory, findings)
  checkReferences([...bgp, ...l2], inventory, findings)
  checkCoverage([...bgp, ...l2], inventory, findings)
  const byPool = new Map(pools.map((pool) => [pool.name, pool]))
  const nodes = nodesOrOne(inventory)
  checkAggregation(bgp, byPool, findings)
  checkLocalPref(bgp, byPool, nodes, findings)
  checkTwins(inventory, nodes, findings)
  return shareConfig(previous, {
    pools: pools.sort(byName),
    peers: [...resolvePeers(inventory, findings)].sort(byName),
    bgpAdvertisements: bgp.map(({ advertisement }) => advertisement).sort(byName),
    l2Advertisements: l2.map(({ advertisement }) => advertisement).sort(byName),
    bfdProfiles: inventory
      .good('BFDProfile')
      .map(({ value }) => value)
      .sort(byName),
  })
}

function checkPools(inventory: Inventory, findings: Findings): void {
  checkOverlaps(inventory, findings)
  checkNamespaces(inventory, findings)
}

/** Where no Node is described, there is one without labels, as decisions have it. */
function nodesOrOne(inventory: Inventory): readonly Node[] {
  const nodes = inventory.good('Node').map(({ value }) => value)
  if (nodes.length > 0 || inventory.someRefused('Node')) return nodes
  return [{ name: '', labels: {}, addresses: [], networkUnavailable: false }]
}

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
