import { fromHex, toHex } from './hex.ts'
import { Malformed } from './malformed.ts'
import type { Reader } from './reader.ts'

/**
 * The community attributes: lists of fixed-size values, each an unordered set. They are sent sorted and without
 * repeats, so that equal sets are equal octets wherever the routes came from.
 *
 * RFC 7606 sections 7.8, 7.14 and 7.15 and RFC 8092 section 6 all judge them alike: an empty list, or a length that
 * is no multiple of the size, is malformed. Values of types unknown to us are not errors.
 */

/** Octets of one value. */
export const COMMUNITY_SIZE = 4
export const EXTENDED_COMMUNITY_SIZE = 8
export const LARGE_COMMUNITY_SIZE = 12
export const IPV6_EXTENDED_COMMUNITY_SIZE = 20

/** RFC 1997: `asn:value`, each 16 bits. */
export function decodeCommunities(reader: Reader): string[] {
  return values(reader, COMMUNITY_SIZE, (value) => `${value.u16()}:${value.u16()}`)
}

export function encodeCommunities(communities: readonly string[]): Uint8Array {
  return sortedValues(
    communities.map((text) => parts(text, 2, 0xffff).flatMap((part) => [part >>> 8, part & 0xff])),
  )
}

/** RFC 4360: eight octets of which only the sender and its readers know the inner form; hex. */
export function decodeExtendedCommunities(reader: Reader): string[] {
  return values(reader, EXTENDED_COMMUNITY_SIZE, (value) => toHex(value.rest()))
}

export function encodeExtendedCommunities(communities: readonly string[]): Uint8Array {
  return sortedValues(communities.map(extendedOctets))
}

function extendedOctets(text: string): number[] {
  const octets = fromHex(text)
  if (octets?.length !== EXTENDED_COMMUNITY_SIZE) throw new RangeError(`not an extended community: ${text}`)
  return [...octets]
}

/** RFC 8092: `asn:value:value`, each 32 bits. Repeats are removed on receipt (section 5). */
export function decodeLargeCommunities(reader: Reader): string[] {
  return [
    ...new Set(
      values(reader, LARGE_COMMUNITY_SIZE, (value) => `${value.u32()}:${value.u32()}:${value.u32()}`),
    ),
  ]
}

export function encodeLargeCommunities(communities: readonly string[]): Uint8Array {
  return sortedValues(communities.map((text) => parts(text, 3, 0xffff_ffff).flatMap(octets32)))
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

function parts(text: string, count: number, max: number): number[] {
  const numbers = text.split(':').map(Number)
  const fits =
    numbers.length === count && numbers.every((part) => Number.isInteger(part) && part >= 0 && part <= max)
  if (!fits) throw new RangeError(`not a community of ${count} parts: ${text}`)
  return numbers
}

function octets32(value: number): number[] {
  return [value >>> 24, (value >>> 16) & 0xff, (value >>> 8) & 0xff, value & 0xff]
}

function sortedValues(list: readonly (readonly number[])[]): Uint8Array {
  const sorted = list.toSorted(compareOctets)
  const unique = sorted.filter(
    (value, index) => index === 0 || compareOctets(value, sorted[index - 1] ?? []) !== 0,
  )
  return Uint8Array.from(unique.flat())
}

function compareOctets(a: readonly number[], b: readonly number[]): number {
  const at = a.findIndex((octet, index) => octet !== b[index])
  return at < 0 ? 0 : (a[at] as number) - (b[at] as number)
}
