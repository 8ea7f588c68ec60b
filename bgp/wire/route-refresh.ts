import { ErrorCode, RouteRefreshError } from './error-codes.ts'
import { ProtocolError } from './errors.ts'
import { type FamilyId, familyId, familyName, unicast } from './family.ts'
import { frameMessage } from './header.ts'
import { Reader } from './reader.ts'
import { type Family, HEADER_LENGTH, MessageType, type SessionContext } from './types.ts'
import { Writer } from './writer.ts'

/** ROUTE-REFRESH (RFC 2918 section 3), whose reserved octet became the subtype of RFC 7313 section 3. */

/** `begin` and `end` mark the resending of all routes (BoRR, EoRR). Of an unknown one nothing is done. */
export type RefreshSubtype = 'request' | 'begin' | 'end' | 'unknown'

export interface RouteRefreshMessage extends FamilyId {
  readonly type: 'ROUTE-REFRESH'
  readonly subtype: RefreshSubtype
  /** The subtype's number. */
  readonly subtypeCode: number
}

const SUBTYPES = ['request', 'begin', 'end'] as const
const BODY_LENGTH = 4

/**
 * Decodes a whole message, whose header has been judged. Throws ProtocolError 7/1, with the message as its data, for
 * one that is too long (RFC 7313 section 5).
 */
export function decodeRouteRefresh(message: Uint8Array): RouteRefreshMessage {
  const body = new Reader(message, HEADER_LENGTH)
  const afi = body.u16()
  const subtypeCode = body.u8()
  const subtype = SUBTYPES[subtypeCode] ?? 'unknown'
  const decoded = { type: 'ROUTE-REFRESH', ...familyId(afi, body.u8()), subtype, subtypeCode } as const
  const allowed = body.remaining === 0 || subtype === 'unknown' || (subtype === 'request' && isFilter(body))
  if (allowed) return decoded
  const length = message.length - HEADER_LENGTH
  const reason = `its body is ${length} octets, not ${BODY_LENGTH} (RFC 7313 section 5)`
  throw new ProtocolError(ErrorCode.routeRefresh, RouteRefreshError.invalidLength, reason, message.slice())
}

/**
 * Outbound route filters may follow a request (RFC 5291 section 4): when to refresh, then entries by type. We never
 * offer them; whoever sends them all the same gets the refresh without the filter.
 */
function isFilter(body: Reader): boolean {
  const whenToRefresh = body.u8()
  if (whenToRefresh !== 1 && whenToRefresh !== 2) return false
  let types = 0
  for (; body.remaining > 0; types++) {
    if (body.remaining < 3) return false
    body.u8()
    const length = body.u16()
    if (length > body.remaining) return false
    body.sub(length)
  }
  return types > 0
}

/** The whole message. */
export function encodeRouteRefresh(family: Family, subtype: (typeof SUBTYPES)[number]): Uint8Array {
  const { afi, safi } = unicast(family)
  const body = new Writer().u16(afi).u8(SUBTYPES.indexOf(subtype)).u8(safi).done()
  return frameMessage(MessageType.routeRefresh, body)
}

/** Why nothing, or less than asked for, is done about it. */
export function* refreshRemarks(
  message: Uint8Array,
  decoded: RouteRefreshMessage,
  ctx: SessionContext,
): Iterable<string> {
  if (decoded.subtype === 'unknown') {
    yield `subtype ${decoded.subtypeCode} is unknown: the message is ignored (RFC 7313 section 5)`
  } else if (decoded.family === undefined || !ctx.families.has(decoded.family)) {
    yield `${familyName(decoded)} was not negotiated: the message is ignored (RFC 2918 section 4)`
  } else if (message.length > HEADER_LENGTH + BODY_LENGTH) {
    yield 'outbound route filters were not negotiated and are ignored (RFC 5291 section 4)'
  }
}
