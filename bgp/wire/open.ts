import { formatAddress, parseAddress } from './address.ts'
import { decodeCapability, encodeCapability } from './capabilities.ts'
import type { Capability } from './capability.ts'
import { ErrorCode, OpenError } from './error-codes.ts'
import { ProtocolError } from './errors.ts'
import { frameMessage } from './header.ts'
import { type Reader, ShortRead } from './reader.ts'
import { AS_TRANS, type Asn, HEADER_LENGTH, MAX_MESSAGE, MessageType } from './types.ts'
import { Writer } from './writer.ts'

/** OPEN between octets and values (RFC 4271 section 4.2). What it must say to be acceptable is in ./open-rules.ts. */

export interface OpenMessage {
  readonly type: 'OPEN'
  readonly version: 4
  /** The 2-octet field, AS_TRANS where the AS does not fit. */
  readonly myAs: number
  /** The sender's AS: of the 4-octet AS capability, else of the field (RFC 6793 section 4.1). */
  readonly asn: Asn
  /** Seconds. */
  readonly holdTime: number
  readonly routerId: string
  readonly capabilities: readonly Capability[]
  /** The parameters came in the extended form (RFC 9072). */
  readonly extendedParameters: boolean
}

export interface OpenParams {
  readonly asn: Asn
  /** Seconds. */
  readonly holdTime: number
  readonly routerId: string
  readonly capabilities: readonly Capability[]
}

const BGP_VERSION = 4
const CAPABILITIES_PARAMETER = 2
/** RFC 9072 section 2: as first parameter type and as length it announces the extended form. */
const EXTENDED = 255
const IDENTIFIER_LENGTH = 4
const LARGEST_2_OCTET = 0xffff

/** Decodes what follows the header. Throws ProtocolError 2/1, 2/0 or 2/4. */
export function decodeOpen(body: Reader): OpenMessage {
  try {
    return readOpen(body)
  } catch (error) {
    if (!(error instanceof ShortRead)) throw error
    throw malformed(`${error.message}: a parameter or capability is cut short`)
  }
}

function readOpen(body: Reader): OpenMessage {
  requireVersion(body.u8())
  const myAs = body.u16()
  const holdTime = body.u16()
  const routerId = formatAddress(body.bytes(IDENTIFIER_LENGTH))
  const { parameters, width } = parameterField(body)
  const capabilities: Capability[] = []
  while (parameters.remaining > 0) readParameter(parameters, width, capabilities)
  const asn = capabilities.find((capability) => capability.type === 'as4')?.asn ?? myAs
  return {
    type: 'OPEN',
    version: BGP_VERSION,
    myAs,
    asn,
    holdTime,
    routerId,
    capabilities,
    extendedParameters: width === 2,
  }
}

/** Before anything else: another version's OPEN may look different. The data is the version we have. */
function requireVersion(version: number): void {
  if (version === BGP_VERSION) return
  const reason = `version ${version} is not supported (RFC 4271 section 6.2)`
  throw new ProtocolError(ErrorCode.open, OpenError.unsupportedVersion, reason, Uint8Array.of(0, BGP_VERSION))
}

/**
 * The optional parameters, and how wide their lengths are. The extended form is told by the first parameter type
 * alone; the old length in front of it is not 0, and else disregarded (RFC 9072 section 2).
 */
function parameterField(body: Reader): { parameters: Reader; width: 1 | 2 } {
  const length = body.u8()
  const isExtended = length > 0 && body.peek() === EXTENDED
  if (isExtended) body.u8()
  const stated = isExtended ? body.u16() : length
  if (stated === body.remaining) return { parameters: body, width: isExtended ? 2 : 1 }
  throw malformed(`the optional parameters are ${body.remaining} octets, not ${stated}`)
}

function readParameter(parameters: Reader, width: 1 | 2, capabilities: Capability[]): void {
  const type = parameters.u8()
  const value = parameters.sub(width === 2 ? parameters.u16() : parameters.u8())
  if (type !== CAPABILITIES_PARAMETER) {
    const reason = `optional parameter ${type} is not supported (RFC 4271 section 6.2)`
    throw new ProtocolError(ErrorCode.open, OpenError.unsupportedParameter, reason)
  }
  while (value.remaining > 0) capabilities.push(decodeCapability(value.u8(), value.sub(value.u8())))
}

function malformed(reason: string): ProtocolError {
  return new ProtocolError(ErrorCode.open, OpenError.unspecific, `${reason} (RFC 4271 section 6.2)`)
}

/**
 * The whole message: all capabilities in one parameter, in the extended form only where the old one cannot hold them
 * (RFC 9072 section 2). Throws RangeError for a router id that is no IPv4 address, or more than fits a message.
 */
export function encodeOpen({ asn, holdTime, routerId, capabilities }: OpenParams): Uint8Array {
  const id = parseAddress(routerId)
  if (id?.length !== IDENTIFIER_LENGTH) throw new RangeError(`not a router id: ${routerId}`)
  const body = new Writer()
    .u8(BGP_VERSION)
    .u16(asn > LARGEST_2_OCTET ? AS_TRANS : asn)
    .u16(holdTime)
    .bytes(id)
    .bytes(parameterOctets(capabilities))
    .done()
  if (HEADER_LENGTH + body.length > MAX_MESSAGE) throw new RangeError('the capabilities do not fit an OPEN')
  return frameMessage(MessageType.open, body)
}

function parameterOctets(capabilities: readonly Capability[]): Uint8Array {
  const value = capabilities.flatMap((capability) => [...encodeCapability(capability)])
  const writer = new Writer()
  if (value.length === 0) return writer.u8(0).done()
  if (value.length + 2 <= EXTENDED) {
    return writer.sized(1, (all) => all.u8(CAPABILITIES_PARAMETER).sized(1, (one) => one.bytes(value))).done()
  }
  return writer
    .u8(EXTENDED)
    .u8(EXTENDED)
    .sized(2, (all) => all.u8(CAPABILITIES_PARAMETER).sized(2, (one) => one.bytes(value)))
    .done()
}
