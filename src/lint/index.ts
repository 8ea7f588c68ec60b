/** `oyez lint`: everything there is to say about a folder of manifests, without a daemon. */
import type { Diagnostic, Snapshot } from '../cluster/index.ts'
import { loadManifests } from '../sources/index.ts'

export interface LintSummary {
  readonly errors: number
  readonly warnings: number
  /** What the folder holds; absent when errors hide it. */
  readonly objects?: Readonly<Record<LintedKind, number>>
  /** `2 errors, 1 warning`, or what was found when there are none. */
  readonly text: string
}

export interface LintResult {
  /** By file, line and column. */
  readonly diagnostics: readonly Diagnostic[]
  readonly summary: LintSummary
}

type LintedKind = 'services' | 'nodes' | 'pools' | 'peers' | 'bgpAdvertisements' | 'l2Advertisements'

/** @param root a folder or a single file. Never rejects: what cannot be read is a finding. */
export async function lintManifests(root: string): Promise<LintResult> {
  const { snapshot, diagnostics } = await loadManifests(root)
  const errors = diagnostics.filter(({ severity }) => severity === 'error').length
  const warnings = diagnostics.length - errors
  const objects = snapshot && countObjects(snapshot)
  const text = `${plural(errors, 'error')}, ${plural(warnings, 'warning')}`
  return {
    diagnostics,
    summary: {
      errors,
      warnings,
      ...(objects && { objects }),
      text: objects ? `${text} in ${inWords(objects)}` : text,
    },
  }
}

const countObjects = ({ services, nodes, config }: Snapshot): Record<LintedKind, number> => ({
  services: services.size,
  nodes: nodes.size,
  pools: config.pools.length,
  peers: config.peers.length,
  bgpAdvertisements: config.bgpAdvertisements.length,
  l2Advertisements: config.l2Advertisements.length,
})

const NOUNS: Readonly<Record<LintedKind, string>> = {
  services: 'Service',
  nodes: 'Node',
  pools: 'IPAddressPool',
  peers: 'BGPPeer',
  bgpAdvertisements: 'BGPAdvertisement',
  l2Advertisements: 'L2Advertisement',
}

const inWords = (objects: Readonly<Record<LintedKind, number>>): string =>
  (Object.keys(NOUNS) as LintedKind[]).map((kind) => plural(objects[kind], NOUNS[kind])).join(', ')

const plural = (count: number, noun: string): string => `${count} ${noun}${count === 1 ? '' : 's'}`
