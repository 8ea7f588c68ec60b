/** Community values as text: `a:b` (RFC 1997) and `large:a:b:c` (RFC 8092); anything else is an alias. */
import { quote } from './diagnostics.ts'

export type CommunityValue =
  | { readonly type: 'standard' | 'large'; readonly text: string; readonly parts: readonly number[] }
  | { readonly problem: string; readonly hint: string }

const FORMS = 'write a:b with numbers up to 65535, or large:a:b:c with numbers up to 4294967295'
const U16 = 0xffff
const U32 = 0xffff_ffff

/** Text with a colon is a literal; without one it can only be an alias. */
export const isLiteral = (text: string): boolean => text.includes(':')

export function parseCommunity(text: string): CommunityValue {
  if (text.startsWith('large:')) return numbers(text, text.slice('large:'.length), 'large', 3, U32)
  if (text.split(':').length === 3) {
    const problem = `${quote(text)} has three parts`
    return { problem, hint: `for a large community write ${quote(`large:${text}`)}` }
  }
  return numbers(text, text, 'standard', 2, U16)
}

function numbers(
  text: string,
  digits: string,
  type: 'standard' | 'large',
  count: number,
  most: number,
): CommunityValue {
  const parts = digits.split(':').map((part) => (/^\d{1,10}$/.test(part) ? Number(part) : Number.NaN))
  if (parts.length === count && parts.every((part) => part <= most))
    return { type, text: parts.join(':'), parts }
  return { problem: `${quote(text)} is not a community`, hint: FORMS }
}

/** Ascending by number, which is also their order on the wire. */
export function compareParts(a: readonly number[], b: readonly number[]): number {
  for (const [at, part] of a.entries()) {
    const difference = part - (b[at] ?? 0)
    if (difference !== 0) return difference
  }
  return 0
}

/** Names that routers know (IANA) and MetalLB does not: the hint gives their value. */
export const WELL_KNOWN: Readonly<Record<string, string>> = {
  'graceful-shutdown': '65535:0',
  'accept-own': '65535:1',
  blackhole: '65535:666',
  'no-export': '65535:65281',
  'no-advertise': '65535:65282',
  'no-export-subconfed': '65535:65283',
  'no-peer': '65535:65284',
}
