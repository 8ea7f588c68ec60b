/**
 * Envelopes: everything of an UPDATE but its prefixes, made once per attribute set. A message is then the head, a
 * slice of NLRI, the tail, and a few length fields patched.
 *
 * One message has withdrawn routes, NLRI, MP_REACH_NLRI or MP_UNREACH_NLRI, never two of them, and an MP attribute
 * stands first (RFC 7606 section 5.1); so the prefixes are one contiguous stretch in each kind. MP attributes come in
 * a short and a long form, as the extended length bit is only for more than 255 octets (RFC 4271 section 4.3).
 */
import {
  encodeMpReachPrefix,
  encodeMpUnreachPrefix,
  type Family,
  HEADER_LENGTH,
  MessageType,
} from '../wire/index.ts'

/** A length field: `width` octets at `at` of the message, saying `add` more than the NLRI has octets. */
interface LengthField {
  readonly at: number
  readonly width: 1 | 2
  readonly add: number
}

export interface Form {
  readonly head: Uint8Array
  readonly tail: Uint8Array
  readonly lengths: readonly LengthField[]
  /** Most NLRI octets this form can describe, however long the message may be. */
  readonly most: number
}

/** One or two forms, that with room for less first. */
export interface Envelope {
  readonly forms: readonly [Form, ...Form[]]
}

const ANY = 0xffff
const NOTHING = new Uint8Array(0)

/** IPv4 routes with their attributes (NEXT_HOP among them) in the body. */
export function bodyReach(block: Uint8Array): Envelope {
  const head = concat(header(), [0, 0], u16(block.length), block)
  return { forms: [{ head, tail: NOTHING, lengths: [total(head.length)], most: ANY }] }
}

/** IPv4 routes withdrawn in the body. */
export function bodyUnreach(): Envelope {
  const head = concat(header(), [0, 0])
  const lengths: LengthField[] = [total(head.length + 2), { at: HEADER_LENGTH, width: 2, add: 0 }]
  return { forms: [{ head, tail: Uint8Array.of(0, 0), lengths, most: ANY }] }
}

/** Routes in MP_REACH_NLRI (RFC 4760 section 3), followed by the other attributes. */
export function mpReach(
  family: Family,
  nextHop: string,
  linkLocal: string | undefined,
  block: Uint8Array,
): Envelope {
  return mp((nlri) => encodeMpReachPrefix(family, nextHop, linkLocal, nlri), block)
}

/** Routes in MP_UNREACH_NLRI (RFC 4760 section 4). */
export function mpUnreach(family: Family): Envelope {
  return mp((nlri) => encodeMpUnreachPrefix(family, nlri), NOTHING)
}

/** Octets of a message in this form besides its NLRI. */
export function overhead(form: Form): number {
  return form.head.length + form.tail.length
}

/** Writes head and tail around `nlri` octets, which the caller puts in between; returns the message's length. */
export function enclose(form: Form, nlri: number, out: Uint8Array, at: number): number {
  out.set(form.head, at)
  if (form.tail.length > 0) out.set(form.tail, at + form.head.length + nlri)
  for (const { at: field, width, add } of form.lengths) {
    const value = nlri + add
    if (width === 2) out[at + field] = value >> 8
    out[at + field + width - 1] = value
  }
  return form.head.length + nlri + form.tail.length
}

/** Octets in front of the value of an attribute: flags, type and a length of one octet or, extended, of two. */
const SHORT = 3
const LONG = 4
/** As many NLRI octets need the long form, whatever stands in front of them. */
const MANY = 0x100

function mp(prefix: (nlriOctets: number) => Uint8Array, block: Uint8Array): Envelope {
  const start = concat(header(), [0, 0, 0, 0])
  const fixed = prefix(0).length - SHORT
  const form = (attribute: Uint8Array, width: 1 | 2, most: number): Form => ({
    head: concat(start, attribute),
    tail: block,
    lengths: [
      total(start.length + attribute.length + block.length),
      { at: start.length - 2, width: 2, add: attribute.length + block.length },
      { at: start.length + 2, width, add: attribute.length - (width === 1 ? SHORT : LONG) },
    ],
    most,
  })
  return { forms: [form(prefix(0), 1, 0xff - fixed), form(prefix(MANY), 2, ANY)] }
}

function total(add: number): LengthField {
  return { at: 16, width: 2, add }
}

function header(): Uint8Array {
  const octets = new Uint8Array(HEADER_LENGTH).fill(0xff, 0, 16)
  octets[18] = MessageType.update
  return octets
}

function u16(value: number): readonly number[] {
  return [value >> 8, value & 0xff]
}

function concat(...parts: readonly ArrayLike<number>[]): Uint8Array {
  const octets = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0))
  let at = 0
  for (const part of parts) {
    octets.set(part, at)
    at += part.length
  }
  return octets
}
