import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { AdjRibOut, exportAttributes, type RouteAttributes, RouteSet } from '../../../bgp/rib/index.ts'
import type { Family } from '../../../bgp/wire/index.ts'
import { ModelPeer } from './model-peer.ts'
import { context, hosts4, hosts6, sessionOut, V4_FACTS, V6_FACTS } from './sessions.ts'

const BOTH = { ...V4_FACTS, nextHops: { ipv6: '2001:db8::10' } }

function routes(...prefixes: readonly string[]): RouteSet {
  return RouteSet.of(prefixes.map((prefix) => ({ prefix, attributes: {} })))
}

function edited(set: RouteSet, prefix: string, attributes: RouteAttributes | undefined): RouteSet {
  const editor = set.edit()
  if (attributes === undefined) editor.delete(prefix)
  else editor.put(prefix, attributes)
  return editor.done()
}

/** A session that is up, with what it was to hear said. */
function established(set = RouteSet.empty, out = sessionOut()): { rib: AdjRibOut; peer: ModelPeer } {
  const rib = new AdjRibOut()
  rib.setWanted(set)
  rib.start(out)
  const peer = new ModelPeer(out.ctx)
  peer.pull(rib)
  peer.heard.length = 0
  return { rib, peer }
}

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

describe('packing', () => {
  const EOR = 23 + 29

  const v4 = context({ families: new Set<Family>(['ipv4', 'ipv6']) })
  const ibgp = { ...V4_FACTS, ebgp: false }
  const v6hop = { ...V6_FACTS, extendedNextHop: true }
  const addPath = new Set<Family>(['ipv4'])
  const dual = { ...V6_FACTS, linkLocal: 'fe80::1' }

  test.each([
    ['IPv4 eBGP', hosts4, {}, { facts: V4_FACTS }, 124, 505_332, 8, 500_344],
    ['IPv4 iBGP', hosts4, {}, { facts: ibgp, ctx: context({ ebgp: false }) }, 124, 505_456, 8, 500_352],
    ['IPv4 and a community', hosts4, { communities: ['1:1'] }, { facts: V4_FACTS }, 124, 506_200, 8, 500_400],
    [
      'IPv4 with add-path',
      hosts4,
      {},
      { facts: V4_FACTS, ctx: context({ addPath }) },
      223,
      909_589,
      14,
      900_602,
    ],
    ['IPv4 by IPv6 next hop', hosts4, {}, { facts: v6hop }, 124, 507_564, 8, 500_488],
    ['IPv6', hosts6, {}, { facts: V6_FACTS }, 422, 1_725_742, 26, 1_701_586],
    ['IPv6 with link-local', hosts6, {}, { facts: dual }, 424, 1_732_648, 26, 1_702_002],
  ] as const)(
    '100,000 routes, %s: the theoretical least',
    (_, make, attributes, out, few, octets, extFew, extOctets) => {
      const hosts = RouteSet.empty.edit()
      for (const { prefix } of make(100_000).entries()) hosts.put(prefix, attributes)
      const set = hosts.done()
      const { peer } = established(set, sessionOut(out))
      expect([peer.messages - 2, peer.octets - EOR]).toEqual([few, octets])
      expect(peer.table.size).toBe(100_000)
      const ctx = { ...(('ctx' in out && out.ctx) || v4), extendedMessages: true }
      const extended = established(set, sessionOut({ ...out, ctx, maxMessage: 65_535 })).peer
      expect([extended.messages - 2, extended.octets - EOR]).toEqual([extFew, extOctets])
    },
  )

  test.each([
    ['IPv4', hosts4, V4_FACTS, 123, 502_829],
    ['IPv6', hosts6, V6_FACTS, 419, 1_712_570],
  ] as const)('100,000 withdrawals, %s: the theoretical least', (_, make, facts, messages, octets) => {
    const { rib, peer } = established(make(100_000), sessionOut({ facts }))
    const before = { messages: peer.messages, octets: peer.octets }
    rib.setWanted(RouteSet.empty)
    peer.pull(rib)
    expect(peer.table.size).toBe(0)
    expect([peer.messages - before.messages, peer.octets - before.octets]).toEqual([messages, octets])
  })

  test('a hundred interleaved sets take as few messages as a hundred sorted ones', () => {
    const { peer } = established(hosts4(100_000, (n) => ({ communities: [`64512:${n % 100}`] })))
    // A thousand prefixes in each set, at most 809 in a message.
    expect(peer.messages - 2).toBe(200)
    expect(peer.octets - EOR).toBe(500_000 + 200 * 50)
  })

  test('sets that the peer cannot tell apart share messages, and a change between them is no change', () => {
    const { rib, peer } = established(hosts4(800, (n) => ({ localPref: n })))
    expect(peer.messages - 2).toBe(1)
    rib.setWanted(hosts4(800, (n) => ({ localPref: 5000 + n })))
    peer.pull(rib)
    expect(peer.heard).toEqual([])
  })

  test('messages are filled to 4096 even where longer ones were negotiated, unless asked for', () => {
    const ctx = context({ extendedMessages: true })
    expect(established(hosts4(5000), sessionOut({ ctx })).peer.largest).toBeLessThanOrEqual(4096)
    expect(established(hosts4(5000), sessionOut({ ctx, maxMessage: 9000 })).peer.largest).toBeGreaterThan(
      8990,
    )
    expect(established(hosts4(5000), sessionOut({ maxMessage: 65_535 })).peer.largest).toBeLessThanOrEqual(
      4096,
    )
  })

  test('chunks hold whole messages and no more than was asked for', () => {
    const rib = new AdjRibOut()
    rib.setWanted(hosts4(50_000))
    rib.start(sessionOut())
    const peer = new ModelPeer(context())
    const sizes: number[] = []
    while (rib.busy) {
      const chunk = rib.next(65_536)
      if (chunk === undefined) continue
      sizes.push(chunk.length)
      peer.read(chunk)
    }
    expect(Math.max(...sizes)).toBeLessThanOrEqual(65_536)
    expect(sizes).toHaveLength(4)
    expect(peer.table.size).toBe(50_000)
  })

  test('prefixes of all lengths, cut anywhere, arrive', () => {
    const editor = RouteSet.empty.edit()
    for (let n = 0; n < 30_000; n++) {
      const length = 20 + (n % 13)
      editor.putPacked4((n << (32 - 18)) >>> 0, Math.max(18, length), {})
      editor.put(`2001:db8:${(n + 1).toString(16)}::/${48 + (n % 80)}`, {})
    }
    editor.put('0.0.0.0/0', {})
    editor.put('::/0', {})
    const set = editor.done()
    for (const addPath of [[], ['ipv4', 'ipv6']] as const) {
      const { peer } = established(
        set,
        sessionOut({ facts: BOTH, ctx: context({ addPath: new Set(addPath) }) }),
      )
      expect([...peer.table.keys()].sort()).toEqual([...set.entries()].map(({ prefix }) => prefix).sort())
    }
  })

  test('few IPv6 routes have a short attribute header, more have the extended one', () => {
    for (const count of [1, 13, 14, 237, 238]) {
      const { peer } = established(hosts6(count), sessionOut({ facts: V6_FACTS }))
      const messages = Math.ceil(count / 237)
      const extended = count >= 14 ? Math.floor(count / 237) + (count % 237 >= 14 ? 1 : 0) : 0
      expect(peer.octets - EOR).toBe(count * 17 + messages * (23 + 37) + extended)
      expect(peer.table.size).toBe(count)
    }
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

  test('after any churn the peer knows what is wanted (U10)', () => {
    const at = fc.oneof(
      fc.integer({ min: 0, max: 1500 }).map((n) => `10.0.${n >> 8}.${n & 255}/32`),
      fc.integer({ min: 0, max: 20 }).map((n) => `10.0.${n}.0/24`),
      fc.integer({ min: 1, max: 300 }).map((n) => `2001:db8::${n.toString(16)}/128`),
    )
    const sets: readonly RouteAttributes[] = [
      {},
      { med: 1 },
      { localPref: 50 },
      { nextHop: '192.0.2.77' },
      { nextHop: '192.0.2.1' },
      { communities: Array.from({ length: 1100 }, (_, n) => `1:${n}`) },
    ]
    const edit = fc.tuple(at, fc.option(fc.integer({ min: 0, max: sets.length - 1 }), { freq: 3 }))
    const step = fc.oneof(
      { weight: 4, arbitrary: fc.record({ edits: fc.array(edit, { maxLength: 400, size: 'max' }) }) },
      { weight: 4, arbitrary: fc.record({ chunks: fc.integer({ min: 1, max: 5 }) }) },
      {
        weight: 1,
        arbitrary: fc.record({ refresh: fc.constantFrom<Family>('ipv4', 'ipv6'), enhanced: fc.boolean() }),
      },
      { weight: 1, arbitrary: fc.constant({ restart: true }) },
      { weight: 1, arbitrary: fc.constant({ everything: true }) },
    )
    const settings = fc.record({
      ebgp: fc.boolean(),
      families: fc.constantFrom<Family[]>(['ipv4'], ['ipv6'], ['ipv4', 'ipv6']),
      addPath: fc.constantFrom<Family[]>([], ['ipv4'], ['ipv4', 'ipv6']),
    })
    fc.assert(
      fc.property(settings, fc.array(step, { minLength: 5, maxLength: 25 }), (setting, steps) => {
        const ctx = context({
          ebgp: setting.ebgp,
          families: new Set(setting.families),
          addPath: new Set(setting.addPath),
        })
        const facts = { ...BOTH, ebgp: setting.ebgp }
        const rib = new AdjRibOut()
        let peer = new ModelPeer(ctx)
        const twin = new Map<string, RouteAttributes>()
        rib.start({ ctx, facts })
        for (const one of steps) {
          if ('edits' in one) {
            const editor = rib.wanted.edit()
            for (const [prefix, choice] of one.edits) {
              if (choice === null) editor.delete(prefix)
              else editor.put(prefix, sets[choice] as RouteAttributes)
              if (choice === null) twin.delete(prefix)
              else twin.set(prefix, sets[choice] as RouteAttributes)
            }
            rib.setWanted(editor.done())
          } else if ('chunks' in one) {
            for (let n = 0; n < one.chunks; n++) {
              const chunk = rib.next(4096)
              if (chunk !== undefined) peer.read(chunk)
            }
          } else if ('refresh' in one) rib.refresh(one.refresh, one.enhanced)
          else if ('everything' in one) peer.pull(rib)
          else {
            rib.stop()
            while (rib.work());
            rib.start({ ctx, facts })
            peer = new ModelPeer(ctx)
          }
        }
        peer.pull(rib)
        const expected = new Map<string, object>()
        const told = { ipv4: 0, ipv6: 0 }
        for (const [prefix, attributes] of twin) {
          const family = prefix.includes(':') ? 'ipv6' : 'ipv4'
          if (!ctx.families.has(family)) continue
          const path = exportAttributes(attributes, family, facts)
          if ('unsendable' in path || attributes.communities !== undefined) continue
          expected.set(prefix, path)
          told[family]++
        }
        expect(Object.fromEntries(peer.table)).toEqual(Object.fromEntries(expected))
        const { advertised, withheld, pending } = rib.status()
        expect(advertised).toEqual(told)
        expect(pending).toBe(0)
        expect(withheld.reduce((sum, { count }) => sum + count, 0)).toBe(twin.size - expected.size)
        for (const prefix of twin.keys()) expect(rib.isSent(prefix)).toBe(expected.has(prefix))
      }),
      { numRuns: 60 },
    )
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

describe('route refresh', () => {
  test('sends the whole family again, and only it', () => {
    const { rib, peer } = established(
      routes('10.0.0.1/32', '10.0.0.2/32', '2001:db8::1/128'),
      sessionOut({ facts: BOTH }),
    )
    rib.refresh('ipv4', false)
    expect(rib.busy).toBe(true)
    peer.pull(rib)
    expect(peer.heard).toEqual(['announce'])
    expect(peer.announced).toBe(5)
    expect(rib.status().advertised).toEqual({ ipv4: 2, ipv6: 1 })
  })

  test('enhanced: between BoRR and EoRR, with changes of the meantime', () => {
    const { rib, peer } = established(
      routes('10.0.0.1/32', '10.0.0.2/32', '2001:db8::1/128'),
      sessionOut({ facts: BOTH }),
    )
    rib.setWanted(routes('10.0.0.2/32', '10.0.0.3/32', '2001:db8::1/128'))
    rib.refresh('ipv4', true)
    peer.pull(rib)
    expect(peer.heard).toEqual(['withdraw', 'begin refresh ipv4', 'announce', 'end refresh ipv4'])
    expect([...peer.table.keys()].sort()).toEqual(['10.0.0.2/32', '10.0.0.3/32', '2001:db8::1/128'])
  })

  test('an empty family is BoRR and EoRR', () => {
    const { rib, peer } = established(RouteSet.empty)
    rib.refresh('ipv6', true)
    peer.pull(rib)
    expect(peer.heard).toEqual(['begin refresh ipv6', 'end refresh ipv6'])
  })

  test('a hundred requests in a row are at most two resends (Q2)', () => {
    const { rib, peer } = established(hosts4(5000))
    peer.announced = 0
    for (let request = 0; request < 100; request++) {
      rib.refresh('ipv4', true)
      if (request === 50) peer.read(rib.next(4096) as Uint8Array)
    }
    peer.pull(rib)
    expect(peer.announced).toBe(10_000)
    expect(peer.heard.filter((kind) => kind === 'begin refresh ipv4')).toHaveLength(2)
    expect(rib.busy).toBe(false)
  })

  test('before the first dump it is answered by the dump', () => {
    const rib = new AdjRibOut()
    rib.setWanted(routes('10.0.0.1/32'))
    rib.start(sessionOut())
    rib.refresh('ipv4', true)
    const peer = new ModelPeer(context())
    peer.pull(rib)
    expect(peer.heard).toEqual(['announce', 'end-of-rib ipv4', 'end-of-rib ipv6'])
  })

  test('a family not negotiated is ignored (Q1), and so is a request without a session', () => {
    const { rib } = established(
      routes('10.0.0.1/32'),
      sessionOut({ ctx: context({ families: new Set<Family>(['ipv4']) }) }),
    )
    rib.refresh('ipv6', true)
    expect(rib.busy).toBe(false)
    rib.stop()
    rib.refresh('ipv4', false)
    rib.start(sessionOut())
    const peer = new ModelPeer(context())
    peer.pull(rib)
    expect(peer.announced).toBe(1)
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
    expect(rib.isSent('10.0.19.135/32')).toBe(true)
  })

  test('while a change is on its way the changed prefix is pending and the others are sent', () => {
    const { rib } = established(hosts4(5000))
    rib.setWanted(hosts4(5000, (n) => (n < 4000 ? { med: 1 } : {})))
    expect(rib.isSent('10.0.0.1/32')).toBe(true)
    while (rib.next(4096) === undefined);
    expect(rib.standing('10.0.0.1/32')).toEqual({ sent: false, reason: 'Pending' })
    expect(rib.isSent('10.0.19.1/32')).toBe(true)
    expect(rib.status().advertised.ipv4).toBeLessThanOrEqual(5000)
  })
})
