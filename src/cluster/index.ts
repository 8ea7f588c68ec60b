/** The cluster as decisions see it, and the strict way there from raw objects. */

export { formatDiagnostic, hasErrors } from './diagnostics.ts'
export { parseDuration } from './durations.ts'
export { contradict } from './local-pref.ts'
export type { Origin, Parsed, Path, RawObject } from './objects.ts'
export { parseObjects } from './parse.ts'
export { poolOf } from './pool-index.ts'
export { matches, matchesAny, matchesSelector } from './selectors.ts'
export { buildSnapshot, type SnapshotResult } from './snapshot.ts'
export type * from './types.ts'
