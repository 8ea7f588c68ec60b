import type { Notification } from './types.ts'

/**
 * The one error the wire room throws: bytes that must end the session. It carries the NOTIFICATION that RFC 4271
 * section 6 wants sent, and a sentence with the clause for people.
 */
export class ProtocolError extends Error {
  readonly notification: Notification

  constructor(code: number, subcode: number, reason: string, data: Uint8Array = new Uint8Array(0)) {
    super(reason)
    this.name = 'ProtocolError'
    this.notification = { code, subcode, data }
  }
}

/**
 * A NOTIFICATION that cannot be read. It ends the session like any other and is logged, but never answered (RFC 4271
 * section 6.4): `notification` only says what was wrong, in the terms of an answer.
 */
export class MalformedNotification extends ProtocolError {}
