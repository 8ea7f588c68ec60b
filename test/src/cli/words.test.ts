import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { count, duration } from '../../../src/cli/words.ts'

describe('duration', () => {
  it.each([
    [0, '0ms'],
    [850, '850ms'],
    [1000, '1s'],
    [59_999, '59s'],
    [60_000, '1m'],
    [61_000, '1m1s'],
    [3_600_000, '1h'],
    [3_601_000, '1h'],
    [4_980_000, '1h23m'],
    [86_400_000, '1d'],
    [86_400_000 + 59_000, '1d'],
    [90_000_000, '1d1h'],
    [400 * 86_400_000, '400d'],
    [-5, '0ms'],
  ])('%d ms is %s', (ms, text) => expect(duration(ms)).toBe(text))

  it('never says more than there was, and little less', () => {
    const size = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const
    fc.assert(
      fc.property(fc.nat(10 ** 10), (ms) => {
        const parts = [...duration(ms).matchAll(/(\d+)(ms|[dhms])/g)]
        const said = parts.reduce(
          (sum, [, many, unit]) => sum + Number(many) * size[unit as keyof typeof size],
          0,
        )
        expect(said).toBeLessThanOrEqual(ms)
        expect(said).toBeGreaterThan(ms * 0.95 - 1000)
      }),
    )
  })
})

it('count speaks grammatically', () => {
  expect([count(0, 'error'), count(1, 'error'), count(2, 'error')]).toEqual([
    'no errors',
    '1 error',
    '2 errors',
  ])
})
