/**
 * One line of input as one answer, whatever the line held: a message with its verdict, or what kept it from being
 * read. Pure.
 */
import { type Examination, examine, type SessionContext, toHex } from '../../bgp/wire/index.ts'
import { parseHexLine } from './hex-line.ts'
import type { Line } from './lines.ts'

export interface Unreadable {
  readonly type: null
  readonly error: string
  readonly outcome: Examination['outcome']
}

export type Decoded = (Examination & { readonly octets: Uint8Array }) | Unreadable

export function decodeLine(line: Line, ctx: SessionContext): Decoded {
  if ('tooLong' in line) return unreadable(`the line is too long for a message: ${line.tooLong} characters`)
  const hex = parseHexLine(line.text)
  return 'error' in hex ? unreadable(hex.error) : { ...examine(hex.octets, ctx), octets: hex.octets }
}

const unreadable = (error: string): Unreadable => ({
  type: null,
  error,
  outcome: { action: 'session-reset', notification: null, reasons: [error] },
})

/** `{"type", ...fields of the message, "outcome"}` on one line; octets as hex. */
export function jsonLine(decoded: Decoded): string {
  if ('error' in decoded) return JSON.stringify(decoded)
  const { type, message, outcome } = decoded
  return JSON.stringify({ ...message, type: type ?? null, outcome }, hexOctets)
}

const hexOctets = (_: string, value: unknown): unknown => {
  if (value instanceof Uint8Array) return toHex(value)
  return value instanceof Set ? [...value] : value
}
