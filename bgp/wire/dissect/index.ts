import { Cease, ErrorCode, errorName } from '../error-codes.ts'
import { familyName } from '../family.ts'
import { MARKER_LENGTH, messageTypeName } from '../header.ts'
import { describeNotification } from '../notification.ts'
import { Reader } from '../reader.ts'
import { HEADER_LENGTH, type SessionContext } from '../types.ts'
import { type DissectedField, Dissection, upTo } from './dissection.ts'
import { dissectOpen } from './open.ts'
import { dissectUpdate } from './update.ts'

/**
 * Messages octet by octet, for people. It follows the lengths that the octets state as far as they make sense, and
 * shows broken messages as readily as whole ones; what a session would do about them is examine's to say.
 */

export type { DissectedField } from './dissection.ts'

/** Total: never throws, and accounts for every octet. */
export function dissect(octets: Uint8Array, ctx: SessionContext): readonly DissectedField[] {
  const to = new Dissection()
  const all = new Reader(octets)
  while (all.remaining > 0) dissectMessage(to, octets, all, ctx)
  return to.fields
}

function dissectMessage(to: Dissection, octets: Uint8Array, all: Reader, ctx: SessionContext): void {
  const lengthAt = all.offset + MARKER_LENGTH
  const stated = ((octets[lengthAt] ?? 0) << 8) | (octets[lengthAt + 1] ?? 0)
  const type = messageTypeName(octets[lengthAt + 2] ?? 0)
  // A length that cannot be true leaves no way to find the next message.
  const message = upTo(all, stated < HEADER_LENGTH ? all.remaining : stated)
  to.part(message, type ?? 'message', `${stated} octets`, (part) => {
    to.field(part, MARKER_LENGTH, 'marker')
    to.number(part, 2, 'length')
    to.number(part, 1, 'type', (code) => messageTypeName(code) ?? `${code}, unknown`)
    dissectBody(to, type, part, ctx)
  })
}

function dissectBody(
  to: Dissection,
  type: ReturnType<typeof messageTypeName>,
  body: Reader,
  ctx: SessionContext,
): void {
  if (type === 'OPEN') dissectOpen(to, body)
  else if (type === 'UPDATE') dissectUpdate(to, body, ctx)
  else if (type === 'NOTIFICATION') dissectNotification(to, body)
  else if (type === 'ROUTE-REFRESH') dissectRefresh(to, body)
}

function dissectNotification(to: Dissection, body: Reader): void {
  const outer = dissectError(to, body, '')
  const isWrapped = outer.code === ErrorCode.cease && outer.subcode === Cease.hardReset && body.remaining > 1
  const { code, subcode } = isWrapped ? dissectError(to, body, 'inner ') : outer
  if (body.remaining === 0) return
  to.field(body, body.remaining, 'data', (data) => describeNotification({ code, subcode, data }).text ?? '')
}

function dissectError(to: Dissection, body: Reader, which: string): { code: number; subcode: number } {
  const code = to.number(body, 1, `${which}error code`)
  const subcode = to.number(
    body,
    1,
    `${which}error subcode`,
    (number) => `${number} (${errorName(code, number)})`,
  )
  return { code, subcode }
}

const SUBTYPES = ['request', 'begin', 'end']

function dissectRefresh(to: Dissection, body: Reader): void {
  const afi = to.number(body, 2, 'AFI')
  to.number(body, 1, 'subtype', (code) => `${code} (${SUBTYPES[code] ?? 'unknown'})`)
  to.number(body, 1, 'SAFI', (safi) => `${safi} (${familyName({ afi, safi })})`)
}
