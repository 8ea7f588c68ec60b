/**
 * Whom a broken object concerns. A BGPPeer that is for other nodes must not make this node's configuration look
 * invalid, so its nodeSelectors are read whatever else is wrong with it.
 */
import type { Kind } from './objects.ts'
import { Report } from './report.ts'
import { readSelectors, selectorsSchema } from './selector-rules.ts'
import type { Selectors } from './types.ts'

const FOR_NODES: ReadonlySet<Kind> = new Set<Kind>(['BGPPeer', 'BGPAdvertisement'])

/** Undefined: all nodes, or it cannot be told. */
export function concernedNodes(kind: Kind, spec: unknown): Selectors | undefined {
  if (!FOR_NODES.has(kind) || typeof spec !== 'object' || spec === null) return undefined
  const raw = selectorsSchema.safeParse((spec as { readonly nodeSelectors?: unknown }).nodeSelectors)
  if (!raw.success) return undefined
  const report = new Report(undefined, { locate: () => ({}) })
  const selectors = readSelectors(raw.data, [], report)
  return report.failed || selectors.length === 0 ? undefined : selectors
}
