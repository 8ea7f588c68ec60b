import { formatIpv4, readIpv4Text } from './ipv4.ts'
import { formatIpv6, parseIpv6 } from './ipv6.ts'
import type { Family } from './types.ts'

/**
 * Addresses and prefixes between text and octets. Text that enters is judged strictly, since two programs that read
 * one address differently announce one route and filter another; text that leaves is canonical, so equal addresses
 * are equal strings and can be keys.
 */

/** Octets of an address of each family. */
export const ADDRESS_LENGTH = { ipv4: 4, ipv6: 16 } as const

export interface Prefix {
  readonly family: Family
  /** 4 or 16 octets; those past `length` bits are zero. */
  readonly address: Uint8Array
  /** In bits. */
  readonly length: number
}

/** Of an address or prefix in canonical text: only IPv6 has colons. */
export function familyOf(text: string): Family {
  return text.includes(':') ? 'ipv6' : 'ipv4'
}

/** 4 or 16 octets; undefined for text that is no address (leading zeros, zones, spaces, ports). */
export function parseAddress(text: string): Uint8Array | undefined {
  if (text.includes(':')) return parseIpv6(text)
  const octets = new Uint8Array(ADDRESS_LENGTH.ipv4)
  return readIpv4Text(text, 0, octets, 0) ? octets : undefined
}

/** Text of 4 or 16 octets, RFC 5952 for IPv6. Throws RangeError for any other number of octets. */
export function formatAddress(octets: Uint8Array): string {
  if (octets.length === ADDRESS_LENGTH.ipv4) return formatIpv4(octets)
  if (octets.length === ADDRESS_LENGTH.ipv6) return formatIpv6(octets)
  throw new RangeError(`an address has 4 or 16 octets, not ${octets.length}`)
}

/** Undefined for text that is no prefix, or one with bits set past its length. */
export function parsePrefix(text: string): Prefix | undefined {
  const slash = text.indexOf('/')
  if (slash < 0) return undefined
  const address = parseAddress(text.slice(0, slash))
  const length = prefixLength(text, slash + 1)
  if (address === undefined || length > address.length * 8 || !isMasked(address, length)) return undefined
  return { family: address.length === ADDRESS_LENGTH.ipv4 ? 'ipv4' : 'ipv6', address, length }
}

export function formatPrefix(address: Uint8Array, length: number): string {
  return `${formatAddress(address)}/${length}`
}

/** A copy with every bit past the first `length` cleared. */
export function maskAddress(address: Uint8Array, length: number): Uint8Array {
  const masked = new Uint8Array(address.length)
  const whole = length >> 3
  masked.set(address.subarray(0, whole))
  if (whole < address.length) masked[whole] = (address[whole] as number) & leadingBits(length & 7)
  return masked
}

/** Decimal without sign or leading zero; Infinity for anything else. */
function prefixLength(text: string, start: number): number {
  const digits = text.slice(start)
  return /^(?:0|[1-9]\d{0,2})$/.test(digits) ? Number(digits) : Number.POSITIVE_INFINITY
}

function isMasked(address: Uint8Array, length: number): boolean {
  const whole = length >> 3
  if (whole === address.length) return true
  if (((address[whole] as number) & ~leadingBits(length & 7)) !== 0) return false
  for (let at = whole + 1; at < address.length; at++) if (address[at] !== 0) return false
  return true
}

function leadingBits(count: number): number {
  return (0xff00 >> count) & 0xff
}
