/**
 * A prefix as a record of fixed size: the length octet, then the whole address in network order (5 octets for IPv4,
 * 17 for IPv6).
 *
 * That is the form NLRI has on the wire (RFC 4271 section 4.3) with the address written out in full. So a run of host
 * routes, which service addresses are, needs no conversion at all: the octets that the table stores are the octets
 * that the message carries, and a dump is a memcpy. Shorter prefixes lose their trailing octets when they are copied.
 *
 * Records are ordered by address, then by length.
 */

import type { Family } from '../wire/index.ts'
import { formatPrefix, parsePrefix } from '../wire/index.ts'

/** Octets of one record. */
export const STRIDE = { ipv4: 5, ipv6: 17 } as const

/** Bits of an address. */
export const ADDRESS_BITS = { ipv4: 32, ipv6: 128 } as const

/** Big enough for any record. */
export function newRecord(): Uint8Array {
  return new Uint8Array(STRIDE.ipv6)
}

/** Negative, zero or positive as record `a` comes before, is, or comes after `b`. */
export function compareRecords(a: Uint8Array, at: number, b: Uint8Array, bt: number, stride: number): number {
  for (let i = 1; i < stride; i++) {
    const difference = (a[at + i] as number) - (b[bt + i] as number)
    if (difference !== 0) return difference
  }
  return (a[at] as number) - (b[bt] as number)
}

/** Octets of the NLRI entry whose length octet this is. */
export function nlriOctets(length: number): number {
  return 1 + ((length + 7) >> 3)
}

/**
 * Packs prefix text. Undefined: not a prefix, or host bits are set (a router would read another prefix than was
 * meant). IPv4 has its own loop because a million of them are read in one go.
 */
export function packPrefix(text: string, into: Uint8Array): Family | undefined {
  if (packIpv4(text, into)) return 'ipv4'
  const parsed = parsePrefix(text)
  if (parsed === undefined) return undefined
  into[0] = parsed.length
  into.set(parsed.address, 1)
  return parsed.family
}

const ZERO = 48
const DOT = 46 - ZERO
const SLASH = 47 - ZERO

function packIpv4(text: string, into: Uint8Array): boolean {
  let value = 0
  let digits = 0
  let field = 1
  for (let i = 0; i < text.length; i++) {
    const digit = text.charCodeAt(i) - ZERO
    if (digit >= 0 && digit <= 9) {
      if ((digits > 0 && value === 0) || ++digits > 3) return false
      value = value * 10 + digit
    } else {
      if (digits === 0 || value > 255 || digit !== (field < 4 ? DOT : SLASH) || field > 4) return false
      into[field++] = value
      value = 0
      digits = 0
    }
  }
  into[0] = value
  return field === 5 && digits > 0 && value <= 32 && hostBitsClear(into, 'ipv4')
}

/** Whether every bit past the prefix length is zero. */
export function hostBitsClear(record: Uint8Array, family: Family): boolean {
  const length = record[0] as number
  const first = 1 + (length >> 3)
  for (let i = first; i < STRIDE[family]; i++) {
    const mask = i === first ? 0xff >> (length & 7) : 0xff
    if (((record[i] as number) & mask) !== 0) return false
  }
  return true
}

export function formatRecord(records: Uint8Array, at: number, family: Family): string {
  return formatPrefix(records.subarray(at + 1, at + STRIDE[family]), records[at] as number)
}
