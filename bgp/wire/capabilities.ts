import type { Capability } from './capability.ts'
import { ErrorCode, OpenError } from './error-codes.ts'
import { ProtocolError } from './errors.ts'
import { familyId, readFamilyId, writeFamilyId } from './family.ts'
import { fromHex, toHex } from './hex.ts'
import { Malformed } from './malformed.ts'
import { Reader, ShortRead } from './reader.ts'
import { readableText, utf8 } from './text.ts'
import { Writer } from './writer.ts'

/**
 * The capabilities of an OPEN (RFC 5492), one row each: code, name, decode, encode, and what a malformed one costs.
 * To teach the speaker a capability, add it to the union in ./capability.ts and add its row here.
 */

type Type = Capability['type']
type KnownCapability = Exclude<Type, 'unknown'>
type Of<T extends Type> = Extract<Capability, { readonly type: T }>

interface CapabilityRow<T extends KnownCapability> {
  readonly code: number
  readonly name: string
  /** Malformed, it makes the OPEN malformed; others only say nothing, at the cost of the one feature. */
  readonly essential?: true
  /** Reads the whole value. Throws Malformed or ShortRead. */
  decode(value: Reader): Of<T>
  encode(capability: Of<T>, value: Writer): void
}

const GR_RESTARTING = 0x8
const GR_NOTIFICATION = 0x4
const FORWARDING = 0x80
const DIRECTIONS = ['undefined', 'receive', 'send', 'both'] as const
/** draft-walton-bgp-hostname-capability: at most 64 octets each. */
const NAME_MOST = 64
const VERSION_MOST = 64

const ROWS: { readonly [T in KnownCapability]: CapabilityRow<T> } = {
  multiprotocol: {
    code: 1,
    name: 'multiprotocol',
    essential: true,
    decode(value) {
      const afi = value.u16()
      value.u8()
      return { type: 'multiprotocol', ...familyId(afi, value.u8()) }
    },
    encode: ({ afi, safi }, value) => value.u16(afi).u8(0).u8(safi),
  },
  routeRefresh: flagRow('routeRefresh', 2, 'route refresh'),
  extendedNextHop: {
    code: 5,
    name: 'extended next hop',
    decode: (value) => ({
      type: 'extendedNextHop',
      families: list(value, () => ({ ...familyId(value.u16(), value.u16()), nextHopAfi: value.u16() })),
    }),
    encode({ families }, value) {
      for (const { afi, safi, nextHopAfi } of families) value.u16(afi).u16(safi).u16(nextHopAfi)
    },
  },
  extendedMessages: flagRow('extendedMessages', 6, 'extended messages'),
  role: {
    code: 9,
    name: 'role',
    essential: true,
    decode: (value) => ({ type: 'role', role: value.u8() }),
    encode: ({ role }, value) => value.u8(role),
  },
  gracefulRestart: {
    code: 64,
    name: 'graceful restart',
    decode(value) {
      const head = value.u16()
      return {
        type: 'gracefulRestart',
        restarting: (head & (GR_RESTARTING << 12)) !== 0,
        notification: (head & (GR_NOTIFICATION << 12)) !== 0,
        restartTime: head & 0xfff,
        families: list(value, () => ({
          ...readFamilyId(value),
          forwarding: (value.u8() & FORWARDING) !== 0,
        })),
      }
    },
    encode({ restarting, notification, restartTime, families }, value) {
      const flags = (restarting ? GR_RESTARTING : 0) | (notification ? GR_NOTIFICATION : 0)
      value.u16((flags << 12) | (restartTime & 0xfff))
      for (const family of families) {
        writeFamilyId(value, family)
        value.u8(family.forwarding ? FORWARDING : 0)
      }
    },
  },
  as4: {
    code: 65,
    name: '4-octet AS',
    essential: true,
    decode: (value) => ({ type: 'as4', asn: value.u32() }),
    encode: ({ asn }, value) => value.u32(asn),
  },
  addPath: {
    code: 69,
    name: 'add-path',
    decode: (value) => ({
      type: 'addPath',
      families: list(value, () => ({
        ...readFamilyId(value),
        direction: DIRECTIONS[value.u8()] ?? 'undefined',
      })),
    }),
    encode({ families }, value) {
      for (const family of families) {
        writeFamilyId(value, family)
        value.u8(DIRECTIONS.indexOf(family.direction))
      }
    },
  },
  enhancedRefresh: flagRow('enhancedRefresh', 70, 'enhanced route refresh'),
  longLivedGracefulRestart: {
    code: 71,
    name: 'long-lived graceful restart',
    decode: (value) => ({
      type: 'longLivedGracefulRestart',
      families: list(value, () => ({
        ...readFamilyId(value),
        forwarding: (value.u8() & FORWARDING) !== 0,
        staleTime: value.u8() * 0x1_0000 + value.u16(),
      })),
    }),
    encode({ families }, value) {
      for (const family of families) {
        writeFamilyId(value, family)
        value
          .u8(family.forwarding ? FORWARDING : 0)
          .u8(family.staleTime >>> 16)
          .u16(family.staleTime)
      }
    },
  },
  fqdn: {
    code: 73,
    name: 'FQDN',
    decode(value) {
      const hostname = text(value.bytes(value.u8()))
      return { type: 'fqdn', hostname, domain: text(value.bytes(value.u8())) }
    },
    encode({ hostname, domain }, value) {
      for (const name of [hostname, domain]) value.sized(1, (inner) => inner.bytes(utf8(name, NAME_MOST)))
    },
  },
  softwareVersion: {
    code: 75,
    name: 'software version',
    decode(value) {
      const octets = value.rest()
      // Early drafts, and the routers that follow them, put a length before the text.
      const version = octets[0] === octets.length - 1 ? octets.subarray(1) : octets
      return { type: 'softwareVersion', version: text(version) }
    },
    encode: ({ version }, value) => value.sized(1, (inner) => inner.bytes(utf8(version, VERSION_MOST))),
  },
}

type FlagCapability = 'routeRefresh' | 'extendedMessages' | 'enhancedRefresh'

/** A capability that says all by being there. */
function flagRow<T extends FlagCapability>(type: T, code: number, name: string): CapabilityRow<T> {
  return { code, name, decode: () => ({ type }) as Of<T>, encode: () => undefined }
}

function list<T>(value: Reader, read: () => T): T[] {
  const items: T[] = []
  while (value.remaining > 0) items.push(read())
  return items
}

function text(octets: Uint8Array): string {
  const readable = readableText(octets)
  if (readable === undefined) throw new Malformed('its text is not UTF-8')
  return readable
}

const BY_CODE = new Map(Object.values(ROWS).map((row) => [row.code, row as CapabilityRow<KnownCapability>]))

/** One capability. Throws ProtocolError 2/0 for an essential one that is malformed. */
export function decodeCapability(code: number, value: Reader): Capability {
  const octets = value.rest()
  const row = BY_CODE.get(code)
  if (row === undefined) return opaque(code, octets)
  try {
    const reader = new Reader(octets)
    const capability = row.decode(reader)
    if (reader.remaining > 0) throw new Malformed(`it is ${reader.remaining} octets too long`)
    return capability
  } catch (error) {
    if (!(error instanceof Malformed || error instanceof ShortRead)) throw error
    if (!row.essential) return opaque(code, octets)
    const reason = `capability ${code} (${row.name}): ${error.message} (RFC 4271 section 6.2)`
    throw new ProtocolError(ErrorCode.open, OpenError.unspecific, reason)
  }
}

function opaque(code: number, octets: Uint8Array): Capability {
  return { type: 'unknown', code, value: toHex(octets) }
}

/** Code, length, value. Throws RangeError for a value that cannot be sent. */
export function encodeCapability(capability: Capability): Uint8Array {
  return new Writer()
    .u8(capabilityCode(capability))
    .sized(1, (value) => encodeValue(capability, value))
    .done()
}

function encodeValue(capability: Capability, value: Writer): void {
  if (capability.type !== 'unknown') {
    const row: { encode(capability: Capability, value: Writer): void } = ROWS[capability.type]
    row.encode(capability, value)
    return
  }
  const octets = fromHex(capability.value)
  if (octets === undefined) throw new RangeError(`not hex: ${capability.value}`)
  value.bytes(octets)
}

export function capabilityCode(capability: Capability): number {
  return capability.type === 'unknown' ? capability.code : ROWS[capability.type].code
}

/** Of capabilities that mean nothing to us: what routers have been seen to send (IANA). */
const OTHER_NAMES: Readonly<Record<number, string>> = {
  3: 'outbound route filtering',
  7: 'BGPsec',
  8: 'multiple labels',
  67: 'dynamic capability',
  68: 'multisession',
  76: 'paths limit',
  77: 'link-local next hop',
  128: 'route refresh (old)',
  130: 'outbound route filtering (old)',
}

/** The name people know a capability by; `capability 99` where there is none. */
export function capabilityName(code: number): string {
  return BY_CODE.get(code)?.name ?? OTHER_NAMES[code] ?? `capability ${code}`
}

/** A capability we know by code but could not read: it counts as not offered. */
export function isMalformed(capability: Capability): boolean {
  return capability.type === 'unknown' && BY_CODE.has(capability.code)
}
