import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { RouteAttributes, RouteSet } from '../../bgp/index.ts'
import {
  type Announcement,
  attributesFor,
  merge,
  PeerRoutes,
  type PeerSpec,
  verdictFor,
} from '../../peers/index.ts'

const peer = (name: string, over: Partial<PeerSpec> = {}): PeerSpec => ({
  name,
  address: '198.51.100.254',
  port: 179,
  localAsn: 64512,
  asn: 64513,
  holdTime: 90,
  dualStack: false,
  ...over,
})

const plain = (owner: string, prefix: string, over: Partial<Announcement> = {}): Announcement => ({
  prefix,
  owner,
  advertisement: 'plain',
  communities: [],
  largeCommunities: [],
  ...over,
})

const contents = (routes: RouteSet): Record<string, RouteAttributes> =>
  Object.fromEntries([...routes.entries()].map(({ prefix, attributes }) => [prefix, attributes]))

const prefixesOf = (routes: RouteSet): string[] => Object.keys(contents(routes)).sort()

/** What a peer should hear, worked out from nothing: every announcement by every prefix. */
function naive(
  wanted: ReadonlyMap<string, readonly Announcement[]>,
  to: PeerSpec,
): Record<string, RouteAttributes> {
  const mine = [...wanted.values()].flat().filter((one) => verdictFor(one, to).code === 'Announced')
  const routes: Record<string, RouteAttributes> = {}
  for (const { prefix } of mine) {
    const same = mine.filter((one) => one.prefix === prefix)
    const { nextHop } = verdictFor(same[0] as Announcement, to)
    routes[prefix] = attributesFor(merge(same), nextHop, to.asn !== to.localAsn)
  }
  return routes
}

const PEER_NAMES = ['r1', 'r2', 'r3', 'r4']
const arbitraryPeers = fc.subarray(PEER_NAMES).chain((names) =>
  fc.tuple(
    ...names.map((name) =>
      fc
        .record({
          address: fc.constantFrom('198.51.100.254', '2001:db8::fe'),
          asn: fc.constantFrom(64512, 64513),
          dualStack: fc.boolean(),
          hops: fc.constantFrom({}, { nextHop4: '198.51.100.1' }, { nextHop6: '2001:db8::1' }),
        })
        .map(({ hops, ...over }) => peer(name, { ...over, ...hops })),
    ),
  ),
)

const arbitraryAnnouncement = (owner: string) =>
  fc
    .record({
      prefix: fc.constantFrom(
        '192.0.2.0/24',
        '192.0.2.1/32',
        '192.0.2.2/32',
        '2001:db8:1::1/128',
        '2001:db8:1::/64',
      ),
      advertisement: fc.constantFrom('a', 'b'),
      localPref: fc.constantFrom(undefined, 200),
      communities: fc.constantFrom([], ['64512:1']),
      largeCommunities: fc.constantFrom([], ['1:2:3']),
      peers: fc.constantFrom(undefined, [], ['r1'], ['r1', 'r2'], ['gone']),
    })
    .map(({ localPref, peers, prefix, ...over }) =>
      plain(owner, prefix, { ...over, ...(localPref && { localPref }), ...(peers && { peers }) }),
    )

type Changes = readonly (readonly [string, readonly Announcement[]])[]
/** Both at once, as the announcer does it, or one of them. */
type Move = { readonly peers?: readonly PeerSpec[]; readonly changes?: Changes }

const arbitraryChange = fc.constantFrom('o1', 'o2', 'o3', 'o4').chain((owner) =>
  fc
    .uniqueArray(arbitraryAnnouncement(owner), {
      maxLength: 3,
      selector: ({ prefix, advertisement }) => `${prefix} ${advertisement}`,
    })
    .map((announcements) => [owner, announcements] as const),
)

const arbitraryChanges = fc.array(arbitraryChange, { minLength: 1, maxLength: 4 })

const arbitraryMove: fc.Arbitrary<Move> = fc.oneof(
  { weight: 1, arbitrary: arbitraryPeers.map((peers) => ({ peers })) },
  { weight: 3, arbitrary: arbitraryChanges.map((changes) => ({ changes })) },
  { weight: 2, arbitrary: fc.record({ peers: arbitraryPeers, changes: arbitraryChanges }) },
)

describe('the routes of every peer', () => {
  test('equal their naive twin after any moves', () => {
    fc.assert(
      fc.property(fc.array(arbitraryMove, { maxLength: 12 }), (moves) => {
        const routes = new PeerRoutes()
        const wanted = new Map<string, readonly Announcement[]>()
        let peers: readonly PeerSpec[] = []
        for (const move of moves) {
          const before = peers.map(({ name }) => [name, routes.routesFor(name)] as const)
          for (const [owner, announcements] of move.changes ?? []) wanted.set(owner, announcements)
          for (const _ of routes.steps(move))
            for (const [name, set] of before) expect(routes.routesFor(name)).toBe(set)
          peers = move.peers ?? peers
          for (const one of peers) expect(contents(routes.routesFor(one.name))).toEqual(naive(wanted, one))
        }
        const asked = [...wanted].flatMap(([owner, list]) => list.map(({ prefix }) => `${prefix} ${owner}`))
        const shown = [...routes.prefixes].flatMap((prefix) =>
          (routes.row(prefix)?.owners ?? []).map((owner) => `${prefix} ${owner}`),
        )
        expect(shown.sort()).toEqual([...new Set(asked)].sort())
      }),
      { numRuns: 500 },
    )
  })

  test('an aggregate stays as long as any owner asks for it', () => {
    const routes = new PeerRoutes()
    routes.setPeers([peer('r')])
    routes.update(['a', 'b', 'c'].map((owner) => [owner, [plain(owner, '192.0.2.0/24')]] as const))
    const before = routes.routesFor('r')
    routes.update([['a', []]])
    routes.update([['c', []]])
    expect(routes.routesFor('r')).toBe(before)
    expect(routes.row('192.0.2.0/24')?.owners).toEqual(['b'])
    routes.update([['b', []]])
    expect(routes.routesFor('r').size).toBe(0)
    expect(routes.row('192.0.2.0/24')).toBeUndefined()
  })

  test('nothing new is the same set', () => {
    const routes = new PeerRoutes()
    routes.setPeers([peer('r')])
    routes.update([['a', [plain('a', '192.0.2.1/32', { communities: ['1:1'] })]]])
    const before = routes.routesFor('r')
    routes.update([['a', [plain('a', '192.0.2.1/32', { communities: ['1:1'] })]]])
    routes.update([['unknown', []]])
    routes.setPeers([peer('r', { holdTime: 30 })])
    expect(routes.routesFor('r')).toBe(before)
  })

  test('peers that must be told the same share one set, until an advertisement names one of them', () => {
    const routes = new PeerRoutes()
    routes.setPeers([peer('r1'), peer('r2', { address: '198.51.100.253' }), peer('int', { asn: 64512 })])
    routes.update([['a', [plain('a', '192.0.2.1/32')]]])
    expect(routes.routesFor('r1')).toBe(routes.routesFor('r2'))
    expect(routes.routesFor('r1')).not.toBe(routes.routesFor('int'))
    const before = routes.routesFor('r1')
    routes.setPeers([peer('new'), peer('r1'), peer('r2'), peer('int', { asn: 64512 })])
    expect(routes.routesFor('r1')).toBe(before)
    expect(routes.routesFor('new')).toBe(before)
    routes.update([['b', [plain('b', '192.0.2.2/32', { peers: ['r1'] })]]])
    expect(prefixesOf(routes.routesFor('r1'))).toEqual(['192.0.2.1/32', '192.0.2.2/32'])
    expect(prefixesOf(routes.routesFor('r2'))).toEqual(['192.0.2.1/32'])
    routes.update([['b', []]])
    expect(routes.routesFor('r1')).toBe(routes.routesFor('r2'))
  })

  test('a peer that is gone no longer answers for those that shared its set', () => {
    const routes = new PeerRoutes()
    routes.setPeers([peer('r1'), peer('r2')])
    routes.update([['a', [plain('a', '192.0.2.1/32')]]])
    routes.setPeers([peer('r2')])
    routes.update([['b', [plain('b', '192.0.2.2/32', { peers: ['r1'] })]]])
    expect(prefixesOf(routes.routesFor('r2'))).toEqual(['192.0.2.1/32'])
    expect(routes.routesFor('r1').size).toBe(0)
  })

  test('a row shows each peer its own', () => {
    const routes = new PeerRoutes()
    routes.setPeers([
      peer('ext'),
      peer('int', { asn: 64512 }),
      peer('six', { address: '2001:db8::fe' }),
      peer('dual', { address: '2001:db8::fd', dualStack: true, nextHop4: '198.51.100.1' }),
    ])
    routes.update([
      ['x', [plain('x', '192.0.2.0/24', { communities: ['1:1'], localPref: 200 })]],
      ['y', [plain('y', '192.0.2.0/24', { communities: ['1:2'], peers: ['int'], advertisement: 'z' })]],
    ])
    expect(routes.row('192.0.2.0/24')).toMatchObject({
      owners: ['x', 'y'],
      advertisements: ['plain', 'z'],
      peers: [
        { peer: 'ext', code: 'Announced', communities: ['1:1'], notes: [] },
        {
          peer: 'int',
          code: 'Announced',
          localPref: 200,
          communities: ['1:1', '1:2'],
          notes: ['local preference 100 of z gives way to 200 of plain'],
        },
        { peer: 'six', code: 'FamilyNotOnSession', communities: [] },
        { peer: 'dual', code: 'Announced', nextHop: '198.51.100.1', communities: ['1:1'] },
      ],
    })
    expect(routes.prefixesOf('x')).toEqual(['192.0.2.0/24'])
  })
})
