import { beforeEach, describe, expect, test } from 'vitest'
import { type Neighbor, Speaker } from '../../bgp/index.ts'
import {
  type Announcement,
  neighborConfig,
  PeerBook,
  type PeerSpec,
  speakerSessions,
} from '../../peers/index.ts'
import { FakeLan } from '../support/fake-network.ts'
import { ManualClock } from '../support/manual-clock.ts'

const NODE = ['198.51.100.1', '2001:db8:ffff::1']

const spec = (name: string, address: string, over: Partial<PeerSpec> = {}): PeerSpec => ({
  name,
  address,
  port: 179,
  localAsn: 64512,
  asn: 64513,
  routerId: '198.51.100.1',
  holdTime: 90,
  dualStack: false,
  ...over,
})

const announcement = (prefix: string, over: Partial<Announcement> = {}): Announcement => ({
  prefix,
  owner: 'default/web',
  advertisement: 'plain',
  communities: ['64512:1'],
  largeCommunities: [],
  ...over,
})

describe('the neighbor made from a peer', () => {
  test('everything given', () => {
    const given = spec('tor', '198.51.100.254', {
      port: 1179,
      holdTime: 30,
      keepaliveTime: 5,
      connectTime: 7,
      password: 'secret',
      sourceAddress: '198.51.100.7',
      dualStack: true,
    })
    expect(neighborConfig(given)).toEqual({
      address: '198.51.100.254',
      port: 1179,
      asn: 64513,
      localAsn: 64512,
      routerId: '198.51.100.1',
      holdTime: 30,
      keepaliveTime: 5,
      connectRetryTime: 7,
      password: 'secret',
      sourceAddress: '198.51.100.7',
      families: ['ipv4', 'ipv6'],
      description: 'tor',
    })
  })

  test('carries the family of its address alone', () => {
    expect(neighborConfig(spec('tor', '198.51.100.254')).families).toEqual(['ipv4'])
    expect(neighborConfig(spec('tor', '2001:db8:ffff::fe')).families).toEqual(['ipv6'])
  })

  test('no timers at all: both times 0', () => {
    const config = neighborConfig(spec('tor', '198.51.100.254', { holdTime: 0, keepaliveTime: 0 }))
    expect(config).toMatchObject({ holdTime: 0 })
    expect(config).not.toHaveProperty('keepaliveTime')
  })
})

describe('a node and its routers', () => {
  let clock: ManualClock
  let lan: FakeLan
  let node: Speaker
  let book: PeerBook<string>

  beforeEach(() => {
    clock = new ManualClock()
    lan = new FakeLan(clock)
    const context = { network: lan.host(...NODE), clock, random: () => 0.5 }
    node = new Speaker({ asn: 64512, routerId: '198.51.100.1', listen: 'none' }, context)
    book = new PeerBook(
      speakerSessions(node, (neighbor) => neighbor.status().state),
      () => {},
    )
  })

  /** A router that waits for the node, and what it hears. */
  const router = (
    address: string,
    asn: number,
    nodeAsn = 64512,
    families?: ('ipv4' | 'ipv6')[],
  ): Neighbor => {
    const speaker = new Speaker(
      { asn, routerId: '192.0.2.1', listen: [{ address, port: 179 }] },
      { network: lan.host(address), clock, random: () => 0.5 },
    )
    const source = address.includes(':') ? NODE[1] : NODE[0]
    return speaker.add({
      address: source as string,
      asn: nodeAsn,
      passive: true,
      ...(families && { families }),
    })
  }
  const heard = (neighbor: Neighbor) =>
    [...neighbor.receivedRoutes()].map(({ prefix, attributes }) => [prefix, attributes.nextHop])
  const states = () => [...book].map((entry) => entry.status ?? entry.refused)

  test('routes arrive with the node as next hop; removed and changed peers are told so, others not disturbed', () => {
    const [first, second, third] = [
      router('198.51.100.251', 64513),
      router('198.51.100.252', 64513),
      router('198.51.100.253', 64513),
    ]
    const peers = [251, 252, 253].map((last) => spec(`r${last}`, `198.51.100.${last}`))
    book.update({ peers, changes: [['default/web', [announcement('192.0.2.10/32')]]] })
    clock.advance(10_000)
    expect(states()).toEqual(['Established', 'Established', 'Established'])
    expect(heard(first)).toEqual([['192.0.2.10/32', '198.51.100.1']])

    book.update({ peers: [peers[0] as PeerSpec, { ...(peers[1] as PeerSpec), holdTime: 30 }] })
    clock.advance(1000)
    expect(third.status().lastError?.text).toContain('Peer De-configured')
    expect(second.status().lastError?.text).toContain('Other Configuration Change')
    expect(first.status()).toMatchObject({ state: 'Established', flaps: 0 })
    clock.advance(120_000)
    expect(states()).toEqual(['Established', 'Established'])
    expect(second.status().holdTime).toBe(30)
    expect(heard(second)).toEqual([['192.0.2.10/32', '198.51.100.1']])
    expect(first.status().flaps).toBe(0)
  })

  test('two peers may know the node by different AS numbers and identifiers', () => {
    const [inner, outer] = [router('198.51.100.251', 64600, 64600), router('198.51.100.252', 64513, 64700)]
    const changes = [['default/web', [announcement('192.0.2.10/32', { localPref: 200 })]]] as const
    book.update({
      peers: [
        spec('inner', '198.51.100.251', { asn: 64600, localAsn: 64600, routerId: '10.0.0.1' }),
        spec('outer', '198.51.100.252', { localAsn: 64700, routerId: '10.0.0.2' }),
      ],
      changes,
    })
    clock.advance(10_000)
    expect(inner.status()).toMatchObject({ state: 'Established', remoteRouterId: '10.0.0.1' })
    expect(outer.status()).toMatchObject({ state: 'Established', remoteRouterId: '10.0.0.2' })
    const [own] = inner.receivedRoutes()
    const [foreign] = outer.receivedRoutes()
    expect(own?.attributes).toMatchObject({ localPref: 200, asPath: [] })
    expect(foreign?.attributes).toMatchObject({ asPath: [{ asns: [64700] }], communities: ['64512:1'] })
    expect(foreign?.attributes).not.toHaveProperty('localPref')
  })

  test('both families over one session, the other one by the node address of that family', () => {
    const both = router('198.51.100.251', 64513, 64512, ['ipv4', 'ipv6'])
    const dual = spec('dual', '198.51.100.251', { dualStack: true })
    const wanted = [announcement('192.0.2.10/32'), announcement('2001:db8:1::1/128')]
    book.update({ peers: [dual], changes: [['default/web', wanted]] })
    clock.advance(10_000)
    expect(heard(both)).toEqual([['192.0.2.10/32', '198.51.100.1']])
    book.update({ peers: [{ ...dual, nextHop6: '2001:db8:ffff::1' }] })
    clock.advance(1000)
    expect(heard(both)).toEqual([
      ['192.0.2.10/32', '198.51.100.1'],
      ['2001:db8:1::1/128', '2001:db8:ffff::1'],
    ])
    expect(both.status().flaps).toBe(0)
  })

  test('what the library refuses is that peer’s alone', () => {
    router('198.51.100.252', 64513)
    book.update({ peers: [spec('bad', '198.51.100.251', { asn: 0 }), spec('good', '198.51.100.252')] })
    clock.advance(10_000)
    expect(states()).toEqual([expect.stringContaining('asn'), 'Established'])
  })

  test('closing the book shuts every session down', () => {
    const tor = router('198.51.100.251', 64513)
    book.update({ peers: [spec('tor', '198.51.100.251')] })
    clock.advance(10_000)
    book.close()
    clock.advance(1000)
    expect(tor.status().lastError?.text).toContain('Administrative Shutdown')
    expect(node.neighbors()).toEqual([])
  })
})
