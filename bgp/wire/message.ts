import { ErrorCode, HeaderError } from './error-codes.ts'
import { ProtocolError } from './errors.ts'
import { frameMessage, lengthOctets, readHeader } from './header.ts'
import { decodeNotification, type NotificationMessage, notificationRemarks } from './notification.ts'
import { decodeOpen, type OpenMessage } from './open.ts'
import { openRemarks, validateOpen } from './open-rules.ts'
import { Reader } from './reader.ts'
import { decodeRouteRefresh, type RouteRefreshMessage, refreshRemarks } from './route-refresh.ts'
import {
  HEADER_LENGTH,
  MAX_EXTENDED_MESSAGE,
  MAX_MESSAGE,
  MessageType,
  type SessionContext,
} from './types.ts'
import { decodeUpdate, type UpdateMessage } from './update.ts'

/** Any message, octets to value: the one entrance for sessions, tools and tests alike. */

export interface KeepaliveMessage {
  readonly type: 'KEEPALIVE'
}

export type Message =
  | OpenMessage
  | UpdateMessage
  | NotificationMessage
  | KeepaliveMessage
  | RouteRefreshMessage

/** What RFC 7606 makes of a message that leaves the session up, weakest first. Only an UPDATE can be but accepted. */
export type MessageAction = 'accept' | 'attribute-discard' | 'treat-as-withdraw'

/** Something in a message that was forgiven, or is worth knowing. */
export interface MessageFault {
  readonly action: MessageAction
  /** A sentence for people, with the clause. */
  readonly reason: string
}

interface Decoded<M extends Message> {
  readonly type: M['type']
  readonly message: M
  readonly action: MessageAction
  readonly faults: readonly MessageFault[]
}

/** Told apart by `type`; that of an UPDATE is a DecodedUpdate. */
export type DecodedMessage =
  | Decoded<OpenMessage>
  | (Decoded<UpdateMessage> & ReturnType<typeof decodeUpdate>)
  | Decoded<NotificationMessage>
  | Decoded<KeepaliveMessage>
  | Decoded<RouteRefreshMessage>

/** The longest message a session takes that offered extended messages, or did not (RFC 8654 section 4). */
export function receiveLimit(ctx: SessionContext): number {
  return ctx.extendedMessages ? MAX_EXTENDED_MESSAGE : MAX_MESSAGE
}

/**
 * Decodes one whole message, header included. Of an OPEN all is judged that does not depend on configuration; see
 * `validateOpen` for the rest. Throws ProtocolError, and nothing else, for what must end the session.
 */
export function decodeMessage(message: Uint8Array, ctx: SessionContext): DecodedMessage {
  const type = wholeMessageType(message, ctx)
  const body = new Reader(message, HEADER_LENGTH)
  switch (type) {
    case 'OPEN': {
      const open = decodeOpen(body)
      validateOpen(open)
      return accepted(open, openRemarks(open))
    }
    case 'UPDATE':
      return { type, ...decodeUpdate(body, ctx) }
    case 'NOTIFICATION': {
      const notification = decodeNotification(body)
      return accepted(notification, notificationRemarks(notification))
    }
    case 'KEEPALIVE':
      return accepted({ type }, [])
    case 'ROUTE-REFRESH': {
      const refresh = decodeRouteRefresh(message)
      return accepted(refresh, refreshRemarks(message, refresh, ctx))
    }
  }
}

/** Throws ProtocolError 1/x: a header that is wrong, or speaks of another length than the octets at hand. */
function wholeMessageType(message: Uint8Array, ctx: SessionContext): Message['type'] {
  if (message.length >= HEADER_LENGTH) {
    const { length, type } = readHeader(message, 0, receiveLimit(ctx))
    if (length === message.length) return type
  }
  const reason = `the length field does not say ${message.length} octets (RFC 4271 section 6.1)`
  throw new ProtocolError(ErrorCode.header, HeaderError.badLength, reason, lengthOctets(message))
}

function accepted<M extends Message>(message: M, remarks: Iterable<string>): Decoded<M> {
  const faults = Array.from(remarks, (reason) => ({ action: 'accept', reason }) as const)
  return { type: message.type, message, action: 'accept', faults }
}

/** The whole message; the same octets each time. */
export function encodeKeepalive(): Uint8Array {
  return frameMessage(MessageType.keepalive)
}
