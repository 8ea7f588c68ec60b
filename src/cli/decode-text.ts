/** Decoded messages for people: in words, and octet by octet. Pure. */
import { dissect, type SessionContext, toHex } from '../../bgp/wire/index.ts'
import type { Decoded } from './decode-line.ts'
import { messageWords } from './message-words.ts'
import type { Paint, Style } from './style.ts'
import { printable } from './table.ts'

const LABEL = 12

/** The message in words, its verdict, and why. */
export function decodedText(decoded: Decoded, style: Style): string {
  if ('error' in decoded) return `${style.bad('not a message')}: ${printable(decoded.error)}\n`
  const { type, octets, message, outcome } = decoded
  const heading = `${style.strong(type)}, ${octets.length} octets: ${paintOf(outcome.action, style)(outcome.action)}`
  const words = message === undefined ? [] : messageWords(message)
  const sent = outcome.notification
  const lines = [
    heading,
    ...words.map(([label, text]) => `  ${label.padEnd(LABEL)}  ${printable(text)}`),
    ...outcome.reasons.map((reason) => `  ${style.doubtful('note'.padEnd(LABEL))}  ${printable(reason)}`),
    ...(sent === null
      ? []
      : [
          `  ${'answer'.padEnd(LABEL)}  NOTIFICATION ${sent.code}/${sent.subcode}${sent.data && `, data ${sent.data}`}`,
        ]),
  ]
  return lines.map((line) => `${line}\n`).join('')
}

function paintOf(action: Decoded['outcome']['action'], style: Style): Paint {
  switch (action) {
    case 'accept':
      return style.good
    case 'attribute-discard':
    case 'treat-as-withdraw':
      return style.doubtful
    case 'session-reset':
      return style.bad
  }
}

/** So many octets of a field are shown on its line. */
const SHOWN_OCTETS = 16

/** One line per field: where it starts, its octets, its name and what it says. */
export function dissectedText(decoded: Decoded, ctx: SessionContext, style: Style): string {
  if ('error' in decoded) return ''
  const { octets } = decoded
  return dissect(octets, ctx)
    .map(({ offset, length, name, value, depth }) => {
      const bytes = toHex(octets.subarray(offset, offset + Math.min(length, SHOWN_OCTETS)))
      const shown = (bytes + (length > SHOWN_OCTETS ? '..' : '')).padEnd(2 * SHOWN_OCTETS + 2)
      const place = style.quiet(String(offset).padStart(5))
      return `${place}  ${shown}  ${'  '.repeat(depth)}${printable(value === '' ? name : `${name}: ${value}`)}\n`
    })
    .join('')
}
