import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { mergeAs4 } from '../../../bgp/wire/as-path.ts'
import { encodeUpdate, type UpdateValues } from '../../../bgp/wire/encode-update.ts'
import { ProtocolError } from '../../../bgp/wire/errors.ts'
import { toHex } from '../../../bgp/wire/hex.ts'
import { Reader } from '../../../bgp/wire/reader.ts'
import type { Nlri, SessionContext } from '../../../bgp/wire/types.ts'
import { decodeUpdate, routeChanges, type UpdateMessage } from '../../../bgp/wire/update.ts'
import { update } from '../../support/arbitrary-update.ts'
import { context, decodeBody, octets, updateBody } from '../../support/update-octets.ts'

const HEADER_LENGTH = 19

const CONTEXTS = [true, false].flatMap((as4) =>
  [true, false].flatMap((ebgp) =>
    [[], ['ipv4'], ['ipv4', 'ipv6']].map((addPath) =>
      // The longest messages, so that no generated one is too long.
      ({ ...context({ as4, ebgp, addPath: addPath as [] }), extendedMessages: true }),
    ),
  ),
)

function decode(message: Uint8Array, ctx: SessionContext) {
  return decodeUpdate(new Reader(message, HEADER_LENGTH), ctx)
}

/** The message as the values it was made of. */
function values({ withdrawn, attributes, nlri, reach, unreach }: UpdateMessage): UpdateValues {
  return {
    withdrawn: [...withdrawn],
    attributes: mergeAs4(attributes),
    nlri: [...nlri],
    ...(reach && { reach: { ...reach, nlri: [...reach.nlri] } }),
    ...(unreach && { unreach: { ...unreach, nlri: [...unreach.nlri] } }),
  }
}

describe('encode, then decode', () => {
  it.each(CONTEXTS)('is the same value: as4 $as4, ebgp $ebgp, add-path $addPath', (ctx) => {
    // Towards a 2-octet peer large numbers travel in AS4_PATH; merging is judged in as-path.test.ts.
    const maxAsn = ctx.as4 ? 0xffff_ffff : 0xffff
    fc.assert(
      fc.property(update(ctx, maxAsn), (value) => {
        const message = encodeUpdate(value, ctx)
        let decoded: UpdateMessage
        try {
          decoded = decode(message, ctx).message
        } catch (error) {
          // An AS_SET without a reachable prefix ends the session (RFC 9774, RFC 7606 section 5.2).
          expect(error).toBeInstanceOf(ProtocolError)
          fc.pre(false)
          return
        }
        expect(values(decoded)).toEqual(value)
        expect(toHex(encodeUpdate(decoded, ctx))).toBe(toHex(message))
      }),
      { numRuns: 150 },
    )
  })

  it('orders attributes by type, MP attributes in front (RFC 7606 section 5.1)', () => {
    const message = encodeUpdate(
      {
        attributes: {
          unknown: [{ type: 20, flags: 0xc0, value: '' }],
          largeCommunities: ['1:2:3'],
          communities: ['1:2'],
          nextHop: '192.0.2.1',
          asPath: [],
          origin: 'igp',
        },
        reach: { family: 'ipv6', nextHop: '2001:db8::1', nlri: [{ prefix: '2001:db8::/32' }] },
      },
      context(),
    )
    const mp = '800e1a 0002 01 10 20010db8000000000000000000000001 00 20 20010db8'
    const rest = '400101 00 400200 400304 c0000201 c00804 00010002 c01400 c0200c 000000010000000200000003'
    expect(toHex(message.subarray(HEADER_LENGTH + 4))).toBe(`${mp}${rest}`.replaceAll(' ', ''))
  })

  it('refuses a message longer than the session allows, and text that is no prefix', () => {
    const nlri = Array.from({ length: 900 }, (_, at) => ({ prefix: `10.0.${at >> 8}.${at & 255}/32` }))
    expect(() => encodeUpdate({ nlri }, context())).toThrow(/4523 octets, 4096/)
    expect(encodeUpdate({ nlri }, { ...context(), extendedMessages: true })).toHaveLength(4523)
    expect(() => encodeUpdate({ nlri: [{ prefix: '10.0.0.1/24' }] }, context())).toThrow(RangeError)
    expect(() => encodeUpdate({ nlri: [{ prefix: '2001:db8::/32' }] }, context())).toThrow(
      /not an ipv4 prefix/,
    )
  })

  it('reads 810 host routes in less than a millisecond', () => {
    const nlri = Array.from({ length: 810 }, (_, at) => ({ prefix: `10.0.${at >> 8}.${at & 255}/32` }))
    const message = encodeUpdate(
      { attributes: { origin: 'igp', asPath: [], nextHop: '192.0.2.1' }, nlri },
      context(),
    )
    const times = Array.from({ length: 50 }, () => {
      const start = performance.now()
      expect(decode(message, context()).message.nlri.count).toBe(810)
      return performance.now() - start
    })
    expect(times.toSorted((a, b) => a - b)[10]).toBeLessThan(1)
  })
})

describe('an UPDATE as JSON', () => {
  it('shows prefixes as text', () => {
    const message = updateBody({ withdrawn: '08 0a', attributes: '400101 00', nlri: '00' })
    expect(JSON.parse(JSON.stringify(decodeBody(message).message))).toEqual({
      type: 'UPDATE',
      withdrawn: ['10.0.0.0/8'],
      attributes: { origin: 'igp' },
      nlri: ['0.0.0.0/0'],
    })
  })
})

describe('routeChanges', () => {
  const GOOD = '400101 00 400206 0201 0000fdea 400304 c0000202'
  const REACH = '800e1a 0002 01 10 20010db8000000000000000000000002 00 20 20010db8'
  const UNREACH = '800f08 0002 01 20 20010db9'

  const texts = (changes: ReturnType<typeof routeChanges>) => ({
    withdrawn: changes.withdrawn.flatMap(({ nlri }) => nlri.toJSON()),
    announced: changes.announced.flatMap(({ nlri, nextHop }) =>
      nlri.toJSON().map((text) => `${text} ${nextHop}`),
    ),
  })
  const changes = (parts: Parameters<typeof updateBody>[0]) =>
    texts(routeChanges(decodeBody(updateBody(parts))))

  it('takes all four fields, each with its own next hop', () => {
    const attributes = `${REACH} ${UNREACH} ${GOOD}`
    expect(changes({ withdrawn: '08 0a', attributes, nlri: '08 0b' })).toEqual({
      withdrawn: ['10.0.0.0/8', '2001:db9::/32'],
      announced: ['11.0.0.0/8 192.0.2.2', '2001:db8::/32 2001:db8::2'],
    })
  })

  it('announces last what is both withdrawn and announced (RFC 4271 section 4.3)', () => {
    expect(changes({ withdrawn: '08 0a', attributes: GOOD, nlri: '08 0a' })).toEqual({
      withdrawn: ['10.0.0.0/8'],
      announced: ['10.0.0.0/8 192.0.2.2'],
    })
  })

  it('withdraws everything on treat-as-withdraw', () => {
    const attributes = `${REACH} ${UNREACH} ${GOOD} 800401 00`
    expect(changes({ withdrawn: '08 0a', attributes, nlri: '08 0b' })).toEqual({
      withdrawn: ['10.0.0.0/8', '2001:db9::/32', '11.0.0.0/8', '2001:db8::/32'],
      announced: [],
    })
  })

  it('withdraws only the routes whose next hop cannot be one', () => {
    const attributes = `${REACH} ${GOOD.replace('c0000202', '00000000')}`
    expect(changes({ attributes, nlri: '08 0b' })).toEqual({
      withdrawn: ['11.0.0.0/8'],
      announced: ['2001:db8::/32 2001:db8::2'],
    })
  })

  it('does not use routes of a family that was not negotiated', () => {
    const decoded = decodeBody(
      updateBody({ attributes: `${REACH} ${GOOD}`, nlri: '08 0b' }),
      context({ families: ['ipv6'] }),
    )
    expect(texts(routeChanges(decoded))).toEqual({
      withdrawn: ['11.0.0.0/8'],
      announced: ['2001:db8::/32 2001:db8::2'],
    })
  })
})

describe('IPv4 prefixes in MP_REACH_NLRI (RFC 4760, RFC 8950)', () => {
  it.each<[string, string, Partial<UpdateMessage['reach']>]>([
    ['an IPv4 next hop', '04 c0000202', { nextHop: '192.0.2.2' }],
    ['an IPv6 next hop', '10 20010db8000000000000000000000002', { nextHop: '2001:db8::2' }],
    [
      'a global and a link-local next hop',
      '20 20010db8000000000000000000000002 fe800000000000000000000000000002',
      { nextHop: '2001:db8::2', linkLocalNextHop: 'fe80::2' },
    ],
  ])('with %s', (_what, nextHop, expected) => {
    const value = octets(`000101 ${nextHop} 00 08 0a`)
    const attributes = `800e${value.length.toString(16).padStart(2, '0')} ${toHex(value)} 400101 00 400200`
    const { message, action } = decodeBody(updateBody({ attributes }))
    expect(action).toBe('accept')
    expect(message.reach).toMatchObject({ family: 'ipv4', ...expected })
    expect([...(message.reach?.nlri ?? [])]).toEqual<Nlri[]>([{ prefix: '10.0.0.0/8' }])
  })
})
