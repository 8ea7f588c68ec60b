/** From a path in a document to its line: the offsets come in the order of a walk, so the path becomes a place in it. */
import type { Origin, Path } from '../../cluster/index.ts'
import type { YamlDocument } from './yaml.ts'

export function originOf(file: string, document: YamlDocument, lineStarts: Uint32Array): Origin {
  return {
    locate: (path) => ({
      file,
      ...positionOf(document.offsets[indexOf(document.value, path)] ?? 0, lineStarts),
    }),
  }
}

/** 1-based line and column of an offset. */
export function positionOf(offset: number, lineStarts: Uint32Array): { line: number; column: number } {
  let low = 0
  let high = lineStarts.length
  while (low < high) {
    const middle = (low + high) >>> 1
    if ((lineStarts[middle] as number) <= offset) low = middle + 1
    else high = middle
  }
  return { line: Math.max(low, 1), column: offset - (lineStarts[low - 1] ?? 0) + 1 }
}

/** The number of the path's node in the walk; where the path leads out of the value, that of the last one on it. */
function indexOf(root: unknown, path: Path): number {
  let value = root
  let index = 0
  for (const key of path) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, key)) return index
    index += 1 + before(value, key)
    value = (value as Record<string | number, unknown>)[key]
  }
  return index
}

/** How many nodes the walk meets inside a map or list before it comes to the key. */
function before(value: object, key: string | number): number {
  if (Array.isArray(value)) return startsOf(value)[Number(key)] ?? 0
  let count = 0
  for (const [name, child] of Object.entries(value)) {
    if (name === String(key)) break
    count += sizeOf(child)
  }
  return count
}

const starts = new WeakMap<readonly unknown[], Uint32Array>()

/** Of each item of a list. Remembered: a List of thousands of objects is asked about each of them. */
function startsOf(list: readonly unknown[]): Uint32Array {
  const known = starts.get(list)
  if (known !== undefined) return known
  const found = new Uint32Array(list.length)
  let count = 0
  for (const [at, item] of list.entries()) {
    found[at] = count
    count += sizeOf(item)
  }
  starts.set(list, found)
  return found
}

function sizeOf(value: unknown): number {
  if (typeof value !== 'object' || value === null) return 1
  let count = 1
  for (const child of Object.values(value)) count += sizeOf(child)
  return count
}
