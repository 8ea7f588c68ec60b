import { fromHex } from '../hex.ts'
import type { OpaqueAttribute, PathAttributes, SessionContext } from '../types.ts'
import { Writer } from '../writer.ts'
import { attributeHeader } from './header.ts'
import { ATTRIBUTE_ROWS } from './table.ts'

/**
 * The attribute block of an UPDATE, without MP_REACH_NLRI and MP_UNREACH_NLRI: those hold prefixes and go in front
 * (RFC 7606 section 5.1), the rest ascends by type code (RFC 4271 section 5).
 *
 * Attributes that a 4-octet AS number needs towards a 2-octet peer are added here (RFC 6793 section 4.2.2). Throws
 * RangeError for a value that cannot be sent.
 */
export function encodePathAttributes(attributes: PathAttributes, ctx: SessionContext): Uint8Array {
  const encoded = [...knownAttributes(attributes, ctx), ...(attributes.unknown ?? []).map(opaqueAttribute)]
  const out = new Writer()
  for (const { type, flags, value } of encoded.sort((a, b) => a.type - b.type)) {
    out.bytes(attributeHeader(type, flags, value.length).bytes(value).done())
  }
  return out.done()
}

interface EncodedAttribute {
  readonly type: number
  readonly flags: number
  readonly value: Uint8Array
}

function* knownAttributes(attributes: PathAttributes, ctx: SessionContext): Iterable<EncodedAttribute> {
  for (const { type, flags, encode } of ATTRIBUTE_ROWS) {
    const value = encode?.(attributes, ctx)
    if (value !== undefined) yield { type, flags, value }
  }
}

/**
 * As it stands: the Partial bit says that some router on the way did not know the attribute, so whoever passes on
 * one it received sets that bit first (RFC 4271 section 5), and whoever originates one does not.
 */
function opaqueAttribute({ type, flags, value }: OpaqueAttribute): EncodedAttribute {
  const octets = fromHex(value)
  if (octets === undefined) throw new RangeError(`attribute ${type}: not hex: ${value}`)
  return { type, flags, value: octets }
}
