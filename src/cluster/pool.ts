/** metallb.io/v1beta1 IPAddressPool. */
import * as z from 'zod'
import { listOf } from './diagnostics.ts'
import { cidrsOf } from './intervals.ts'
import { ours } from './object-schema.ts'
import type { Path } from './objects.ts'
import { intervalText, parseRange } from './ranges.ts'
import type { Report } from './report.ts'
import { readSelectors, selectorsSchema } from './selector-rules.ts'
import { flag, integer, itemsOf, readStructure, texts } from './structure.ts'
import type { Pool } from './types.ts'
import { uniqueTexts } from './unique.ts'
import { unusableIn } from './unusable-blocks.ts'

const allocation = z.strictObject({
  priority: integer(Number.MIN_SAFE_INTEGER, Number.MAX_SAFE_INTEGER).nullish(),
  namespaces: texts,
  namespaceSelectors: selectorsSchema,
  serviceSelectors: selectorsSchema,
})

export const poolSchema = ours(
  z.strictObject({
    addresses: texts,
    autoAssign: flag,
    avoidBuggyIPs: flag,
    serviceAllocation: allocation.nullish(),
  }),
)

type RawAllocation = z.output<typeof allocation>
const ADDRESSES: Path = ['spec', 'addresses']
const ALLOCATION: Path = ['spec', 'serviceAllocation']

export function parsePool(
  value: unknown,
  report: Report,
  { name }: { readonly name: string },
): Pool | undefined {
  const raw = readStructure(poolSchema, value, report)
  if (raw === undefined) return undefined
  const serviceAllocation = raw.spec?.serviceAllocation
  return {
    name,
    ranges: readRanges(raw.spec?.addresses, report),
    labels: raw.metadata?.labels ?? {},
    autoAssign: raw.spec?.autoAssign ?? true,
    avoidBuggyIPs: raw.spec?.avoidBuggyIPs ?? false,
    ...(serviceAllocation && { allocation: readAllocation(serviceAllocation, report) }),
  }
}

function readRanges(raw: z.output<typeof texts>, report: Report): Pool['ranges'] {
  if (!raw?.length)
    report.error(
      'MissingField',
      ADDRESSES,
      'is required: a pool without addresses is none',
      'e.g. - 192.0.2.0/24',
    )
  const ranges: { text: string; cidrs: readonly string[] }[] = []
  for (const [at, text] of itemsOf(raw)) {
    const path = [...ADDRESSES, at]
    const range = parseRange(text)
    if ('problem' in range) report.error(range.code, path, range.problem, range.hint)
    else {
      if (range.hostBits) warnHostBits(text, intervalText(range.interval), path, report)
      warnUnusable(text, unusableIn(range.interval), path, report)
      ranges.push({ text: text.trim(), cidrs: cidrsOf(range.interval) })
    }
  }
  return ranges
}

function warnHostBits(text: string, block: string, path: Path, report: Report): void {
  const message = `${text.trim()} has address bits past its prefix length and stands for all of ${block}`
  report.warning('HostBitsSet', path, message, `write ${block}, or a range if you meant to start there`)
}

function warnUnusable(text: string, blocks: readonly string[], path: Path, report: Report): void {
  if (blocks.length === 0) return
  const message = `${text.trim()} holds addresses that no service can have: ${listOf(blocks)}`
  report.warning('UnusableAddresses', path, message, 'leave them out')
}

function readAllocation(raw: RawAllocation, report: Report): NonNullable<Pool['allocation']> {
  warnEmptyLists(raw, report)
  return {
    priority: raw.priority ?? 0,
    namespaces: uniqueTexts(raw.namespaces, [...ALLOCATION, 'namespaces'], report),
    namespaceSelectors: readSelectors(raw.namespaceSelectors, [...ALLOCATION, 'namespaceSelectors'], report),
    serviceSelectors: readSelectors(raw.serviceSelectors, [...ALLOCATION, 'serviceSelectors'], report),
  }
}

/** `namespaces: []` reads like "for nobody" and means "for everybody". */
function warnEmptyLists(raw: RawAllocation, report: Report): void {
  for (const field of ['namespaces', 'namespaceSelectors', 'serviceSelectors'] as const) {
    if (raw[field]?.length !== 0) continue
    const message =
      'an empty list restricts nothing: every service may use the pool as far as this field goes'
    report.warning(
      'EmptyList',
      [...ALLOCATION, field],
      message,
      'remove the field, or list what may use the pool',
    )
  }
}
