import { ADDRESS_LENGTH, formatAddress, formatPrefix } from '../address.ts'
import { attributeName, decodeAttributes, Flag, MP_REACH, MP_UNREACH } from '../attributes/index.ts'
import { ProtocolError } from '../errors.ts'
import { familyName, unicastFamily } from '../family.ts'
import { Reader } from '../reader.ts'
import type { AsPathSegment, Family, SessionContext } from '../types.ts'
import { type Dissection, hexText, upTo } from './dissection.ts'

/** An UPDATE, field by field (RFC 4271 section 4.3, RFC 4760 sections 3 and 4, RFC 7911 section 3). */

export function dissectUpdate(to: Dissection, body: Reader, ctx: SessionContext): void {
  const withdrawn = to.number(body, 2, 'withdrawn routes length')
  if (withdrawn > 0)
    to.part(upTo(body, withdrawn), 'withdrawn routes', '', (field) => prefixes(to, field, 'ipv4', ctx))
  const length = to.number(body, 2, 'path attributes length')
  if (length > 0) to.part(upTo(body, length), 'path attributes', '', (field) => attributes(to, field, ctx))
  if (body.remaining > 0) to.part(body, 'NLRI', '', (field) => prefixes(to, field, 'ipv4', ctx))
}

function prefixes(to: Dissection, field: Reader, family: Family, ctx: SessionContext): void {
  while (field.remaining > 0) {
    if (ctx.addPath.has(family)) to.number(field, 4, 'path identifier')
    const length = field.peek() ?? 0
    const octets = 1 + Math.ceil(length / 8)
    to.field(field, octets, 'prefix', (found) => prefixText(found, family))
  }
}

function prefixText(octets: Uint8Array, family: Family): string {
  const [length = 0] = octets
  const address = new Uint8Array(ADDRESS_LENGTH[family])
  if (length > address.length * 8) return `${hexText(octets)} (longer than an ${family} address)`
  address.set(octets.subarray(1))
  return formatPrefix(address, length)
}

function attributes(to: Dissection, block: Reader, ctx: SessionContext): void {
  while (block.remaining > 0) {
    const flags = to.number(block, 1, 'attribute flags', flagsText)
    const type = to.number(block, 1, 'attribute type', attributeName)
    const wide = (flags & Flag.extendedLength) !== 0
    const length = to.number(block, wide ? 2 : 1, 'attribute length')
    if (type === MP_REACH)
      to.part(upTo(block, length), 'attribute value', '', (value) => reach(to, value, ctx))
    else if (type === MP_UNREACH)
      to.part(upTo(block, length), 'attribute value', '', (value) => unreach(to, value, ctx))
    else to.field(block, length, 'attribute value', (octets) => attributeText(flags, type, octets, ctx))
  }
}

function flagsText(flags: number): string {
  const names = [
    (flags & Flag.optional) !== 0 ? 'optional' : 'well-known',
    (flags & Flag.transitive) !== 0 && 'transitive',
    (flags & Flag.partial) !== 0 && 'partial',
    (flags & Flag.extendedLength) !== 0 && 'extended length',
  ]
  return names.filter((name) => name !== false).join(', ')
}

function reach(to: Dissection, value: Reader, ctx: SessionContext): void {
  const family = familyFields(to, value)
  const length = to.number(value, 1, 'next hop length')
  to.field(value, length, 'next hop', nextHopText)
  to.number(value, 1, 'reserved')
  if (family !== undefined) prefixes(to, value, family, ctx)
}

function unreach(to: Dissection, value: Reader, ctx: SessionContext): void {
  const family = familyFields(to, value)
  if (family !== undefined) prefixes(to, value, family, ctx)
}

function familyFields(to: Dissection, value: Reader): Family | undefined {
  const afi = to.number(value, 2, 'AFI')
  const safi = to.number(value, 1, 'SAFI', (code) => `${code} (${familyName({ afi, safi: code })})`)
  return unicastFamily(afi, safi)
}

function nextHopText(octets: Uint8Array): string {
  const { ipv4, ipv6 } = ADDRESS_LENGTH
  if (octets.length === ipv4 || octets.length === ipv6) return formatAddress(octets)
  if (octets.length !== 2 * ipv6) return hexText(octets)
  return `${formatAddress(octets.subarray(0, ipv6))}, ${formatAddress(octets.subarray(ipv6))}`
}

/** Octets of an attribute's header with the extended length. */
const WIDE_HEADER = 4

/** The value in words, as the UPDATE decoder reads it, or what that decoder has against it. */
function attributeText(flags: number, type: number, value: Uint8Array, ctx: SessionContext): string {
  const whole = new Uint8Array(WIDE_HEADER + value.length)
  whole.set([flags | Flag.extendedLength, type, value.length >> 8, value.length & 0xff])
  whole.set(value, WIDE_HEADER)
  try {
    const { attributes: found, faults } = decodeAttributes(new Reader(whole), ctx)
    const [fault] = faults
    if (fault !== undefined) return `${hexText(value)} (${fault.reason})`
    const [decoded] = Object.values(found)
    return decoded === undefined ? hexText(value) : decodedText(decoded)
  } catch (error) {
    if (error instanceof ProtocolError) return `${hexText(value)} (${error.message})`
    throw error
  }
}

function decodedText(value: unknown): string {
  if (Array.isArray(value)) return value.map(decodedText).join(' ')
  if (typeof value !== 'object' || value === null) return String(value)
  if ('asns' in value) return segmentText(value as AsPathSegment)
  if ('asn' in value && 'address' in value) return `AS ${value.asn} at ${value.address}`
  return 'value' in value ? String(value.value) : ''
}

/** As looking glasses write it: a set in braces, confederations in round and square brackets (RFC 5065). */
const BRACKETS = {
  sequence: ['', ''],
  set: ['{', '}'],
  'confed-sequence': ['(', ')'],
  'confed-set': ['[', ']'],
} as const

function segmentText({ type, asns }: AsPathSegment): string {
  const [open, close] = BRACKETS[type]
  return `${open}${asns.join(' ')}${close}`
}
