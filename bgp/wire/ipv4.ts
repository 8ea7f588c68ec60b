/** IPv4 addresses as text: four decimal numbers, as RFC 6943 section 3.1.1 calls the strict form. */

const ZERO = 0x30
const DOT = 0x2e

/**
 * Writes the address that stands in `text` from `start` to its end into `into` at `offset`. False for anything but
 * four decimals of 0..255: a leading zero is refused, since some readers take such a number for octal.
 */
export function readIpv4Text(text: string, start: number, into: Uint8Array, offset: number): boolean {
  let value = -1
  let field = 0
  for (let at = start; at < text.length; at++) {
    const code = text.charCodeAt(at)
    const digit = code - ZERO
    if (code === DOT && value >= 0 && field < 3) {
      into[offset + field++] = value
      value = -1
    } else if (digit >= 0 && digit <= 9 && value !== 0) {
      value = value < 0 ? digit : value * 10 + digit
      if (value > 255) return false
    } else return false
  }
  into[offset + 3] = value
  return field === 3 && value >= 0
}

export function formatIpv4(octets: Uint8Array, at = 0): string {
  return `${octets[at]}.${octets[at + 1]}.${octets[at + 2]}.${octets[at + 3]}`
}
