/** A folder of manifests, once: for `plan`, `lint` and whoever needs no watching. */
import { buildSnapshot, type Diagnostic, type SnapshotResult } from '../../cluster/index.ts'
import { ManifestFolder } from './folder.ts'
import { parseText } from './text.ts'

/**
 * Every *.yaml, *.yml and *.json under the folder (or the one file), as one snapshot. The snapshot is absent when
 * there is any error. Never rejects: what cannot be read is a finding.
 */
export async function loadManifests(root: string): Promise<SnapshotResult> {
  const { parts } = await new ManifestFolder(root, parseText).read()
  const result = buildSnapshot(parts)
  const empty = parts.every(({ objects, diagnostics }) => objects.length === 0 && diagnostics.length === 0)
  return empty ? { ...result, diagnostics: [...result.diagnostics, nothingFound(root)] } : result
}

export const nothingFound = (root: string): Diagnostic => ({
  severity: 'warning',
  code: 'NoManifests',
  message: 'no object was found here',
  hint: 'manifests are files named *.yaml, *.yml or *.json',
  location: { file: root },
})

export const emptied = (root: string): Diagnostic => ({
  severity: 'error',
  code: 'ManifestsGone',
  message: 'all objects are gone from here at once, as when a volume is unmounted',
  hint: 'bring them back, or send SIGHUP to the speaker to have an empty folder taken over',
  location: { file: root },
})
