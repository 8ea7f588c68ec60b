/** Octets as people paste them: hex with blanks, colons, commas or 0x in between. Pure. */

export type HexLine = { readonly octets: Uint8Array } | { readonly error: string }

/** All that may stand between octets. */
const SEPARATORS = /[\s:,]+|(?<![0-9a-f])0x/gi
const HEX = /^[0-9a-f]*$/i

export function parseHexLine(text: string): HexLine {
  const digits = HEX.test(text) ? text : text.replaceAll(SEPARATORS, '')
  if (digits === '') return { error: 'the line is empty' }
  if (!HEX.test(digits)) return { error: strangerIn(text) }
  if (digits.length % 2 !== 0) return { error: `an odd number of hex digits: ${digits.length}` }
  return { octets: new Uint8Array(Buffer.from(digits, 'hex')) }
}

/** Names the first character that has no business there. */
function strangerIn(text: string): string {
  const allowed = text.replaceAll(SEPARATORS, (found) => '0'.repeat(found.length))
  const at = allowed.search(/[^0-9a-f]/i)
  const character = text.charAt(at)
  const shown = /[\x21-\x7e]/.test(character) ? `"${character}"` : 'what stands'
  return `not hex: ${shown} at character ${at + 1}`
}
