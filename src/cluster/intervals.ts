/**
 * Addresses as numbers, and blocks of them as intervals: what ranges, overlaps and the search for a pool are made of.
 * One integer type for both families keeps every rule in one piece; only the pool index, which is asked for every
 * address of every service, has a faster form for IPv4.
 */
import { type Family, formatAddress, formatPrefix, maskAddress, parseAddress } from '../../bgp/wire/index.ts'
import type { Cidr } from './types.ts'

/** Every address from first to last, both included. */
export interface Interval {
  readonly family: Family
  readonly first: bigint
  readonly last: bigint
}

export const BITS = { ipv4: 32, ipv6: 128 } as const

export const familyOfOctets = (octets: Uint8Array): Family => (octets.length === 4 ? 'ipv4' : 'ipv6')

export function toNumber(octets: Uint8Array): bigint {
  let value = 0n
  for (const octet of octets) value = (value << 8n) | BigInt(octet)
  return value
}

function toOctets(value: bigint, family: Family): Uint8Array {
  const octets = new Uint8Array(BITS[family] / 8)
  for (let at = octets.length - 1, left = value; at >= 0; at--, left >>= 8n) octets[at] = Number(left & 0xffn)
  return octets
}

export const addressText = (value: bigint, family: Family): string => formatAddress(toOctets(value, family))

/** The canonical text of an address, or undefined when the text is none. */
export function canonicalAddress(text: string): string | undefined {
  const octets = parseAddress(text)
  return octets === undefined ? undefined : formatAddress(octets)
}

/** The block that a prefix stands for; host bits are ignored. */
export function intervalOf(octets: Uint8Array, length: number): Interval {
  const family = familyOfOctets(octets)
  const first = toNumber(maskAddress(octets, length))
  return { family, first, last: first + (1n << BigInt(BITS[family] - length)) - 1n }
}

/**
 * The fewest prefixes that make up the interval exactly, in ascending order: from the first address on, always the
 * largest block that is aligned there and does not reach past the end.
 */
export function cidrsOf({ family, first, last }: Interval): readonly Cidr[] {
  const bits = BITS[family]
  const cidrs: Cidr[] = []
  for (let at = first; at <= last; ) {
    let host = at === 0n ? bits : trailingZeros(at)
    while (at + (1n << BigInt(host)) - 1n > last) host--
    cidrs.push(formatPrefix(toOctets(at, family), bits - host))
    at += 1n << BigInt(host)
  }
  return cidrs
}

/** Of a value above 0. */
function trailingZeros(value: bigint): number {
  let count = 0
  for (let left = value; (left & 1n) === 0n; left >>= 1n) count++
  return count
}
