import { toHex } from '../hex.ts'
import { Malformed } from '../malformed.ts'
import { Reader, ShortRead } from '../reader.ts'
import type { OpaqueAttribute, SessionContext } from '../types.ts'
import { updateError } from '../update-error.ts'
import { MP_REACH, MP_UNREACH } from './mp.ts'
import { type AttributeRow, type Draft, Flag, type UpdateAction } from './row.ts'
import { attributeName, attributeRow } from './table.ts'

/**
 * The one loop over path attributes. It holds the rules of RFC 7606 that are the same for every attribute, and the
 * only catch: what must end the session is thrown from here as a ProtocolError, everything milder is collected.
 * Reading goes on after a mild fault, since a later attribute may call for a stronger action (section 3h).
 */

interface RawAttribute {
  readonly type: number
  readonly flags: number
  readonly value: Uint8Array
}

/** Flags, type and length; one octet more with the extended length. */
const HEADER_LENGTH = 3

export function decodeAttributes(block: Reader, ctx: SessionContext): Draft {
  const draft: Draft = { attributes: {}, reachOctets: 0, seen: new Set(), faults: [] }
  while (block.remaining > 0) {
    const attribute = readAttribute(block, draft)
    if (attribute === undefined) break
    decodeAttribute(attribute, ctx, draft)
  }
  return draft
}

/** RFC 7606 section 4: an attribute that does not fit ends the reading; where the prefixes start is known anyway. */
function readAttribute(block: Reader, draft: Draft): RawAttribute | undefined {
  if (block.remaining < HEADER_LENGTH)
    return cutShort(undefined, `${block.remaining} octets are left over`, draft)
  const flags = block.u8()
  const type = block.u8()
  const extended = (flags & Flag.extendedLength) !== 0
  if (extended && block.remaining < 2) return cutShort(type, 'its length field is cut short', draft)
  const length = extended ? block.u16() : block.u8()
  if (length > block.remaining)
    return cutShort(type, `it claims ${length} octets of ${block.remaining}`, draft)
  return { type, flags, value: block.bytes(length) }
}

function cutShort(type: number | undefined, what: string, draft: Draft): undefined {
  const reason = `${type === undefined ? 'path attributes' : attributeName(type)}: ${what} (RFC 7606 section 4)`
  // Section 3j: with these cut short, nobody can say which routes to withdraw.
  if (type === MP_REACH || type === MP_UNREACH) {
    throw updateError('malformedAttributeList', reason)
  }
  if (type !== undefined) draft.seen.add(type)
  draft.faults.push({ action: 'treat-as-withdraw', reason, ...(type !== undefined && { attribute: type }) })
  draft.cutShort = true
}

function decodeAttribute(attribute: RawAttribute, ctx: SessionContext, draft: Draft): void {
  if (isRepeated(attribute, draft)) return
  const row = attributeRow(attribute.type)
  if (row === undefined) keepUnknown(attribute, draft)
  else if (!hasWrongFlags(attribute, row, draft)) decodeKnown(attribute, row, ctx, draft)
}

/** RFC 7606 section 3g: the first one counts, well-formed or not; MP attributes must not come twice at all. */
function isRepeated({ type }: RawAttribute, draft: Draft): boolean {
  if (!draft.seen.has(type)) {
    draft.seen.add(type)
    return false
  }
  const reason = `${attributeName(type)}: it appears more than once (RFC 7606 section 3g)`
  if (type === MP_REACH || type === MP_UNREACH) {
    throw updateError('malformedAttributeList', reason)
  }
  draft.faults.push({ action: 'attribute-discard', attribute: type, reason })
  return true
}

/** RFC 4271 sections 5 and 6.3: unknown and well-known cannot be; transitive is kept, the rest is none of ours. */
function keepUnknown(attribute: RawAttribute, draft: Draft): void {
  const { type, flags, value } = attribute
  if ((flags & Flag.optional) === 0) {
    const reason = `attribute ${type}: it is unknown but marked well-known (RFC 4271 section 6.3)`
    throw updateError('unrecognizedWellKnown', reason, wholeAttribute(attribute))
  }
  if ((flags & Flag.transitive) === 0) return
  const kept: OpaqueAttribute = { type, flags: flags & ~(Flag.extendedLength | 0x0f), value: toHex(value) }
  draft.attributes.unknown = [...(draft.attributes.unknown ?? []), kept]
}

/**
 * RFC 7606 section 3c: only the Optional and Transitive bits count. A wrong Partial bit is forgiven, and the lower
 * four bits are ignored (RFC 4271 section 4.3). Section 5.3 lists wrong flags among what makes an MP attribute
 * incorrect; but as its prefixes can be read, they are withdrawn rather than the session closed over them.
 */
function hasWrongFlags(attribute: RawAttribute, row: AttributeRow, draft: Draft): boolean {
  if (((attribute.flags ^ row.flags) & (Flag.optional | Flag.transitive)) === 0) return false
  const shown = `0x${attribute.flags.toString(16).padStart(2, '0')}`
  fault(draft, row, row.badFlags ?? 'treat-as-withdraw', `its flags ${shown} are wrong (RFC 7606 section 3c)`)
  return row.malformed !== 'session-reset'
}

function decodeKnown(attribute: RawAttribute, row: AttributeRow, ctx: SessionContext, draft: Draft): void {
  const refusal = row.refuse?.(ctx)
  if (refusal !== undefined) {
    fault(draft, row, 'attribute-discard', refusal)
    return
  }
  try {
    decodeValue(attribute, row, ctx, draft)
  } catch (error) {
    if (!(error instanceof Malformed || error instanceof ShortRead)) throw error
    const reason = `${error.message} (${row.clause})`
    if (row.malformed === 'session-reset') {
      const data = wholeAttribute(attribute)
      throw updateError('optionalAttribute', `${row.name}: ${reason}`, data)
    }
    fault(draft, row, row.malformed, reason)
  }
}

function decodeValue(attribute: RawAttribute, row: AttributeRow, ctx: SessionContext, draft: Draft): void {
  const value = new Reader(attribute.value)
  row.check?.(value)
  if (row.decode !== undefined) row.decode(value, ctx, draft)
  else keepUnknown(attribute, draft)
}

function fault(draft: Draft, row: AttributeRow, action: UpdateAction, reason: string): void {
  draft.faults.push({ action, attribute: row.type, reason: `${row.name}: ${reason}` })
}

/** The attribute as received, which is what a NOTIFICATION about it carries (RFC 4271 section 6.3). */
function wholeAttribute({ type, flags, value }: RawAttribute): Uint8Array {
  const { length } = value
  const header =
    flags & Flag.extendedLength ? [flags, type, length >> 8, length & 0xff] : [flags, type, length]
  const octets = new Uint8Array(header.length + length)
  octets.set(header)
  octets.set(value, header.length)
  return octets
}
