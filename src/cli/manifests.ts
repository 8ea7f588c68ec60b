/** A folder of manifests for a command that needs no speaker: what was found goes to stderr, errors end it. */
import type { Snapshot } from '../cluster/index.ts'
import { loadManifests } from '../sources/index.ts'
import { findingsText, tally } from './findings.ts'
import { CliError, ExitCode, emit, type Io } from './io.ts'
import { detectStyle } from './style.ts'

/** @param done what cannot be done with a folder that has errors, e.g. `planned` */
export async function readManifests(path: string, done: string, io: Io): Promise<Snapshot> {
  const { snapshot, diagnostics } = await loadManifests(path)
  await emit(io.stderr, findingsText(diagnostics, detectStyle({ stdout: io.stderr, env: io.env })))
  if (snapshot !== undefined) return snapshot
  throw new CliError(ExitCode.finding, `${path} cannot be ${done}: ${tally(diagnostics)}`)
}
