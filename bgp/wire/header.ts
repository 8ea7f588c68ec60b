import { ErrorCode, HeaderError } from './error-codes.ts'
import { MalformedNotification, ProtocolError } from './errors.ts'
import { HEADER_LENGTH, MAX_MESSAGE, MessageType, type MessageTypeName } from './types.ts'

/**
 * The 19 octets before every message: marker, length, type (RFC 4271 section 4.1). They are judged as soon as they
 * are there, so that an absurd length is refused and not waited for.
 */

export interface Header {
  /** Of the whole message, header included. */
  readonly length: number
  readonly type: MessageTypeName
}

/** What RFC 4271 section 6.1 checks a length against; ROUTE-REFRESH by RFC 2918 section 3. */
interface TypeRow {
  readonly name: MessageTypeName
  readonly code: number
  readonly least: number
  /** Where RFC 8654 section 4 keeps a limit of its own. */
  readonly most?: number
}

const ROWS: readonly TypeRow[] = [
  { name: 'OPEN', code: MessageType.open, least: 29, most: MAX_MESSAGE },
  { name: 'UPDATE', code: MessageType.update, least: 23 },
  { name: 'NOTIFICATION', code: MessageType.notification, least: 21 },
  { name: 'KEEPALIVE', code: MessageType.keepalive, least: HEADER_LENGTH, most: HEADER_LENGTH },
  { name: 'ROUTE-REFRESH', code: MessageType.routeRefresh, least: 23 },
]

export const MARKER_LENGTH = 16
const MARKER_OCTET = 0xff

const BY_CODE = new Map(ROWS.map((row) => [row.code, row]))

export function messageTypeName(code: number): MessageTypeName | undefined {
  return BY_CODE.get(code)?.name
}

/** Octets of a message's length field, wherever the header is; fewer when it is cut short. */
export function lengthOctets(message: Uint8Array): Uint8Array {
  return message.slice(MARKER_LENGTH, MARKER_LENGTH + 2)
}

/** Whether the marker at `at`, or what there is of it, is not all ones. */
export function hasBadMarker(octets: Uint8Array, at = 0): boolean {
  const end = Math.min(octets.length, at + MARKER_LENGTH)
  for (let i = at; i < end; i++) if (octets[i] !== MARKER_OCTET) return true
  return false
}

/**
 * Reads the header that starts at `at`, where at least 19 octets must be. `limit`: the longest message this session
 * allows. Throws ProtocolError 1/1, 1/2 or 1/3.
 */
export function readHeader(octets: Uint8Array, at: number, limit: number): Header {
  if (hasBadMarker(octets, at)) {
    throw new ProtocolError(
      ErrorCode.header,
      HeaderError.notSynchronized,
      'the marker is not all ones (RFC 4271 section 6.1)',
    )
  }
  const length = ((octets[at + MARKER_LENGTH] as number) << 8) | (octets[at + MARKER_LENGTH + 1] as number)
  const code = octets[at + HEADER_LENGTH - 1] as number
  const row = BY_CODE.get(code)
  if (length < HEADER_LENGTH || length > limit) throw badLength(length, row, limit)
  if (row === undefined) {
    const reason = `message type ${code} is unknown (RFC 4271 section 6.1)`
    throw new ProtocolError(ErrorCode.header, HeaderError.badType, reason, Uint8Array.of(code))
  }
  if (length < row.least || length > (row.most ?? limit)) throw badLength(length, row, limit)
  return { length, type: row.name }
}

function badLength(length: number, row: TypeRow | undefined, limit: number): ProtocolError {
  const what = row?.name ?? 'message'
  const most = Math.min(limit, row?.most ?? limit)
  const range = `${row?.least ?? HEADER_LENGTH}..${most}`
  const reason = `length ${length} of ${what} is not in ${range} (RFC 4271 section 6.1)`
  // What is shorter than a header has no type: the octet there belongs to whatever comes next.
  const unanswered = row?.code === MessageType.notification && length >= HEADER_LENGTH
  const Kind = unanswered ? MalformedNotification : ProtocolError
  return new Kind(ErrorCode.header, HeaderError.badLength, reason, Uint8Array.of(length >> 8, length & 0xff))
}

/** A whole message around `body`. */
export function frameMessage(type: number, body: Uint8Array = new Uint8Array(0)): Uint8Array {
  const length = HEADER_LENGTH + body.length
  const message = new Uint8Array(length)
  message.fill(MARKER_OCTET, 0, MARKER_LENGTH)
  message.set([length >> 8, length & 0xff, type], MARKER_LENGTH)
  message.set(body, HEADER_LENGTH)
  return message
}
