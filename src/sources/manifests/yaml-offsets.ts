/** Where in the text each part of a document's value stands: what findings are located by. */
import { type Document, isAlias, isMap, isScalar, isSeq, type Pair } from 'yaml'

/** Of the top, then of each key and item in the order in which the value is walked; the node is walked alongside. */
export function offsetsOf(document: Document.Parsed, root: unknown): Uint32Array {
  const offsets: number[] = []
  const visit = (value: unknown, nodeOrAlias: unknown, offset: number): void => {
    offsets.push(offset)
    if (typeof value !== 'object' || value === null) return
    const node = isAlias(nodeOrAlias) ? nodeOrAlias.resolve(document) : nodeOrAlias
    if (Array.isArray(value)) {
      const items = isSeq(node) ? node.items : []
      for (const [at, item] of value.entries()) visit(item, items[at], offsetOf(items[at], offset))
    } else {
      const pairs = pairsOf(node)
      for (const [key, item] of Object.entries(value)) {
        const pair = pairs.get(key)
        visit(item, pair?.value, offsetOf(pair?.key, offset))
      }
    }
  }
  visit(root, document.contents, offsetOf(document.contents, 0))
  return Uint32Array.from(offsets)
}

function pairsOf(node: unknown): ReadonlyMap<string, Pair> {
  if (!isMap(node)) return new Map()
  return new Map(node.items.map((pair) => [isScalar(pair.key) ? String(pair.key.value) : '', pair]))
}

/** Where the node starts, or what is above it (a key that a merge brought in has no place of its own). */
export function offsetOf(node: unknown, above: number): number {
  const range = typeof node === 'object' && node !== null && 'range' in node ? node.range : undefined
  return Array.isArray(range) && typeof range[0] === 'number' ? range[0] : above
}
