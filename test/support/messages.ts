import type { ProtocolError } from '../../bgp/wire/index.ts'
import { ProtocolError as Kind, toHex } from '../../bgp/wire/index.ts'
import { octets } from './update-octets.ts'

/** Messages built by hand from hex, with a header that is right unless told otherwise. */

export const MARKER = 'ff'.repeat(16)

/** A whole message; `length` as the header shall state it. */
export function message(
  type: number,
  body = '',
  length = 19 + body.replaceAll(' ', '').length / 2,
): Uint8Array {
  return octets(MARKER + hex(length, 2) + hex(type, 1) + body)
}

/** Version 4, AS 65001, hold time 90, identifier 10.0.0.1, unless told otherwise. */
export function openBody(
  fields: { version?: number; as?: number; hold?: number; id?: string; parameters?: string } = {},
): string {
  const { version = 4, as = 65001, hold = 90, id = '0a000001', parameters = '' } = fields
  const plain = parameters.replaceAll(' ', '')
  return hex(version, 1) + hex(as, 2) + hex(hold, 2) + id + hex(plain.length / 2, 1) + plain
}

/** One Capabilities parameter around these capabilities. */
export function capabilities(list: string): string {
  const plain = list.replaceAll(' ', '')
  return `02${hex(plain.length / 2, 1)}${plain}`
}

export function hex(value: number, width: number): string {
  return value.toString(16).padStart(2 * width, '0')
}

/** What `act` throws as `code/subcode data`; anything but a ProtocolError passes through. */
export function resetOf(act: () => unknown): string | undefined {
  try {
    act()
    return undefined
  } catch (error) {
    if (error instanceof Kind) return notificationText(error)
    throw error
  }
}

export function notificationText({ notification: { code, subcode, data } }: ProtocolError): string {
  return `${code}/${subcode} ${toHex(data)}`.trim()
}
