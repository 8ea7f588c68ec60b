/** The cluster as decisions see it, and the strict way there from raw objects. */

export {
  compareDiagnostics,
  formatDiagnostic,
  hasErrors,
  listOf,
  pathText,
  placeText,
  quote,
} from './diagnostics.ts'
export { parseDuration } from './durations.ts'
export type { Origin, Parsed, Path, RawObject } from './objects.ts'
export { parseObjects } from './parse.ts'
export { poolOf } from './pool-index.ts'
export { parseRange } from './ranges.ts'
export { isEmptySelector, matches, matchesAny, matchesSelector } from './selectors.ts'
export { buildSnapshot, EMPTY_SNAPSHOT, type SnapshotResult } from './snapshot.ts'
export type * from './types.ts'
