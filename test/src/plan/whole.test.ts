import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { explainForPeer, planCluster, planNode, planPeers, planService } from '../../../src/plan/index.ts'
import { arbitraryCluster } from '../../support/random-cluster.ts'
import {
  advertisement,
  bgpPeer,
  cluster,
  endpoint,
  node,
  selector,
  service,
  slice,
} from '../../support/tiny-cluster.ts'

describe('a whole node', () => {
  const snapshot = cluster({
    services: [
      service(),
      service({ name: 'plain', type: 'ClusterIP' }),
      service({ name: 'other', addresses: [] }),
    ],
    config: {
      bgpAdvertisements: [advertisement('plain', { communities: ['64512:1'], localPref: 150 })],
      peers: [
        bgpPeer('ext'),
        bgpPeer('int', { peerAddress: '198.51.100.253', peerAsn: 64512, password: 'secret' }),
        bgpPeer('six', { peerAddress: '2001:db8:ffff::fe' }),
        bgpPeer('far', { peerAddress: '198.51.100.252', nodeSelectors: [selector({ zone: 'b' })] }),
      ],
    },
  })
  const report = planNode(snapshot, 'node1')

  test('names services with their reasons, without those of other types', () => {
    expect(report.services.map(({ key, announce, code }) => [key, announce, code])).toEqual([
      ['default/other', false, 'NoAddress'],
      ['default/web', true, 'Announced'],
    ])
    expect(report.services[1]).toMatchObject({
      addresses: ['192.0.2.10'],
      policy: 'Cluster',
      pool: 'first',
      announcements: [{ prefix: '192.0.2.10/32', advertisement: 'plain', localPref: 150 }],
    })
  })

  test('names every peer, spoken to or not', () => {
    expect(report.peers.map(({ name, selected, code }) => [name, selected, code])).toEqual([
      ['ext', true, undefined],
      ['int', true, undefined],
      ['six', true, undefined],
      ['far', false, 'PeerNodeNotSelected'],
    ])
  })

  test('names routes with what each peer would get', () => {
    expect(report.routes).toMatchObject([
      {
        prefix: '192.0.2.10/32',
        nextHop: 'self',
        localPref: 150,
        communities: ['64512:1'],
        services: ['default/web'],
        peers: [
          { peer: 'ext', wouldSend: true, code: 'Announced', nextHop: 'self', communities: ['64512:1'] },
          { peer: 'int', wouldSend: true, code: 'Announced', localPref: 150 },
          { peer: 'six', wouldSend: false, code: 'FamilyNotOnSession' },
        ],
      },
    ])
    expect(report.routes[0]?.peers[0]).not.toHaveProperty('localPref')
    expect(report.routes[0]?.peers[2]).not.toHaveProperty('nextHop')
  })

  test('is JSON, and holds no secret', () => {
    const services = report.services.map((one) => ({
      ...one,
      trace: one.trace,
      announcements: one.announcements,
    }))
    expect(JSON.parse(JSON.stringify(report))).toEqual({ ...report, services })
    expect(JSON.stringify(report)).not.toContain('secret')
  })

  test('a service that reaches no peer is not announced, and says why', () => {
    const code = (peers: ReturnType<typeof bgpPeer>[]) => {
      const [first] = planNode(cluster({ config: { peers } }), 'node1').services
      return [first?.announce, first?.code, first?.message]
    }
    expect(code([])).toEqual([false, 'NoPeers', 'no BGPPeer is configured'])
    expect(code([bgpPeer('r', { nodeSelectors: [selector({ zone: 'b' })] })])).toEqual([
      false,
      'NoPeers',
      'no BGPPeer selects this node',
    ])
    expect(code([bgpPeer('six', { peerAddress: '2001:db8::fe' })])).toEqual([
      false,
      'FamilyNotOnSession',
      expect.stringContaining('carries no IPv4'),
    ])
  })

  test('all nodes at once: with Local, each service at its endpoints', () => {
    const brokers = cluster({
      services: [service({ externalTrafficPolicy: 'Local' })],
      nodes: ['node0', 'node1', 'node2'].map((name) => node(name)),
      slices: [slice(endpoint('node0'), endpoint('node2'))],
    })
    const told = planCluster(brokers).map((one) => [one.node, one.services[0]?.code, one.routes.length])
    expect(told).toEqual([
      ['node0', 'Announced', 1],
      ['node1', 'NoLocalEndpoints', 0],
      ['node2', 'Announced', 1],
    ])
    expect(planCluster(brokers, ['node2'])).toHaveLength(1)
  })

  test('routes are exactly what the services announce, and each names its services', () => {
    fc.assert(
      fc.property(arbitraryCluster, (random) => {
        const { services, routes, peers } = planNode(random, 'node1')
        const asked = services.flatMap(({ key, announcements }) =>
          announcements.map((one) => `${one.prefix} ${key}`),
        )
        const shown = routes.flatMap((route) => route.services.map((key) => `${route.prefix} ${key}`))
        expect(shown.sort()).toEqual([...new Set(asked)].sort())
        const spoken = peers.filter(({ selected }) => selected).map(({ name }) => name)
        for (const route of routes) expect(route.peers.map(({ peer }) => peer)).toEqual(spoken)
        for (const { announce, key } of services)
          expect(routes.some((r) => r.services.includes(key) && r.peers.some((p) => p.wouldSend))).toBe(
            announce,
          )
      }),
      { numRuns: 200 },
    )
  })
})

describe('a service towards one peer', () => {
  const towards = (peer: ReturnType<typeof bgpPeer>, peers: string[] = [], addresses = ['198.51.100.1']) => {
    const snapshot = cluster({
      services: [service({ addresses: ['192.0.2.10', '2001:db8:1::1'] })],
      nodes: [node('node1', { addresses })],
      config: { peers: [peer], bgpAdvertisements: [advertisement('plain', { peers })] },
    })
    const [plan] = planPeers(snapshot, 'node1')
    const [one] = snapshot.services.values()
    if (plan === undefined || one === undefined) throw new Error('nothing to explain')
    return explainForPeer(planService(snapshot, one, 'node1'), plan).map(
      ({ rule, code = 'ok' }) => `${rule}: ${code}`,
    )
  }

  test.each([
    [
      'one family',
      towards(bgpPeer('r')),
      ['route 192.0.2.10/32 by plain: ok', 'route 2001:db8:1::1/128 by plain: FamilyNotOnSession'],
    ],
    [
      'both families',
      towards(bgpPeer('r', { dualStackAddressFamily: true }), [], ['198.51.100.1', '2001:db8::1']),
      [
        'next hop of the other family: ok',
        'route 192.0.2.10/32 by plain: ok',
        'route 2001:db8:1::1/128 by plain: ok',
      ],
    ],
    [
      'both families, no address of the other',
      towards(bgpPeer('r', { dualStackAddressFamily: true })),
      [
        'next hop of the other family: NoNextHop',
        'route 192.0.2.10/32 by plain: ok',
        'route 2001:db8:1::1/128 by plain: NoNextHop',
      ],
    ],
    [
      'announced to others only',
      towards(bgpPeer('r'), ['x']),
      ['route 192.0.2.10/32 by plain: PeerNotSelected', 'route 2001:db8:1::1/128 by plain: PeerNotSelected'],
    ],
  ])('%s', (_, steps, expected) => {
    expect(steps).toEqual(['node selectors: ok', ...expected])
  })

  test('a peer of other nodes', () => {
    expect(towards(bgpPeer('r', { nodeSelectors: [selector({ zone: 'b' })] }))).toEqual([
      'node selectors: PeerNodeNotSelected',
    ])
  })
})
