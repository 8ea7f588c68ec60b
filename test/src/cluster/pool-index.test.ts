import fc from 'fast-check'
import { expect, test } from 'vitest'
import { type Pool, poolOf } from '../../../src/cluster/index.ts'
import { addressText, cidrsOf, type Interval } from '../../../src/cluster/intervals.ts'

const poolWith = (name: string, intervals: readonly Interval[]): Pool => ({
  name,
  ranges: intervals.map((interval) => ({ text: '', cidrs: cidrsOf(interval) })),
  labels: {},
  autoAssign: true,
  avoidBuggyIPs: false,
})

test('finds the pool at both ends of a range and not past them', () => {
  const pools = [poolWith('a', [{ family: 'ipv4', first: 0x0a00_0005n, last: 0x0a00_0009n }])]
  expect(poolOf(pools, '10.0.0.4')).toBeUndefined()
  expect(poolOf(pools, '10.0.0.5')?.name).toBe('a')
  expect(poolOf(pools, '10.0.0.9')?.name).toBe('a')
  expect(poolOf(pools, '10.0.0.10')).toBeUndefined()
  expect(poolOf(pools, '::a00:5')).toBeUndefined()
  expect(poolOf(pools, 'nonsense')).toBeUndefined()
  expect(poolOf([], '10.0.0.5')).toBeUndefined()
})

/** Cuts a stretch of 200 addresses into disjoint pieces and deals them out to pools. */
const layouts = fc.record({
  family: fc.constantFrom('ipv4' as const, 'ipv6' as const),
  base: fc.constantFrom(0n, 0xc000_0200n, 0xffff_ff00n),
  pieces: fc.array(
    fc.record({ skip: fc.integer({ min: 0, max: 9 }), size: fc.integer({ min: 1, max: 9 }) }),
    {
      maxLength: 10,
    },
  ),
})

test('agrees with looking through all ranges one by one', () => {
  fc.assert(
    fc.property(layouts, ({ family, base, pieces }) => {
      let at = base
      const intervals = pieces.map(({ skip, size }): Interval => {
        const first = at + BigInt(skip)
        at = first + BigInt(size)
        return { family, first, last: at - 1n }
      })
      const pools = ['a', 'b', 'c'].map((name, nth) =>
        poolWith(
          name,
          intervals.filter((_, i) => i % 3 === nth),
        ),
      )
      for (let address = base; address < base + 200n && address < 1n << 32n; address++) {
        const nth = intervals.findIndex(({ first, last }) => first <= address && address <= last)
        expect(poolOf(pools, addressText(address, family))?.name).toBe(['a', 'b', 'c'][nth % 3])
      }
    }),
    { numRuns: 30 },
  )
})
