/** v1 Node and v1 Namespace: labels for selectors, and what a node says of its network. */
import * as z from 'zod'
import { canonicalAddress } from './intervals.ts'
import { theirs } from './object-schema.ts'
import type { Report } from './report.ts'
import { itemsOf, list, readStructure, text } from './structure.ts'
import type { Namespace, Node } from './types.ts'

const nodeSchema = theirs({
  status: z
    .object({
      addresses: list(z.object({ type: text, address: text })).nullish(),
      conditions: list(z.object({ type: text, status: text })).nullish(),
    })
    .nullish(),
})

export function parseNode(
  value: unknown,
  report: Report,
  { name }: { readonly name: string },
): Node | undefined {
  const raw = readStructure(nodeSchema, value, report)
  if (raw === undefined) return undefined
  const addresses = [...itemsOf(raw.status?.addresses)].flatMap(([, { type, address }]) =>
    type === 'InternalIP' ? (canonicalAddress(address ?? '') ?? []) : [],
  )
  const networkUnavailable = [...itemsOf(raw.status?.conditions)].some(
    ([, { type, status }]) => type === 'NetworkUnavailable' && status === 'True',
  )
  return { name, labels: raw.metadata?.labels ?? {}, addresses, networkUnavailable }
}

const namespaceSchema = theirs({})

export function parseNamespace(
  value: unknown,
  report: Report,
  { name }: { readonly name: string },
): Namespace | undefined {
  const raw = readStructure(namespaceSchema, value, report)
  return raw && { name, labels: raw.metadata?.labels ?? {} }
}
