/** The words in which allocation gives its reasons. */
import type { Family } from '../../bgp/wire/index.ts'
import type { OpenPool } from './pools.ts'
import type { AllocationCode, AllocationStep } from './types.ts'

export const familyText = (family: Family): string => (family === 'ipv4' ? 'IPv4' : 'IPv6')

export const familiesText = (families: readonly Family[]): string => families.map(familyText).join(' and ')

/** `192.0.2.1 and 2001:db8::1`. */
export const both = (addresses: readonly string[]): string => addresses.join(' and ')

/** Addresses as MetalLB writes them in its events: `["192.0.2.1" "2001:db8::1"]`. */
export const bracketed = (addresses: readonly string[]): string =>
  `[${addresses.map((address) => `"${address}"`).join(' ')}]`

export const passed = (rule: string, message: string): AllocationStep => ({ rule, ok: true, message })

export const failed = (
  rule: string,
  { code, message }: { readonly code: AllocationCode; readonly message: string },
): AllocationStep => ({ rule, ok: false, code, message })

/** Why the pool has no address of the family for a Service that may use it. */
export function shortageText({ name, pool, shelves }: OpenPool, family: Family): string {
  const shelf = shelves[family]
  if (shelf === undefined || shelf.size === 0n) return `pool ${name} has no ${familyText(family)} addresses`
  const texts = pool.ranges.flatMap(({ text }) => (text.includes(':') === (family === 'ipv6') ? text : []))
  const where = texts.length > 3 ? `${texts.slice(0, 3).join(', ')}, ...` : texts.join(', ')
  return `pool ${name} (${where}) is exhausted: ${shelf.slots.size} of ${shelf.size} ${familyText(family)} addresses in use`
}
