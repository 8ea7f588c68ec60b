import { ErrorCode, HeaderError } from './error-codes.ts'
import { MalformedNotification, ProtocolError } from './errors.ts'
import { MessageFramer } from './framer.ts'
import { hasBadMarker, lengthOctets, messageTypeName } from './header.ts'
import { toHex } from './hex.ts'
import {
  type DecodedMessage,
  decodeMessage,
  type Message,
  type MessageAction,
  receiveLimit,
} from './message.ts'
import { describeNotification } from './notification.ts'
import { HEADER_LENGTH, type MessageTypeName, type SessionContext } from './types.ts'

/**
 * What a session would do about given octets, told instead of done: the very framer and decoder of the session, with
 * their errors as data. Nothing is judged that needs configuration, such as which AS the peer should have.
 *
 * A stream would wait for the rest of a message, but here the octets are all there is. So octets that are not whole
 * messages are reported as what they are to the reader, a length field that disagrees with what is there (1/2).
 * Several whole messages are taken one after another, as a session would; the strongest action counts.
 */

/** Plain data: JSON.stringify shows all of it. */
export interface Examination {
  /** Of the first message. */
  readonly type: MessageTypeName | 'UNKNOWN'
  /** The first message, if it can be read. */
  readonly message?: ExaminedMessage
  readonly outcome: Outcome
}

export interface Outcome {
  readonly action: MessageAction | 'session-reset'
  /** To be sent on a reset; null also for a reset without one. The data in hex. */
  readonly notification: { readonly code: number; readonly subcode: number; readonly data: string } | null
  /** Sentences with the clause. */
  readonly reasons: readonly string[]
}

/** As decoded; a NOTIFICATION in words as well, and its data in hex. */
export type ExaminedMessage = Exclude<Message, { type: 'NOTIFICATION' }> | ExaminedNotification

export interface ExaminedNotification {
  readonly type: 'NOTIFICATION'
  readonly code: number
  readonly subcode: number
  readonly data: string
  readonly name: string
  readonly text?: string
}

/** Total: never throws, whatever the octets. */
export function examine(octets: Uint8Array, ctx: SessionContext): Examination {
  const framer = new MessageFramer(receiveLimit(ctx))
  framer.push(octets)
  const decoded: DecodedMessage[] = []
  const failure = decodeAll(framer, ctx, decoded) ?? leftover(octets, framer.buffered)
  const [first] = decoded
  return {
    type: first?.type ?? messageTypeName(octets[HEADER_LENGTH - 1] ?? 0) ?? 'UNKNOWN',
    ...(first && { message: plain(first.message) }),
    outcome: failure === undefined ? accepted(decoded) : reset(decoded, failure),
  }
}

/** Decodes message after message until one fails, which is returned, or the octets end. */
function decodeAll(
  framer: MessageFramer,
  ctx: SessionContext,
  decoded: DecodedMessage[],
): ProtocolError | undefined {
  try {
    for (let next = framer.next(); next !== undefined; next = framer.next())
      decoded.push(decodeMessage(next, ctx))
    return undefined
  } catch (error) {
    if (error instanceof ProtocolError) return error
    throw error
  }
}

/** What is wrong when the octets end inside a message, if they do. */
function leftover(octets: Uint8Array, left: number): ProtocolError | undefined {
  if (left === 0 && octets.length > 0) return undefined
  const tail = octets.subarray(octets.length - left)
  if (hasBadMarker(tail)) {
    const reason = 'the marker is not all ones (RFC 4271 section 6.1)'
    return new ProtocolError(ErrorCode.header, HeaderError.notSynchronized, reason)
  }
  const stated = lengthOctets(tail)
  const told =
    stated.length < 2
      ? 'not even a whole header'
      : `its header says ${(stated[0] ?? 0) * 256 + (stated[1] ?? 0)}`
  const reason = `the octets end inside a message: ${left} are there, ${told} (RFC 4271 section 6.1)`
  return new ProtocolError(
    ErrorCode.header,
    HeaderError.badLength,
    reason,
    stated.length < 2 ? undefined : stated,
  )
}

const STRENGTH: readonly MessageAction[] = ['accept', 'attribute-discard', 'treat-as-withdraw']

function accepted(decoded: readonly DecodedMessage[]): Outcome {
  const strongest = decoded.reduce((found, { action }) => Math.max(found, STRENGTH.indexOf(action)), 0)
  return { action: STRENGTH[strongest] ?? 'accept', notification: null, reasons: reasonsOf(decoded) }
}

function reset(decoded: readonly DecodedMessage[], failure: ProtocolError): Outcome {
  const reasons = [...reasonsOf(decoded), numbered(failure.message, decoded.length, decoded.length + 1)]
  if (failure instanceof MalformedNotification) {
    reasons.push('a NOTIFICATION is never answered (RFC 4271 section 6.4)')
    return { action: 'session-reset', notification: null, reasons }
  }
  const { code, subcode, data } = failure.notification
  return { action: 'session-reset', notification: { code, subcode, data: toHex(data) }, reasons }
}

function reasonsOf(decoded: readonly DecodedMessage[]): string[] {
  const reasons = decoded.flatMap(({ faults }, index) =>
    faults.map(({ reason }) => numbered(reason, index, decoded.length)),
  )
  return decoded.length > 1 ? [`${decoded.length} messages, taken in order`, ...reasons] : reasons
}

/** Says which message is meant, where there are several. */
function numbered(reason: string, index: number, count: number): string {
  return count > 1 ? `message ${index + 1}: ${reason}` : reason
}

function plain(message: Message): ExaminedMessage {
  if (message.type !== 'NOTIFICATION') return message
  const { type, code, subcode, data } = message
  return { type, code, subcode, data: toHex(data), ...describeNotification(message) }
}
