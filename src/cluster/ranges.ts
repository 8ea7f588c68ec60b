/** The items of IPAddressPool spec.addresses: `192.0.2.0/24`, `2001:db8::/64` or `192.0.2.10-192.0.2.20`. */
import { type Family, parseAddress } from '../../bgp/wire/index.ts'
import { quote } from './diagnostics.ts'
import {
  addressText,
  BITS,
  cidrsOf,
  familyOfOctets,
  type Interval,
  intervalOf,
  toNumber,
} from './intervals.ts'

/** A range, or why the text is none. */
export type RangeResult =
  | { readonly interval: Interval; readonly hostBits: boolean }
  | { readonly code: string; readonly problem: string; readonly hint: string }

const FORMS = 'write a prefix such as 192.0.2.0/24 or a range such as 192.0.2.10-192.0.2.20'

export function parseRange(text: string): RangeResult {
  const trimmed = text.trim()
  if (trimmed.includes('/') && !trimmed.includes('-')) return parseCidr(trimmed)
  return trimmed.includes('-') ? parseEnds(trimmed) : parseBare(trimmed)
}

function parseCidr(text: string): RangeResult {
  const slash = text.indexOf('/')
  const octets = parseAddress(text.slice(0, slash))
  if (octets === undefined) return invalid(`${quote(text.slice(0, slash))} is not an IP address`)
  const bits = BITS[familyOfOctets(octets)]
  const length = /^\d{1,3}$/.test(text.slice(slash + 1)) ? Number(text.slice(slash + 1)) : Number.NaN
  if (!(length <= bits))
    return invalid(`the prefix length of ${quote(text)} is not a number from 0 to ${bits}`)
  const interval = intervalOf(octets, length)
  return { interval, hostBits: interval.first !== toNumber(octets) }
}

function parseEnds(text: string): RangeResult {
  const ends = text.split('-').map((end) => end.trim())
  const [first, last] = ends.map(parseAddress)
  if (ends.length !== 2) return invalid(`${quote(text)} is not a range`)
  if (first === undefined) return invalid(`${quote(ends[0] ?? '')} is not an IP address`)
  if (last === undefined) return invalid(`${quote(ends[1] ?? '')} is not an IP address`)
  return between(text, first, last)
}

function between(text: string, start: Uint8Array, end: Uint8Array): RangeResult {
  const family = familyOfOctets(start)
  if (familyOfOctets(end) !== family) {
    const problem = `the range ${quote(text)} starts in one address family and ends in the other`
    return { code: 'MixedFamilies', problem, hint: 'give each family an entry of its own' }
  }
  const interval = { family, first: toNumber(start), last: toNumber(end) }
  if (interval.first <= interval.last) return { interval, hostBits: false }
  const problem = `the range ${quote(text)} ends before it starts`
  return { code: 'InvalidRange', problem, hint: `write ${rangeText(interval.last, interval.first, family)}` }
}

function parseBare(text: string): RangeResult {
  const octets = parseAddress(text)
  if (octets === undefined) return invalid(`${quote(text)} is neither a prefix nor a range of IP addresses`)
  const hint = `write ${text}/${octets.length * 8} for this one address`
  return { code: 'InvalidRange', problem: `${quote(text)} has no prefix length`, hint }
}

const invalid = (problem: string): RangeResult => ({ code: 'InvalidRange', problem, hint: FORMS })

const rangeText = (first: bigint, last: bigint, family: Family): string =>
  `${addressText(first, family)}-${addressText(last, family)}`

/** The shortest way to write an interval: a prefix where it is one. */
export function intervalText(interval: Interval): string {
  const [only, more] = cidrsOf(interval)
  if (only !== undefined && more === undefined) return only
  return rangeText(interval.first, interval.last, interval.family)
}
