import { describe, expect, test } from 'vitest'
import { type ExportFacts, exportAttributes, type RouteAttributes } from '../../../bgp/rib/index.ts'
import type { Family } from '../../../bgp/wire/index.ts'
import { V4_FACTS, V6_FACTS } from './sessions.ts'

describe('export to one peer', () => {
  test('eBGP: own AS, as often as asked for, and no LOCAL_PREF', () => {
    const path = exportAttributes({ prepend: 2, localPref: 200, med: 7 }, 'ipv4', V4_FACTS)
    expect(path).toEqual({
      origin: 'igp',
      asPath: [{ type: 'sequence', asns: [64512, 64512, 64512] }],
      nextHop: '192.0.2.10',
      med: 7,
    })
  })

  test('an AS_PATH segment holds 255 at most', () => {
    const path = exportAttributes({ prepend: 255 }, 'ipv4', V4_FACTS)
    expect('asPath' in path && path.asPath?.map(({ asns }) => asns.length)).toEqual([255, 1])
  })

  test('iBGP: empty AS_PATH, and LOCAL_PREF always', () => {
    const facts = { ...V4_FACTS, ebgp: false }
    expect(exportAttributes({ prepend: 2 }, 'ipv4', facts)).toMatchObject({ asPath: [], localPref: 100 })
    expect(exportAttributes({ localPref: 0 }, 'ipv4', facts)).toMatchObject({ localPref: 0 })
  })

  test('communities of all kinds and the origin go through', () => {
    const attributes: RouteAttributes = {
      origin: 'incomplete',
      communities: ['1:2'],
      largeCommunities: ['1:2:3'],
      extendedCommunities: ['0002000100000002'],
    }
    expect(exportAttributes(attributes, 'ipv4', V4_FACTS)).toMatchObject(attributes)
  })

  const v6 = '2001:db8::10'
  const enhanced = { ...V6_FACTS, extendedNextHop: true }
  test.each<[string, RouteAttributes, Family, ExportFacts, string]>([
    ['the session', {}, 'ipv4', V4_FACTS, '192.0.2.10'],
    ['the session', {}, 'ipv6', V6_FACTS, v6],
    ['the route', { nextHop: '192.0.2.77' }, 'ipv4', V4_FACTS, '192.0.2.77'],
    ['the configuration', {}, 'ipv4', { ...V4_FACTS, nextHops: { ipv4: '192.0.2.5' } }, '192.0.2.5'],
    ['the configuration, other family', {}, 'ipv6', { ...V4_FACTS, nextHops: { ipv6: v6 } }, v6],
    ['the session by RFC 8950', {}, 'ipv4', enhanced, v6],
    [
      'the configuration before RFC 8950',
      {},
      'ipv4',
      { ...enhanced, nextHops: { ipv4: '192.0.2.5' } },
      '192.0.2.5',
    ],
    ['an IPv6 next hop by RFC 8950', { nextHop: '2001:db8::7' }, 'ipv4', enhanced, '2001:db8::7'],
    ['two speakers on one host', {}, 'ipv4', { ...V4_FACTS, peerAddress: '192.0.2.10' }, '192.0.2.10'],
  ])('next hop of %s', (_, attributes, family, facts, nextHop) => {
    expect(exportAttributes(attributes, family, facts)).toMatchObject({ nextHop })
  })

  test.each<[string, RouteAttributes, Family, ExportFacts]>([
    ['NoNextHop', {}, 'ipv6', V4_FACTS],
    ['NoNextHop', {}, 'ipv4', V6_FACTS],
    ['NextHopIsPeer', { nextHop: V4_FACTS.peerAddress }, 'ipv4', V4_FACTS],
    ['NextHopIsPeer', { nextHop: '2001:db8:0::1' }, 'ipv6', V6_FACTS],
    ['NextHopOtherFamily', { nextHop: '192.0.2.7' }, 'ipv6', V6_FACTS],
    ['NextHopOtherFamily', { nextHop: '2001:db8::7' }, 'ipv4', V4_FACTS],
    ['NextHopUnusable', { nextHop: '0.0.0.0' }, 'ipv4', V4_FACTS],
    ['NextHopUnusable', { nextHop: '224.0.0.1' }, 'ipv4', V4_FACTS],
    ['NextHopUnusable', { nextHop: '::' }, 'ipv6', V6_FACTS],
    ['NextHopUnusable', { nextHop: 'ff02::1' }, 'ipv6', V6_FACTS],
    ['NextHopUnusable', { nextHop: '::ffff:192.0.2.7' }, 'ipv6', V6_FACTS],
    ['NextHopUnusable', {}, 'ipv6', { ...V6_FACTS, localAddress: 'fe80::1' }],
    ['NextHopUnusable', {}, 'ipv6', { ...V4_FACTS, nextHops: { ipv6: 'none' } }],
  ])('%s: %j to %s', (unsendable, attributes, family, facts) => {
    expect(exportAttributes(attributes, family, facts)).toEqual({ unsendable })
  })

  test('the link-local address goes along with the session address only', () => {
    const facts = { ...V6_FACTS, linkLocal: 'fe80::1' }
    expect(exportAttributes({}, 'ipv6', facts)).toMatchObject({ linkLocalNextHop: 'fe80::1' })
    expect(exportAttributes({ nextHop: '2001:db8::7' }, 'ipv6', facts)).not.toHaveProperty('linkLocalNextHop')
  })
})
