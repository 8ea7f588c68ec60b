/**
 * Text that a peer sent: host names, versions, reasons for a shutdown. It ends up in logs and on terminals, so
 * whatever could move the cursor, forge a line or turn the reading direction is replaced (RFC 9003 section 6).
 */

const UNSAFE = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu

/** Undefined for octets that are no UTF-8. */
export function readableText(octets: Uint8Array): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })
      .decode(octets)
      .replace(UNSAFE, '\u{fffd}')
  } catch {
    return undefined
  }
}

/** UTF-8 of at most `most` octets, cut between characters. */
export function utf8(text: string, most: number): Uint8Array {
  const octets = new Uint8Array(most)
  return octets.subarray(0, new TextEncoder().encodeInto(text, octets).written)
}
