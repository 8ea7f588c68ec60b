import { formatAddress, parseAddress } from '../address.ts'
import { unicastFamily } from '../family.ts'
import { Malformed } from '../malformed.ts'
import { NlriList } from '../nlri.ts'
import type { Reader } from '../reader.ts'
import { AFI, type Family, SAFI_UNICAST, type SessionContext } from '../types.ts'
import { Writer } from '../writer.ts'
import { attributeHeader } from './header.ts'
import { type AttributeRow, type Draft, OPTIONAL } from './row.ts'

/**
 * MP_REACH_NLRI and MP_UNREACH_NLRI (RFC 4760). Unlike every other attribute these carry prefixes, so an error in
 * one leaves unknown which routes it meant, and only a session reset is safe (RFC 7606 sections 5.3 and 7.11).
 *
 * A family that was not negotiated, or that we do not know, is another matter: its routes are not ours to judge, and
 * the attribute is ignored (RFC 4760 section 8 lets the session stay).
 */

export const MP_REACH = 14
export const MP_UNREACH = 15

/** AFI, SAFI, length of next hop, and the reserved octet. */
const REACH_FIXED = 5
const UNREACH_FIXED = 3

/**
 * Lengths a next hop may have. IPv6: global, or global and link-local (RFC 2545). IPv4: its own kind, or an IPv6 one
 * (RFC 8950); taken even where that capability was not agreed, as nothing about it is ambiguous.
 */
const NEXT_HOP_LENGTHS = { ipv4: [4, 16, 32], ipv6: [16, 32] } as const

const IPV6_LENGTH = 16

export const mpReachRow: AttributeRow = {
  type: MP_REACH,
  name: 'MP_REACH_NLRI',
  flags: OPTIONAL,
  malformed: 'session-reset',
  clause: 'RFC 7606 sections 5.3 and 7.11',
  decode(value, ctx, draft) {
    if (value.remaining < REACH_FIXED) throw new Malformed('it is shorter than 5 octets')
    const family = readFamily(value, ctx, draft, MP_REACH)
    const nextHop = readNextHop(value, family)
    draft.reachOctets = value.remaining
    if (family === undefined) return
    draft.reach = {
      family,
      ...nextHopText(nextHop),
      nlri: NlriList.decode(value, family, ctx.addPath.has(family)),
    }
  },
}

export const mpUnreachRow: AttributeRow = {
  type: MP_UNREACH,
  name: 'MP_UNREACH_NLRI',
  flags: OPTIONAL,
  malformed: 'session-reset',
  clause: 'RFC 7606 sections 5.3 and 7.12',
  decode(value, ctx, draft) {
    if (value.remaining < UNREACH_FIXED) throw new Malformed('it is shorter than 3 octets')
    const family = readFamily(value, ctx, draft, MP_UNREACH)
    if (family === undefined) return
    draft.unreach = { family, nlri: NlriList.decode(value, family, ctx.addPath.has(family)) }
  },
}

/** The family, if routes of it are for us; otherwise undefined, with a remark saying why. */
function readFamily(value: Reader, ctx: SessionContext, draft: Draft, attribute: number): Family | undefined {
  const afi = value.u16()
  const safi = value.u8()
  const family = unicastFamily(afi, safi)
  if (family !== undefined && ctx.families.has(family)) return family
  const what =
    family === undefined ? `AFI ${afi} SAFI ${safi} is unknown` : `${family} unicast was not negotiated`
  draft.faults.push({
    action: 'accept',
    attribute,
    reason: `${what}: its routes are ignored (RFC 4760 section 8)`,
  })
  return undefined
}

/** The next hop and the reserved octet behind it, which is ignored (RFC 4760 section 3). */
function readNextHop(value: Reader, family: Family | undefined): Uint8Array {
  const length = value.u8()
  const fits = family === undefined || NEXT_HOP_LENGTHS[family].some((allowed) => allowed === length)
  if (!fits) throw new Malformed(`its next hop cannot be ${length} octets long`)
  const octets = value.bytes(length)
  value.u8()
  return octets
}

function nextHopText(octets: Uint8Array): { nextHop: string; linkLocalNextHop?: string } {
  if (octets.length <= IPV6_LENGTH) return { nextHop: formatAddress(octets) }
  return {
    nextHop: formatAddress(octets.subarray(0, IPV6_LENGTH)),
    linkLocalNextHop: formatAddress(octets.subarray(IPV6_LENGTH)),
  }
}

/**
 * MP_REACH_NLRI up to where `nlriLength` octets of prefixes must follow: header, family, next hop. The extended
 * length is used only past 255 octets of value, so the prefix of a given `nlriLength` always has the same size.
 * Throws RangeError for a next hop that is no address.
 */
export function encodeMpReachPrefix(
  family: Family,
  nextHop: string,
  linkLocal: string | undefined,
  nlriLength: number,
): Uint8Array {
  const hops = linkLocal === undefined ? [nextHop] : [nextHop, linkLocal]
  const out = new Writer()
  for (const hop of hops) out.bytes(addressOctets(hop))
  return attributeHeader(MP_REACH, OPTIONAL, REACH_FIXED + out.length + nlriLength)
    .u16(AFI[family])
    .u8(SAFI_UNICAST)
    .u8(out.length)
    .bytes(out.done())
    .u8(0)
    .done()
}

/** MP_UNREACH_NLRI up to where `nlriLength` octets of prefixes must follow. */
export function encodeMpUnreachPrefix(family: Family, nlriLength: number): Uint8Array {
  return attributeHeader(MP_UNREACH, OPTIONAL, UNREACH_FIXED + nlriLength)
    .u16(AFI[family])
    .u8(SAFI_UNICAST)
    .done()
}

function addressOctets(text: string): Uint8Array {
  const octets = parseAddress(text)
  if (octets === undefined) throw new RangeError(`not an address: ${text}`)
  return octets
}
