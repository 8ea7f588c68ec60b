import { describe, expect, test } from 'vitest'
import { AdjRibOut, RouteSet } from '../../../bgp/rib/index.ts'
import type { Family } from '../../../bgp/wire/index.ts'
import { ModelPeer } from './model-peer.ts'
import { BOTH, context, edited, established, hosts4, routes, sessionOut, V4_FACTS } from './sessions.ts'

describe('the first dump', () => {
  test('announces all, then says End-of-RIB for each family', () => {
    const rib = new AdjRibOut()
    rib.setWanted(routes('10.0.0.0/24', '10.0.1.1/32', '2001:db8::/64'))
    rib.start(sessionOut({ facts: BOTH }))
    const peer = new ModelPeer(context())
    expect(peer.pull(rib)).toBe(1)
    expect(peer.heard).toEqual(['announce', 'announce', 'end-of-rib ipv4', 'end-of-rib ipv6'])
    expect(peer.table.get('2001:db8::/64')?.nextHop).toBe('2001:db8::10')
    expect(peer.table.get('10.0.0.0/24')).toEqual({
      origin: 'igp',
      asPath: [{ type: 'sequence', asns: [64512] }],
      nextHop: '192.0.2.10',
    })
    expect(rib.busy).toBe(false)
    expect(rib.next(65_536)).toBeUndefined()
  })

  test('an empty table is End-of-RIB of the negotiated families alone', () => {
    const rib = new AdjRibOut()
    expect(rib.busy).toBe(false)
    rib.start(sessionOut({ ctx: context({ families: new Set<Family>(['ipv6']) }) }))
    const peer = new ModelPeer(context())
    peer.pull(rib)
    expect(peer.heard).toEqual(['end-of-rib ipv6'])
  })

  test('End-of-RIB waits until it is released', () => {
    const rib = new AdjRibOut()
    rib.start(sessionOut({ holdEndOfRib: true }))
    expect(rib.busy).toBe(false)
    rib.setWanted(routes('10.0.0.1/32'))
    const peer = new ModelPeer(context())
    peer.pull(rib)
    expect(peer.heard).toEqual(['announce'])
    rib.releaseEndOfRib()
    expect(rib.busy).toBe(true)
    peer.pull(rib)
    expect(peer.heard).toEqual(['announce', 'end-of-rib ipv4', 'end-of-rib ipv6'])
  })

  test('happens again, whole, in the next session', () => {
    const { rib } = established(routes('10.0.0.1/32'))
    rib.stop()
    expect(rib.busy).toBe(false)
    expect(rib.next(65_536)).toBeUndefined()
    expect(rib.status().advertised).toEqual({ ipv4: 0, ipv6: 0 })
    rib.setWanted(routes('10.0.0.1/32', '10.0.0.2/32'))
    rib.start(sessionOut())
    const peer = new ModelPeer(context())
    peer.pull(rib)
    expect([...peer.table.keys()]).toEqual(['10.0.0.1/32', '10.0.0.2/32'])
    expect(peer.heard.at(-1)).toBe('end-of-rib ipv6')
  })

  test('can be prepared before the session, in bounded slices', () => {
    const rib = new AdjRibOut()
    rib.setWanted(hosts4(200_000, (n) => ({ med: n % 5 })))
    let slices = 1
    while (rib.work()) slices++
    expect(slices).toBeGreaterThan(200_000 / 20_000)
    rib.start(sessionOut())
    const peer = new ModelPeer(context())
    expect(rib.next(4096)).toBeDefined()
    rib.stop()
    rib.start(sessionOut())
    peer.pull(rib)
    expect(peer.table.size).toBe(200_000)
  })
})

describe('changes while the session is up', () => {
  test('one route more, changed, less: one message each', () => {
    const { rib, peer } = established(hosts4(10_000))
    for (const attributes of [{}, { med: 1 }, undefined]) {
      rib.setWanted(edited(rib.wanted, '192.0.2.1/32', attributes))
      peer.pull(rib)
    }
    expect(peer.heard).toEqual(['announce', 'announce', 'withdraw'])
    expect(peer.table.size).toBe(10_000)
  })

  test('ten flips before a pull are nothing, or one message (U7)', () => {
    const { rib, peer } = established(hosts4(1000))
    for (let flip = 0; flip < 10; flip++) {
      rib.setWanted(edited(rib.wanted, '192.0.2.1/32', flip % 2 === 0 ? {} : undefined))
      if (flip === 4) rib.work()
    }
    peer.pull(rib)
    expect(peer.heard).toEqual([])
    for (let flip = 0; flip < 11; flip++) {
      rib.setWanted(edited(rib.wanted, '192.0.2.1/32', flip % 2 === 0 ? {} : undefined))
    }
    peer.pull(rib)
    expect(peer.heard).toEqual(['announce'])
  })

  test('withdrawals go first', () => {
    const { rib, peer } = established(routes('10.0.0.1/32', '2001:db8::1/128'), sessionOut({ facts: BOTH }))
    rib.setWanted(routes('10.0.0.2/32', '2001:db8::2/128'))
    peer.pull(rib)
    expect(peer.heard).toEqual(['withdraw', 'withdraw', 'announce', 'announce'])
  })

  test('a transfer that has begun is finished, then the newest wanted set follows', () => {
    const rib = new AdjRibOut()
    rib.setWanted(hosts4(50_000))
    rib.start(sessionOut())
    const peer = new ModelPeer(context())
    peer.read(rib.next(4096) as Uint8Array)
    for (let n = 0; n < 1000; n++) rib.setWanted(hosts4(n + 1))
    expect(rib.work()).toBe(false)
    peer.pull(rib)
    expect(peer.table.size).toBe(1000)
    expect(peer.announced).toBe(50_000)
    expect(peer.withdrawn).toBe(49_000)
    expect(rib.status()).toEqual({ advertised: { ipv4: 1000, ipv6: 0 }, pending: 0, withheld: [] })
  })

  test('an equal set made afresh costs no message', () => {
    const { rib, peer } = established(hosts4(5000, (n) => ({ med: n % 7 })))
    rib.setWanted(hosts4(5000, (n) => ({ med: n % 7 })))
    expect(rib.busy).toBe(true)
    peer.pull(rib)
    expect(peer.heard).toEqual([])
    expect(rib.busy).toBe(false)
  })

  test('a slice of work is bounded, whatever is wanted', () => {
    const { rib } = established(hosts4(300_000))
    rib.setWanted(hosts4(300_000, (n) => ({ med: 1 + (n % 2) })))
    let slices = 1
    while (rib.work()) slices++
    expect(slices).toBeGreaterThan(600_000 / 20_000)
  })
})

describe('routes that cannot be told', () => {
  test('families not negotiated are counted and not sent', () => {
    const ctx = context({ families: new Set<Family>(['ipv4']) })
    const { rib, peer } = established(
      routes('10.0.0.1/32', '2001:db8::1/128', '2001:db8::2/128'),
      sessionOut({ ctx, facts: BOTH }),
    )
    expect([...peer.table.keys()]).toEqual(['10.0.0.1/32'])
    expect(rib.status()).toEqual({
      advertised: { ipv4: 1, ipv6: 0 },
      pending: 0,
      withheld: [{ family: 'ipv6', reason: 'FamilyNotNegotiated', count: 2 }],
    })
    expect(rib.standing('2001:db8::1/128')).toEqual({ sent: false, reason: 'FamilyNotNegotiated' })
    rib.setWanted(routes('10.0.0.1/32'))
    peer.pull(rib)
    expect(peer.heard).toEqual([])
    expect(rib.status().withheld).toEqual([])
  })

  test('a route whose attributes fill more than a message is withheld, the others go (U5)', () => {
    const many = (count: number) => ({
      communities: Array.from({ length: count }, (_, n) => `${n >> 8}:${n & 255}`),
    })
    const set = RouteSet.of([
      { prefix: '10.0.0.1/32', attributes: many(63) },
      { prefix: '10.0.0.2/32', attributes: many(64) },
      { prefix: '10.0.0.3/32', attributes: many(1000) },
      { prefix: '10.0.0.4/32', attributes: many(2000) },
    ])
    const { rib, peer } = established(set)
    expect([...peer.table.keys()].sort()).toEqual(['10.0.0.1/32', '10.0.0.2/32', '10.0.0.3/32'])
    expect(peer.table.get('10.0.0.3/32')?.communities).toHaveLength(1000)
    expect(rib.status().withheld).toEqual([{ family: 'ipv4', reason: 'AttributesTooLarge', count: 1 }])
    expect(rib.standing('10.0.0.4/32')).toEqual({ sent: false, reason: 'AttributesTooLarge' })
    const extended = established(set, sessionOut({ ctx: context({ extendedMessages: true }) })).peer
    expect(extended.table.size).toBe(4)
    expect(extended.largest).toBe(8000 + 4 + 20 + 23 + 5)
  })

  test('a sent route that becomes unsendable is withdrawn, and comes back', () => {
    const { rib, peer } = established(routes('10.0.0.1/32'))
    rib.setWanted(edited(rib.wanted, '10.0.0.1/32', { nextHop: V4_FACTS.peerAddress }))
    peer.pull(rib)
    expect(rib.standing('10.0.0.1/32')).toEqual({ sent: false, reason: 'NextHopIsPeer' })
    expect(rib.status().withheld).toEqual([{ family: 'ipv4', reason: 'NextHopIsPeer', count: 1 }])
    rib.setWanted(edited(rib.wanted, '10.0.0.1/32', { med: 3 }))
    peer.pull(rib)
    expect(peer.heard).toEqual(['withdraw', 'announce'])
    expect(rib.status()).toEqual({ advertised: { ipv4: 1, ipv6: 0 }, pending: 0, withheld: [] })
  })
})

describe('how a prefix stands', () => {
  test('with every reason', () => {
    const rib = new AdjRibOut()
    rib.setWanted(hosts4(5000))
    expect(rib.standing('10.0.0.1/32')).toEqual({ sent: false, reason: 'NotEstablished' })
    expect(rib.status().pending).toBe(5000)
    rib.start(sessionOut())
    expect(rib.standing('10.0.0.1/32')).toEqual({ sent: false, reason: 'Pending' })
    expect(rib.next(4096)).toBeDefined()
    expect(rib.status()).toMatchObject({ advertised: { ipv4: 810 }, pending: 4190 })
    const peer = new ModelPeer(context())
    peer.pull(rib)
    expect(rib.standing('10.0.0.1/32')).toEqual({
      sent: true,
      attributes: {},
      path: peer.table.get('10.0.18.1/32'),
    })
    expect(rib.standing('192.0.2.1/32')).toEqual({ sent: false, reason: 'NotWanted' })
    rib.setWanted(hosts4(4999))
    expect(rib.standing('10.0.19.135/32').sent).toBe(true)
  })

  test('while a change is on its way the changed prefix is pending and the others are sent', () => {
    const { rib } = established(hosts4(5000))
    rib.setWanted(hosts4(5000, (n) => (n < 4000 ? { med: 1 } : {})))
    expect(rib.standing('10.0.0.1/32').sent).toBe(true)
    while (rib.next(4096) === undefined);
    expect(rib.standing('10.0.0.1/32')).toEqual({ sent: false, reason: 'Pending' })
    expect(rib.standing('10.0.19.1/32').sent).toBe(true)
    expect(rib.status().advertised.ipv4).toBeLessThanOrEqual(5000)
  })
})
