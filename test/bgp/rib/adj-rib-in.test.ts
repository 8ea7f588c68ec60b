import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { AdjRibIn } from '../../../bgp/rib/index.ts'
import {
  type DecodedUpdate,
  decodeUpdate,
  encodeUpdate,
  type Family,
  fromHex,
  HEADER_LENGTH,
  type Nlri,
  type PathAttributes,
  type UpdateValues,
} from '../../../bgp/wire/index.ts'
import { Reader } from '../../../bgp/wire/reader.ts'
import { context } from './sessions.ts'

const PATH: PathAttributes = {
  origin: 'igp',
  asPath: [{ type: 'sequence', asns: [64513] }],
  nextHop: '192.0.2.1',
}
const { nextHop: _, ...REST } = PATH

function received(values: UpdateValues, ctx = context()): DecodedUpdate {
  return decodeUpdate(new Reader(encodeUpdate(values, ctx), HEADER_LENGTH), ctx)
}

function announce(...prefixes: readonly string[]): DecodedUpdate {
  const [first = ''] = prefixes
  const nlri = prefixes.map((prefix) => ({ prefix }))
  if (!first.includes(':')) return received({ attributes: PATH, nlri })
  return received({ attributes: REST, reach: { family: 'ipv6', nextHop: '2001:db8::1', nlri } })
}

function withdraw(...prefixes: readonly string[]): DecodedUpdate {
  const nlri = prefixes.map((prefix) => ({ prefix }))
  return prefixes[0]?.includes(':')
    ? received({ unreach: { family: 'ipv6', nlri } })
    : received({ withdrawn: nlri })
}

test('shows the AS numbers that a 2-octet peer passed on beside AS_TRANS (RFC 6793 section 4.2.3)', () => {
  const big = [{ type: 'sequence', asns: [64513, 4200000000] }] as const
  const rib = new AdjRibIn()
  const nlri = [{ prefix: '10.0.0.0/24' }]
  rib.apply(received({ attributes: { ...PATH, asPath: big }, nlri }, { ...context(), as4: false }))
  expect([...rib.entries()][0]?.attributes).toEqual({ ...PATH, asPath: big })
})

const exactly = (prefixes: number) => ({ prefixes, exact: true })

describe('the Adj-RIB-In', () => {
  test('shows what was received, each route with its own next hop', () => {
    const rib = new AdjRibIn()
    rib.apply(announce('10.0.0.0/24', '0.0.0.0/0'))
    rib.apply(announce('2001:db8::/32'))
    expect([...rib.entries()]).toEqual([
      { family: 'ipv4', prefix: '10.0.0.0/24', attributes: PATH },
      { family: 'ipv4', prefix: '0.0.0.0/0', attributes: PATH },
      { family: 'ipv6', prefix: '2001:db8::/32', attributes: { ...REST, nextHop: '2001:db8::1' } },
    ])
    expect(rib.counts()).toEqual({ ipv4: exactly(2), ipv6: exactly(1) })
    rib.clear()
    expect([...rib.entries()]).toEqual([])
    expect(rib.counts()).toEqual({ ipv4: exactly(0), ipv6: exactly(0) })
  })

  test('equal attributes of different messages are kept once', () => {
    const rib = new AdjRibIn()
    rib.apply(announce('10.0.0.1/32'))
    rib.apply(announce('10.0.0.2/32'))
    const [a, b] = [...rib.entries('ipv4')]
    expect(b?.attributes).toBe(a?.attributes)
  })

  test('a route that RFC 7606 treats as withdrawn is gone', () => {
    const rib = new AdjRibIn()
    rib.apply(announce('10.0.0.1/32', '10.0.0.2/32'))
    // ORIGIN 3 does not exist.
    const bad = fromHex(
      '00000014 40010103 4002060201 0000fc01 400304c0000201 20 0a000001'.replaceAll(' ', ''),
    )
    const update = decodeUpdate(new Reader(bad as Uint8Array), context())
    expect(update.action).toBe('treat-as-withdraw')
    rib.apply(update)
    expect([...rib.entries()].map(({ prefix }) => prefix)).toEqual(['10.0.0.2/32'])
  })

  test('host bits set by the peer do not make another prefix', () => {
    const rib = new AdjRibIn()
    rib.apply(announce('10.0.0.0/23'))
    const dirty = fromHex(
      '0000 0014 40010100 4002060201 0000fc01 400304c0000201 17 0a0001'.replaceAll(' ', ''),
    )
    rib.apply(decodeUpdate(new Reader(dirty as Uint8Array), context()))
    expect(rib.counts().ipv4).toEqual(exactly(1))
    rib.apply(withdraw('10.0.0.0/23'))
    expect(rib.counts().ipv4).toEqual(exactly(0))
  })

  test('paths of one prefix are told apart by their identifiers', () => {
    const ctx = context({ addPath: new Set<Family>(['ipv4']) })
    const nlri: Nlri[] = [1, 2].map((pathId) => ({ prefix: '10.0.0.1/32', pathId }))
    const rib = new AdjRibIn()
    rib.apply(received({ attributes: PATH, nlri }, ctx))
    expect(rib.counts().ipv4).toEqual(exactly(2))
    rib.apply(received({ withdrawn: nlri.slice(0, 1) }, ctx))
    expect([...rib.entries()].map(({ pathId }) => pathId)).toEqual([2])
  })

  test('counts are exact, whatever comes again or goes', () => {
    const prefix = fc.oneof(
      fc.integer({ min: 0, max: 20 }).map((n) => `10.0.${n}.0/24`),
      fc.integer({ min: 1, max: 20 }).map((n) => `2001:db8:${n.toString(16)}::/48`),
    )
    fc.assert(
      fc.property(fc.array(fc.tuple(prefix, fc.boolean()), { maxLength: 100 }), (steps) => {
        const rib = new AdjRibIn({ display: 5 })
        const twin = new Set<string>()
        for (const [at, up] of steps) {
          rib.apply(up ? announce(at) : withdraw(at))
          if (up) twin.add(at)
          else twin.delete(at)
        }
        const six = [...twin].filter((at) => at.includes(':')).length
        expect(rib.counts()).toEqual({ ipv4: exactly(twin.size - six), ipv6: exactly(six) })
        for (const route of rib.entries()) expect(twin.has(route.prefix)).toBe(true)
        expect([...rib.entries('ipv4')].length).toBeLessThanOrEqual(5)
      }),
    )
  })

  test('beyond its bounds it counts and keeps nothing', () => {
    const rib = new AdjRibIn({ display: 10, distinct: 100 })
    const all = Array.from({ length: 300 }, (__, n) => `10.0.${n >> 8}.${n & 255}/32`)
    rib.apply(announce(...all))
    expect([...rib.entries()]).toHaveLength(10)
    expect(rib.counts().ipv4).toEqual({ prefixes: 300, exact: false })
    rib.apply(withdraw(...all))
    expect(rib.counts().ipv4).toEqual({ prefixes: 0, exact: false })
    expect([...rib.entries()]).toEqual([])
  })

  test('a changed route is shown changed', () => {
    const rib = new AdjRibIn()
    rib.apply(announce('10.0.0.1/32'))
    rib.apply(received({ attributes: { ...PATH, med: 5 }, nlri: [{ prefix: '10.0.0.1/32' }] }))
    expect([...rib.entries()].map(({ attributes }) => attributes.med)).toEqual([5])
  })

  test('says when a limit is passed, by distinct prefixes', () => {
    const rib = new AdjRibIn({ display: 1, distinct: 1, limits: { ipv4: 3 } })
    for (let again = 0; again < 3; again++) {
      expect(rib.apply(announce('10.0.0.1/32', '10.0.0.2/32', '10.0.0.3/32'))).toBeUndefined()
    }
    expect(rib.apply(announce('10.0.0.4/32'))).toEqual({ family: 'ipv4', limit: 3, prefixes: 4 })
    expect(rib.apply(withdraw('10.0.0.1/32'))).toBeUndefined()
  })
})
