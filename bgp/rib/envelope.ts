/**
 * Envelopes: everything of an UPDATE but its prefixes, made once per attribute set. A message is then the head, a
 * slice of NLRI, the tail, and a few length fields patched.
 *
 * One message has withdrawn routes, NLRI, MP_REACH_NLRI or MP_UNREACH_NLRI, never two of them, and an MP attribute
 * stands first (RFC 7606 section 5.1); so the prefixes are one contiguous stretch in each kind. MP attributes come in
 * a short and a long form, as the extended length bit is only for more than 255 octets (RFC 4271 section 4.3).
 */
import { parseAddress } from '../wire/index.ts'
import { AFI, type Family, HEADER_LENGTH, MessageType, type PathAttributes, SAFI_UNICAST } from '../wire/types.ts'

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

const MP_REACH = 14
const MP_UNREACH = 15
const OPTIONAL = 0x80
const EXTENDED_LENGTH = 0x10
const ANY = 0xffff

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
export function mpReach(family: Family, path: PathAttributes, block: Uint8Array): Envelope {
  const nextHop = concat(octetsOf(path.nextHop), octetsOf(path.linkLocalNextHop))
  return mp(MP_REACH, concat(afiSafi(family), [nextHop.length], nextHop, [0]), block)
}

/** Routes in MP_UNREACH_NLRI (RFC 4760 section 4). */
export function mpUnreach(family: Family): Envelope {
  return mp(MP_UNREACH, afiSafi(family), NOTHING)
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

function mp(type: number, fixed: Uint8Array, block: Uint8Array): Envelope {
  const start = concat(header(), [0, 0, 0, 0])
  const short = concat(start, [OPTIONAL, type, 0], fixed)
  const long = concat(start, [OPTIONAL | EXTENDED_LENGTH, type, 0, 0], fixed)
  const form = (head: Uint8Array, width: 1 | 2, most: number): Form => ({
    head,
    tail: block,
    lengths: [
      total(head.length + block.length),
      { at: start.length - 2, width: 2, add: head.length + block.length - start.length },
      { at: start.length + 2, width, add: fixed.length },
    ],
    most,
  })
  return { forms: [form(short, 1, 0xff - fixed.length), form(long, 2, ANY)] }
}

const NOTHING = new Uint8Array(0)

function total(add: number): LengthField {
  return { at: 16, width: 2, add }
}

function header(): Uint8Array {
  const octets = new Uint8Array(HEADER_LENGTH).fill(0xff, 0, 16)
  octets[18] = MessageType.update
  return octets
}

function afiSafi(family: Family): Uint8Array {
  return concat(u16(AFI[family]), [SAFI_UNICAST])
}

function u16(value: number): readonly number[] {
  return [value >> 8, value & 0xff]
}

function octetsOf(address: string | undefined): Uint8Array {
  return (address === undefined ? undefined : parseAddress(address)) ?? NOTHING
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
