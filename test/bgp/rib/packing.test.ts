import { describe, expect, test } from 'vitest'
import { AdjRibOut, RouteSet } from '../../../bgp/rib/index.ts'
import type { Family } from '../../../bgp/wire/index.ts'
import { ModelPeer } from './model-peer.ts'
import { BOTH, context, established, hosts4, hosts6, sessionOut, V4_FACTS, V6_FACTS } from './sessions.ts'

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
      const set = make(100_000, () => attributes)
      const { peer } = established(set, sessionOut(out), false)
      expect([peer.messages - 2, peer.octets - EOR]).toEqual([few, octets])
      expect(peer.announced).toBe(100_000)
      const ctx = { ...(('ctx' in out && out.ctx) || v4), extendedMessages: true }
      const extended = established(set, sessionOut({ ...out, ctx, maxMessage: 65_535 }), false).peer
      expect([extended.messages - 2, extended.octets - EOR]).toEqual([extFew, extOctets])
    },
  )

  test.each([
    ['IPv4', hosts4, V4_FACTS, 123, 502_829],
    ['IPv6', hosts6, V6_FACTS, 419, 1_712_570],
  ] as const)('100,000 withdrawals, %s: the theoretical least', (_, make, facts, messages, octets) => {
    const { rib, peer } = established(make(100_000), sessionOut({ facts }), false)
    const before = { messages: peer.messages, octets: peer.octets }
    rib.setWanted(RouteSet.empty)
    peer.pull(rib)
    expect(peer.withdrawn).toBe(100_000)
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

  test('a chunk is a view of the buffer that was lent for it, if that is large enough', () => {
    const { rib, peer } = established(
      hosts4(10_000),
      sessionOut({ ctx: context({ extendedMessages: true }) }),
    )
    rib.setWanted(hosts4(10_000, () => ({ med: 1 })))
    while (rib.work());
    const lent = new Uint8Array(8192)
    for (const buffer of [lent, new Uint8Array(100), lent]) {
      const chunk = rib.next(8192, buffer) as Uint8Array
      expect(chunk.buffer === buffer.buffer).toBe(buffer === lent)
      expect(chunk.length).toBeLessThanOrEqual(8192)
      peer.read(chunk)
    }
    peer.pull(rib)
    expect([...peer.table.values()].every(({ med }) => med === 1)).toBe(true)
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
