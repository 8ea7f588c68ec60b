import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { internAttributes, type RouteAttributes } from '../../../bgp/rib/index.ts'

describe('interning attribute sets', () => {
  test('equal sets are one object, whatever their order and duplicates', () => {
    const a = internAttributes({ communities: ['64512:10', '64512:9', '64512:9'], med: 5 })
    const b = internAttributes({ med: 5, communities: ['64512:9', '64512:10'] })
    expect(b).toBe(a)
    expect(a.communities).toEqual(['64512:9', '64512:10'])
  })

  test('defaults and empty lists say nothing', () => {
    const nothing = internAttributes({})
    expect(internAttributes({ origin: 'igp', communities: [], largeCommunities: [], prepend: 0 })).toBe(
      nothing,
    )
    expect(internAttributes({ localPref: 100 })).not.toBe(nothing)
    expect(internAttributes({ med: 0 })).not.toBe(nothing)
  })

  test('an interned set is itself, and frozen', () => {
    const set = internAttributes({ largeCommunities: ['1:2:3'] })
    expect(internAttributes(set)).toBe(set)
    expect(Object.isFrozen(set)).toBe(true)
    expect(Object.isFrozen(set.largeCommunities)).toBe(true)
  })

  test('numbers and next hops are canonical', () => {
    expect(internAttributes({ communities: ['064512:007'] }).communities).toEqual(['64512:7'])
    expect(internAttributes({ nextHop: '2001:DB8:0::1' }).nextHop).toBe('2001:db8::1')
    expect(internAttributes({ extendedCommunities: ['0002FC0000000001'] })).toBe(
      internAttributes({ extendedCommunities: ['0002fc0000000001'] }),
    )
  })

  test.each<[string, RouteAttributes]>([
    ['community', { communities: ['65536:1'] }],
    ['community', { communities: ['1:2:3'] }],
    ['community', { communities: ['no-export'] }],
    ['large community', { largeCommunities: ['1:2'] }],
    ['large community', { largeCommunities: ['1:2:4294967296'] }],
    ['extended community', { extendedCommunities: ['12'] }],
    ['MED', { med: -1 }],
    ['MED', { med: 1.5 }],
    ['local preference', { localPref: 4294967296 }],
    ['prepend', { prepend: 256 }],
    ['next hop', { nextHop: '192.0.2.256' }],
    ['origin', { origin: 'bgp' as 'igp' }],
  ])('an impossible %s is refused by name: %j', (name, attributes) => {
    expect(() => internAttributes(attributes)).toThrow(RangeError)
    expect(() => internAttributes(attributes)).toThrow(new RegExp(`^${name} `))
  })

  test('identity is equality', () => {
    const community = fc
      .tuple(fc.integer({ min: 1, max: 3 }), fc.integer({ min: 1, max: 3 }))
      .map((p) => p.join(':'))
    const set = fc.record(
      { med: fc.integer({ min: 0, max: 2 }), communities: fc.array(community, { maxLength: 3 }) },
      { requiredKeys: [] },
    )
    const text = ({ med, communities = [] }: RouteAttributes) =>
      `${med} ${[...new Set(communities)].sort().join(' ')}`
    fc.assert(
      fc.property(set, set, (a, b) => {
        const [x, y] = [a, b].map((each) => internAttributes(JSON.parse(JSON.stringify(each))))
        expect(x === y).toBe(text(a as RouteAttributes) === text(b as RouteAttributes))
      }),
    )
  })
})
