import { formatIpv4, readIpv4Text } from './ipv4.ts'

/** IPv6 addresses as text: read as RFC 4291 section 2.2 allows, written as RFC 5952 demands. */

const OCTETS = 16
const GROUPS = 8
const COLON = 0x3a

/** Undefined for text that is no address. A zone (`%eth0`) is none: it names an interface, not an address. */
export function parseIpv6(text: string): Uint8Array | undefined {
  const octets = new Uint8Array(OCTETS)
  let filled = 0
  let gap = -1
  let at = 0
  if (text.startsWith('::')) {
    gap = 0
    at = 2
  }
  while (at < text.length) {
    if (filled === OCTETS) return undefined
    const end = groupEnd(text, at)
    if (end === text.length && text.includes('.', at)) {
      if (filled > OCTETS - 4 || !readIpv4Text(text, at, octets, filled)) return undefined
      filled += 4
      break
    }
    const group = hexGroup(text, at, end)
    if (group < 0) return undefined
    octets[filled++] = group >> 8
    octets[filled++] = group & 0xff
    if (end === text.length) break
    at = end + 1
    if (text.charCodeAt(at) === COLON) {
      if (gap >= 0) return undefined
      gap = filled
      at++
    } else if (at === text.length) return undefined
  }
  return closeGap(octets, filled, gap)
}

function groupEnd(text: string, at: number): number {
  const colon = text.indexOf(':', at)
  return colon < 0 ? text.length : colon
}

/** One to four hex digits, or -1. */
function hexGroup(text: string, start: number, end: number): number {
  if (end === start || end > start + 4) return -1
  let value = 0
  for (let at = start; at < end; at++) {
    const digit = hexDigit(text.charCodeAt(at))
    if (digit < 0) return -1
    value = value * 16 + digit
  }
  return value
}

function hexDigit(code: number): number {
  if (code >= 0x30 && code <= 0x39) return code - 0x30
  const letter = (code | 0x20) - 0x61
  return letter >= 0 && letter < 6 ? letter + 10 : -1
}

/** `::` stands for one group of zeros or more, never for none. */
function closeGap(octets: Uint8Array, filled: number, gap: number): Uint8Array | undefined {
  if (gap < 0) return filled === OCTETS ? octets : undefined
  if (filled === OCTETS) return undefined
  octets.copyWithin(OCTETS - (filled - gap), gap, filled)
  octets.fill(0, gap, OCTETS - (filled - gap))
  return octets
}

/** Lower case, no leading zeros, the first longest run of two groups or more as `::` (RFC 5952 section 4). */
export function formatIpv6(octets: Uint8Array): string {
  const groups = Array.from(
    { length: GROUPS },
    (_, i) => ((octets[2 * i] ?? 0) << 8) | (octets[2 * i + 1] ?? 0),
  )
  if (isMapped(groups)) return `::ffff:${formatIpv4(octets, 12)}`
  const { start, length } = longestZeros(groups)
  if (length < 2) return hexGroups(groups)
  return `${hexGroups(groups.slice(0, start))}::${hexGroups(groups.slice(start + length))}`
}

function hexGroups(groups: readonly number[]): string {
  return groups.map((group) => group.toString(16)).join(':')
}

/** An IPv4-mapped address, of which RFC 5952 section 5 shows the IPv4 part as such. */
function isMapped(groups: readonly number[]): boolean {
  return groups[5] === 0xffff && groups.every((group, index) => index > 4 || group === 0)
}

function longestZeros(groups: readonly number[]): { start: number; length: number } {
  let best = { start: 0, length: 0 }
  let start = 0
  groups.forEach((group, index) => {
    if (group !== 0) start = index + 1
    else if (index + 1 - start > best.length) best = { start, length: index + 1 - start }
  })
  return best
}
