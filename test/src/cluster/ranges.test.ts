import fc from 'fast-check'
import { expect, test } from 'vitest'
import { parsePrefix } from '../../../bgp/index.ts'
import { addressText, cidrsOf, type Interval, intervalOf, toNumber } from '../../../src/cluster/intervals.ts'
import { intervalText, parseRange } from '../../../src/cluster/ranges.ts'

const cidrs = (text: string): readonly string[] => {
  const range = parseRange(text)
  return 'interval' in range ? cidrsOf(range.interval) : [range.code]
}

test.each([
  ['192.0.2.0/24', ['192.0.2.0/24']],
  ['192.0.2.1/32', ['192.0.2.1/32']],
  [' 192.0.2.0/24 ', ['192.0.2.0/24']],
  ['198.51.100.10/24', ['198.51.100.0/24']],
  ['192.0.2.10 - 192.0.2.12', ['192.0.2.10/31', '192.0.2.12/32']],
  ['192.0.2.0-192.0.2.255', ['192.0.2.0/24']],
  ['192.0.2.5-192.0.2.5', ['192.0.2.5/32']],
  ['0.0.0.0-255.255.255.255', ['0.0.0.0/0']],
  ['0.0.0.0/0', ['0.0.0.0/0']],
  ['0.0.0.1-0.0.0.4', ['0.0.0.1/32', '0.0.0.2/31', '0.0.0.4/32']],
  ['fc00:f853:ccd:e799::/124', ['fc00:f853:ccd:e799::/124']],
  ['2001:DB8::5-2001:db8::8', ['2001:db8::5/128', '2001:db8::6/127', '2001:db8::8/128']],
  ['::-ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff', ['::/0']],
])('%s', (text, expected) => {
  expect(cidrs(text)).toEqual(expected)
})

test.each([
  ['192.0.2.1', 'InvalidRange'],
  ['192.0.2.0/33', 'InvalidRange'],
  ['192.0.2.0/-1', 'InvalidRange'],
  ['192.0.2.0/', 'InvalidRange'],
  ['192.0.2.0/2 4', 'InvalidRange'],
  ['192.0.2/24', 'InvalidRange'],
  ['192.0.2.9-192.0.2.1', 'InvalidRange'],
  ['192.0.2.1-9', 'InvalidRange'],
  ['192.0.2.1-192.0.2.3-192.0.2.5', 'InvalidRange'],
  ['1.2.3.4-fc00::1', 'MixedFamilies'],
  ['pool', 'InvalidRange'],
  ['', 'InvalidRange'],
])('refuses %j', (text, code) => {
  expect(cidrs(text)).toEqual([code])
})

test('says when a prefix has host bits', () => {
  expect(parseRange('198.51.100.10/24')).toMatchObject({ hostBits: true })
  expect(parseRange('198.51.100.0/24')).toMatchObject({ hostBits: false })
})

/** Intervals near each other and near the ends, where mistakes live. */
const intervals = fc
  .record({
    family: fc.constantFrom('ipv4' as const, 'ipv6' as const),
    high: fc.boolean(),
    at: fc.bigInt({ min: 0n, max: 300n }),
    size: fc.bigInt({ min: 0n, max: 300n }),
  })
  .map(({ family, high, at, size }): Interval => {
    const top = (1n << (family === 'ipv4' ? 32n : 128n)) - 1n
    return high ? { family, first: top - at - size, last: top - at } : { family, first: at, last: at + size }
  })

test('a decomposition holds the very addresses, ascending, in as few prefixes as a greedy twin needs', () => {
  fc.assert(
    fc.property(intervals, (interval) => {
      const blocks = cidrsOf(interval).map((cidr) => {
        const prefix = parsePrefix(cidr)
        if (prefix === undefined) throw new Error(`${cidr} is not canonical`)
        return intervalOf(prefix.address, prefix.length)
      })
      let next = interval.first
      for (const block of blocks) {
        expect(block.first).toBe(next)
        next = block.last + 1n
      }
      expect(next).toBe(interval.last + 1n)
      expect(blocks.length).toBe(fewestBlocks(interval.first, interval.last))
    }),
  )
})

/** Tries every block size at every step, smallest first: slow and plain. */
function fewestBlocks(first: bigint, last: bigint): number {
  let count = 0
  for (let at = first; at <= last; count++) {
    let size = 1n
    for (let next = 2n; at % next === 0n && at + next - 1n <= last; next *= 2n) size = next
    at += size
  }
  return count
}

test('the text of an interval parses to the interval again', () => {
  fc.assert(
    fc.property(intervals, (interval) => {
      const range = parseRange(intervalText(interval))
      expect('interval' in range && range.interval).toEqual(interval)
    }),
  )
})

test('addresses and numbers are two forms of one thing', () => {
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 16, maxLength: 16 }), (octets) => {
      expect(addressText(toNumber(octets), 'ipv6')).toMatch(/:/)
      expect(toNumber(octets)).toBe(BigInt(`0x${Buffer.from(octets).toString('hex')}`))
    }),
  )
})
