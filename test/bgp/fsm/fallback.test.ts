import { describe, expect, test } from 'vitest'
import { afterRefusal, type Fallback, NO_FALLBACK } from '../../../bgp/fsm/fallback.ts'
import { CAPABILITY_CODE, FEATURES, type Feature } from '../../../bgp/fsm/features.ts'

const all = { offered: new Set(FEATURES), required: new Set<Feature>() }
const refusal = (subcode: number, ...data: number[]) => ({ code: 2, subcode, data: Uint8Array.from(data) })
const sorted = (fallback: Fallback) => [...fallback].sort()

/** Fallbacks until the whole offer is made again. */
function ladder(terms = all): string[][] {
  const rungs: string[][] = []
  for (
    let now = afterRefusal(NO_FALLBACK, terms, refusal(4));
    now.size > 0;
    now = afterRefusal(now, terms, refusal(4))
  ) {
    rungs.push(sorted(now))
  }
  return rungs
}

describe('a refusal that names nothing', () => {
  test('goes down the ladder, each time with less, to the bare OPEN, and then starts over', () => {
    const rungs = ladder()
    const sizes = rungs.map((rung) => rung.length)
    expect(sizes).toEqual([2, 7, 8, 10])
    expect(rungs.at(-1)).toEqual([...FEATURES].sort())
  })

  test('skips rungs with nothing on them', () => {
    expect(ladder({ ...all, offered: new Set(['multiprotocol', 'as4']) })).toEqual([['as4', 'multiprotocol']])
  })

  test('never drops what the session cannot do without', () => {
    const rungs = ladder({ ...all, required: new Set(['multiprotocol']) })
    expect(rungs.flat()).not.toContain('multiprotocol')
    expect(rungs.at(-1)).toHaveLength(FEATURES.length - 1)
  })
})

describe('a refusal that names capabilities', () => {
  test.each(FEATURES)('2/7 naming %s drops just that', (feature) => {
    expect(sorted(afterRefusal(NO_FALLBACK, all, refusal(7, CAPABILITY_CODE[feature], 0)))).toEqual([feature])
  })

  test('2/4 with the optional parameter that held them', () => {
    const data = [2, 4, CAPABILITY_CODE.fqdn, 0, CAPABILITY_CODE.extendedMessages, 0]
    expect(sorted(afterRefusal(NO_FALLBACK, all, refusal(4, ...data)))).toEqual(['extendedMessages', 'fqdn'])
  })

  test('naming all of them is naming none', () => {
    const data = FEATURES.flatMap((feature) => [CAPABILITY_CODE[feature], 0])
    expect(sorted(afterRefusal(NO_FALLBACK, all, refusal(7, ...data)))).toEqual(['fqdn', 'softwareVersion'])
  })

  test('adds to what was dropped before', () => {
    const before = new Set<Feature>(['fqdn'])
    const after = afterRefusal(before, all, refusal(7, CAPABILITY_CODE.addPath, 4, 0, 1, 1, 3))
    expect(sorted(after)).toEqual(['addPath', 'fqdn'])
  })

  test('naming what is required goes down the ladder instead of repeating the same OPEN', () => {
    const terms = { ...all, required: new Set<Feature>(['multiprotocol']) }
    expect(afterRefusal(NO_FALLBACK, terms, refusal(7, 1, 4, 0, 2, 0, 1)).size).toBeGreaterThan(0)
  })

  test('naming what we left out makes the whole offer again: the peer requires it', () => {
    const before = new Set<Feature>(['as4'])
    expect(afterRefusal(before, all, refusal(7, CAPABILITY_CODE.as4, 4, 0, 0, 0, 1)).size).toBe(0)
  })

  test('octets that are no capabilities are no names', () => {
    expect(sorted(afterRefusal(NO_FALLBACK, all, refusal(4, 255)))).toEqual(['fqdn', 'softwareVersion'])
  })
})

test.each([
  { code: 2, subcode: 2 },
  { code: 2, subcode: 6 },
  { code: 6, subcode: 7 },
])('$code/$subcode is not about capabilities', ({ code, subcode }) => {
  const before = new Set<Feature>(['fqdn'])
  expect(afterRefusal(before, all, { code, subcode, data: new Uint8Array(0) })).toBe(before)
})
