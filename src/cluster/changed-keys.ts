/**
 * What differs between two maps of a pair of snapshots, by identity of the values. Two SharedMaps know what they
 * share, so the answer costs what changed. Plain maps are walked: right, but the work of all.
 */
import { SharedMap } from './shared-map.ts'

/** Every key that was added, removed or whose value is another one; each once. */
export function changedKeys<V>(
  before: ReadonlyMap<string, V>,
  after: ReadonlyMap<string, V>,
): Iterable<string> {
  if (before === after) return []
  if (before instanceof SharedMap && after instanceof SharedMap) return SharedMap.difference<V>(before, after)
  return walked(before, after)
}

function* walked<V>(before: ReadonlyMap<string, V>, after: ReadonlyMap<string, V>): Generator<string> {
  for (const [key, value] of after) if (before.get(key) !== value || !before.has(key)) yield key
  for (const key of before.keys()) if (!after.has(key)) yield key
}
