import { readableText, utf8 } from './text.ts'

/**
 * The shutdown communication (RFC 9003): one octet of length and UTF-8 text, in the data of Cease/Administrative
 * Shutdown and Cease/Administrative Reset.
 */

const TEXT_MOST = 255

/** Data for the NOTIFICATION: the text, cut between characters where it passes 255 octets. Empty text: no data. */
export function encodeShutdownText(text: string): Uint8Array {
  const octets = utf8(text, TEXT_MOST)
  return octets.length === 0 ? octets : Uint8Array.of(octets.length, ...octets)
}

/**
 * The text, made safe to show; empty where there is none, undefined where the data cannot be read as one. Octets
 * behind the text are ignored, and RFC 9003 section 4 asks for nothing more than logging it if it is wrong.
 */
export function decodeShutdownText(data: Uint8Array): string | undefined {
  const [length = 0] = data
  if (length >= data.length && data.length > 0) return undefined
  return readableText(data.subarray(1, 1 + length))
}
