import { describe, expect, it } from 'vitest'
import { encodePathAttributes } from '../../../../bgp/wire/attributes/index.ts'
import type { PathAttributes } from '../../../../bgp/wire/types.ts'
import { context, octets } from '../../../support/update-octets.ts'

const BIG = 4200000001
const IBGP = context({ ebgp: false })
const OLD = context({ as4: false })

describe('encodePathAttributes', () => {
  it.each<[string, PathAttributes, string, ReturnType<typeof context>?]>([
    ['nothing', {}, ''],
    ['ORIGIN', { origin: 'incomplete' }, '400101 02'],
    ['an empty AS_PATH', { asPath: [] }, '400200'],
    ['AS_PATH', { asPath: [{ type: 'sequence', asns: [BIG] }] }, '400206 0201 fa56ea01'],
    ['NEXT_HOP', { nextHop: '192.0.2.1' }, '400304 c0000201'],
    [
      'no NEXT_HOP for IPv6, which MP_REACH_NLRI carries',
      { nextHop: '2001:db8::1', linkLocalNextHop: 'fe80::1' },
      '',
    ],
    ['MULTI_EXIT_DISC', { med: 4294967295 }, '800404 ffffffff'],
    ['LOCAL_PREF', { localPref: 100 }, '400504 00000064', IBGP],
    ['ATOMIC_AGGREGATE', { atomicAggregate: true }, '400600'],
    ['no ATOMIC_AGGREGATE', { atomicAggregate: false }, ''],
    ['AGGREGATOR', { aggregator: { asn: 65001, address: '192.0.2.1' } }, 'c00708 0000fde9 c0000201'],
    ['COMMUNITIES', { communities: ['65001:100'] }, 'c00804 fde90064'],
    [
      'no empty list',
      { communities: [], largeCommunities: [], extendedCommunities: [], clusterList: [] },
      '',
    ],
    ['ORIGINATOR_ID', { originatorId: '192.0.2.1' }, '800904 c0000201', IBGP],
    ['CLUSTER_LIST', { clusterList: ['192.0.2.2', '192.0.2.1'] }, '800a08 c0000202 c0000201', IBGP],
    ['EXTENDED_COMMUNITIES', { extendedCommunities: ['0002fde900000007'] }, 'c01008 0002fde900000007'],
    ['LARGE_COMMUNITY', { largeCommunities: ['1:2:3'] }, 'c0200c 000000010000000200000003'],
    ['ONLY_TO_CUSTOMER', { otc: BIG }, 'c02304 fa56ea01'],
    ['an unknown one as it stands', { unknown: [{ type: 200, flags: 0xe0, value: '0708' }] }, 'e0c802 0708'],
  ])('writes %s', (_what, attributes, hex, ctx = context()) => {
    expect(encodePathAttributes(attributes, ctx)).toEqual(octets(hex))
  })

  it('takes two octets of length from 64 communities on (RFC 4271 section 4.3)', () => {
    const communities = (count: number) => ({
      communities: Array.from({ length: count }, (_, at) => `1:${at}`),
    })
    expect(encodePathAttributes(communities(63), context()).subarray(0, 3)).toEqual(octets('c008fc'))
    expect(encodePathAttributes(communities(64), context()).subarray(0, 4)).toEqual(octets('d0080100'))
  })

  const path: PathAttributes = {
    asPath: [{ type: 'sequence', asns: [65001, BIG] }],
    aggregator: { asn: BIG, address: '192.0.2.1' },
  }

  it('says large AS numbers twice to a 2-octet peer, and never to a 4-octet one (RFC 6793 section 4.2.2)', () => {
    expect(encodePathAttributes(path, OLD)).toEqual(
      octets(
        '400206 0202 fde9 5ba0  c00706 5ba0 c0000201  c0110a 0202 0000fde9 fa56ea01  c01208 fa56ea01 c0000201',
      ),
    )
    const twice = {
      ...path,
      ...{ as4Path: path.asPath ?? [], as4Aggregator: { asn: BIG, address: '192.0.2.1' } },
    }
    expect(encodePathAttributes(twice, context())).toEqual(
      octets('40020a 0202 0000fde9 fa56ea01  c00708 fa56ea01 c0000201'),
    )
  })

  it('adds nothing for a 2-octet peer where all numbers fit', () => {
    const small: PathAttributes = {
      asPath: [{ type: 'sequence', asns: [65001] }],
      aggregator: { asn: 65001, address: '192.0.2.1' },
    }
    expect(encodePathAttributes(small, OLD)).toEqual(octets('400204 0201 fde9  c00706 fde9 c0000201'))
  })

  it.each<[PathAttributes, RegExp]>([
    [{ nextHop: '192.0.2' }, /not an IPv4 address/],
    [{ aggregator: { asn: 1, address: '2001:db8::1' } }, /not an IPv4 address/],
    [{ unknown: [{ type: 200, flags: 0xc0, value: 'xyz' }] }, /attribute 200: not hex/],
    [{ unknown: [{ type: 200, flags: 0xc0, value: '00'.repeat(65536) }] }, /attribute 200 of 65536 octets/],
  ])('refuses what cannot be sent (%#)', (attributes, reason) => {
    expect(() => encodePathAttributes(attributes, context())).toThrow(RangeError)
    expect(() => encodePathAttributes(attributes, context())).toThrow(reason)
  })
})
