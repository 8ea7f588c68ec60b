import { formatAddress, parseAddress } from '../address.ts'
import { type AsWidth, writeAsn } from '../as-path.ts'
import { Malformed } from '../malformed.ts'
import type { Reader } from '../reader.ts'
import type { Aggregator, SessionContext } from '../types.ts'
import { Writer } from '../writer.ts'

/** The few shapes that attribute values have, read with their exact length and written. */

export const IPV4_LENGTH = 4

export function asWidth(ctx: SessionContext): AsWidth {
  return ctx.as4 ? 4 : 2
}

export function requireLength(value: Reader, length: number): void {
  if (value.remaining !== length) throw new Malformed(`its length is ${value.remaining}, not ${length}`)
}

export function readU32(value: Reader): number {
  requireLength(value, 4)
  return value.u32()
}

export function octets32(value: number): Uint8Array {
  return new Writer().u32(value).done()
}

export function readIpv4(value: Reader): string {
  requireLength(value, IPV4_LENGTH)
  return formatAddress(value.bytes(IPV4_LENGTH))
}

export function ipv4Octets(text: string): Uint8Array {
  const octets = parseAddress(text)
  if (octets?.length !== IPV4_LENGTH) throw new RangeError(`not an IPv4 address: ${text}`)
  return octets
}

export function readAggregator(value: Reader, width: AsWidth): Aggregator {
  requireLength(value, width + IPV4_LENGTH)
  const asn = width === 4 ? value.u32() : value.u16()
  if (asn === 0) throw new Malformed('its AS is 0 (RFC 7607 section 2)')
  return { asn, address: readIpv4(value) }
}

export function aggregatorOctets({ asn, address }: Aggregator, width: AsWidth): Uint8Array {
  return writeAsn(new Writer(), asn, width).bytes(ipv4Octets(address)).done()
}

/** A list attribute without members is malformed (RFC 7606 section 4), so it is not sent. */
export function listOctets<T>(
  list: readonly T[],
  encode: (list: readonly T[]) => Uint8Array,
): Uint8Array | undefined {
  return list.length === 0 ? undefined : encode(list)
}
