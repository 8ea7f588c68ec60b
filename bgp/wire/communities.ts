import { fromHex, toHex } from './hex.ts'
import { Malformed } from './malformed.ts'
import type { Reader } from './reader.ts'
import { Writer } from './writer.ts'

/**
 * The community attributes: lists of fixed-size values, each an unordered set. They are sent sorted and without
 * repeats, so that equal sets are equal octets wherever the routes came from.
 *
 * RFC 7606 sections 7.8, 7.14 and 7.15 and RFC 8092 section 6 all judge them alike: an empty list, or a length that
 * is no multiple of the size, is malformed. Values of types unknown to us are not errors.
 */

/** Octets of one value. */
const COMMUNITY_SIZE = 4
const EXTENDED_COMMUNITY_SIZE = 8
const LARGE_COMMUNITY_SIZE = 12
export const IPV6_EXTENDED_COMMUNITY_SIZE = 20

/** RFC 1997: `asn:value`, each 16 bits. */
export function decodeCommunities(reader: Reader): string[] {
  return values(reader, COMMUNITY_SIZE, (value) => `${value.u16()}:${value.u16()}`)
}

export function encodeCommunities(communities: readonly string[]): Uint8Array {
  return sortedValues(communities.map((text) => numbers(text, 2, 0xffff, (out, part) => out.u16(part))))
}

/** RFC 4360: eight octets of which only the sender and its readers know the inner form; hex. */
export function decodeExtendedCommunities(reader: Reader): string[] {
  return values(reader, EXTENDED_COMMUNITY_SIZE, (value) => toHex(value.rest()))
}

export function encodeExtendedCommunities(communities: readonly string[]): Uint8Array {
  return sortedValues(communities.map(extendedOctets))
}

function extendedOctets(text: string): Uint8Array {
  const octets = fromHex(text)
  if (octets?.length !== EXTENDED_COMMUNITY_SIZE) throw new RangeError(`not an extended community: ${text}`)
  return octets
}

/** RFC 8092: `asn:value:value`, each 32 bits. Repeats are removed on receipt (section 3). */
export function decodeLargeCommunities(reader: Reader): string[] {
  return [
    ...new Set(
      values(reader, LARGE_COMMUNITY_SIZE, (value) => `${value.u32()}:${value.u32()}:${value.u32()}`),
    ),
  ]
}

export function encodeLargeCommunities(communities: readonly string[]): Uint8Array {
  return sortedValues(communities.map((text) => numbers(text, 3, 0xffff_ffff, (out, part) => out.u32(part))))
}

/** Throws Malformed unless the rest of `reader` is one or more values of `size` octets. */
export function requireMultiple(reader: Reader, size: number): void {
  const { remaining } = reader
  if (remaining === 0) throw new Malformed('it is empty')
  if (remaining % size !== 0) throw new Malformed(`its length ${remaining} is no multiple of ${size}`)
}

function values<T>(reader: Reader, size: number, decode: (value: Reader) => T): T[] {
  requireMultiple(reader, size)
  const decoded: T[] = []
  while (reader.remaining > 0) decoded.push(decode(reader.sub(size)))
  return decoded
}

/** The octets of `count` decimal numbers with colons between. */
function numbers(
  text: string,
  count: number,
  max: number,
  write: (out: Writer, part: number) => void,
): Uint8Array {
  const parts = text.split(':').map((part) => (/^\d+$/.test(part) ? Number(part) : Number.NaN))
  if (parts.length !== count || !parts.every((part) => part <= max)) {
    throw new RangeError(`not a community of ${count} numbers up to ${max}: ${text}`)
  }
  const out = new Writer()
  for (const part of parts) write(out, part)
  return out.done()
}

function sortedValues(list: readonly Uint8Array[]): Uint8Array {
  const out = new Writer()
  let last: Uint8Array | undefined
  for (const value of list.toSorted(compareOctets)) {
    if (last === undefined || compareOctets(last, value) !== 0) out.bytes(value)
    last = value
  }
  return out.done()
}

function compareOctets(a: Uint8Array, b: Uint8Array): number {
  const at = a.findIndex((octet, index) => octet !== b[index])
  return at < 0 ? 0 : (a[at] as number) - (b[at] as number)
}
