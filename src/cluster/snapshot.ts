/**
 * From parsed objects to one snapshot: references are resolved and the rules that need more than one object are
 * applied. All or nothing: with any error there is no snapshot, and whoever has an older one keeps it.
 */
import { buildConfig } from './config.ts'
import { compareDiagnostics, hasErrors } from './diagnostics.ts'
import { Findings } from './findings.ts'
import { type Inventory, takeInventory } from './inventory.ts'
import type { Parsed } from './objects.ts'
import { checkServices } from './service-rules.ts'
import { shareList, shareMap } from './share.ts'
import type { Config, Diagnostic, EndpointSlice, Snapshot } from './types.ts'

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
  for (const slices of byService.values()) slices.sort(byName)
  return shareMap<readonly EndpointSlice[]>(previous, byService, shareList)
}

const byName = (a: { readonly name: string }, b: { readonly name: string }): number =>
  a.name < b.name ? -1 : 1
