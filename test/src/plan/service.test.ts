import { describe, expect, test } from 'vitest'
import type { Service } from '../../../src/cluster/index.ts'
import { EXCLUDE_LABEL, type PlanOptions, planService } from '../../../src/plan/index.ts'
import {
  advertisement,
  cluster,
  endpoint,
  node,
  pool,
  selector,
  service,
  slice,
  type Tiny,
} from '../../support/tiny-cluster.ts'

const plan = (tiny: Tiny & { options?: PlanOptions; on?: string } = {}) => {
  const snapshot = cluster(tiny)
  const [first] = snapshot.services.values()
  return planService(snapshot, first as Service, tiny.on ?? 'node1', tiny.options)
}
const web = (over: Partial<Service>): Tiny => ({ services: [service(over)] })
const ads = (...bgpAdvertisements: ReturnType<typeof advertisement>[]): Tiny => ({
  config: { bgpAdvertisements },
})
const local = { externalTrafficPolicy: 'Local' } as const
const excluded = { nodes: [node('node1', { labels: { [EXCLUDE_LABEL]: '' } })] }
const zoneA = [selector({ zone: 'a' })]
const appWeb = [selector({ app: 'web' })]
const appDb = [selector({ app: 'db' })]

type Row = [what: string, given: Parameters<typeof plan>[0], code: string, message: string | RegExp]

const ROWS: Row[] = [
  ['the plain case', {}, 'Announced', '192.0.2.10/32'],

  ['type NodePort', web({ type: 'NodePort' }), 'NotLoadBalancer', /type is NodePort/],
  ['a class, none wanted', web({ loadBalancerClass: 'x/y' }), 'OtherLoadBalancerClass', /"x\/y".*without/],
  ['an empty class, none wanted', web({ loadBalancerClass: '' }), 'OtherLoadBalancerClass', /""/],
  [
    'no class, one wanted',
    { options: { lbClass: 'oyez' } },
    'OtherLoadBalancerClass',
    /no loadBalancerClass.*oyez/,
  ],
  [
    'another class than wanted',
    { ...web({ loadBalancerClass: 'x' }), options: { lbClass: 'oyez' } },
    'OtherLoadBalancerClass',
    /"x".*oyez/,
  ],
  [
    'the class wanted',
    { ...web({ loadBalancerClass: 'oyez' }), options: { lbClass: 'oyez' } },
    'Announced',
    /./,
  ],

  ['no address yet', web({ addresses: [] }), 'NoAddress', /no IP address yet/],
  [
    'text that is no address',
    web({ addresses: [], invalidAddresses: ['pending'] }),
    'InvalidAddress',
    /"pending"/,
  ],
  ['one of two invalid', web({ invalidAddresses: ['1.2.3'] }), 'InvalidAddress', /"1\.2\.3"/],

  [
    'outside every pool',
    web({ addresses: ['10.9.9.9'] }),
    'AddressInNoPool',
    '10.9.9.9 is in no IPAddressPool',
  ],
  [
    'one of two outside',
    web({ addresses: ['192.0.2.1', '2001:db8:9::1'] }),
    'AddressInNoPool',
    /^2001:db8:9::1 is/,
  ],
  [
    'two pools',
    web({ addresses: ['192.0.2.1', '203.0.113.1'] }),
    'AddressesInSeveralPools',
    /192\.0\.2\.1 in first, 203\.0\.113\.1 in second/,
  ],
  [
    'both families of one pool',
    web({ addresses: ['192.0.2.1', '2001:db8:1::1'] }),
    'Announced',
    /\/32, 2001:db8:1::1\/128/,
  ],
  [
    'an address ending in .0 of a pool that avoids buggy ones',
    {
      ...web({ addresses: ['192.0.2.0'] }),
      config: { pools: [{ ...pool('first', '192.0.2.0/24'), avoidBuggyIPs: true }] },
    },
    'Announced',
    '192.0.2.0/32',
  ],

  ['no advertisement at all', ads(), 'NoAdvertisement', 'no BGPAdvertisement selects pool first'],
  ['one for another pool', ads(advertisement('a', { pools: ['second'] })), 'NoAdvertisement', /pool first/],
  [
    'node not selected',
    ads(advertisement('a', { nodeSelectors: [selector({ zone: 'b' })] })),
    'NodeNotSelected',
    /zone=a/,
  ],
  ['node selected', ads(advertisement('a', { nodeSelectors: zoneA })), 'Announced', /./],
  [
    'node selectors are ORed',
    ads(advertisement('a', { nodeSelectors: [selector({ zone: 'b' }), ...zoneA] })),
    'Announced',
    /./,
  ],
  ['a node the cluster does not know', { on: 'node9' }, 'NodeUnknown', 'the cluster has no Node named node9'],
  ['no advertisement comes before an unknown node', { ...ads(), on: 'node9' }, 'NoAdvertisement', /./],
  ['a folder without any Node', { nodes: [], on: 'node9' }, 'Announced', '192.0.2.10/32'],
  [
    'a folder without any Node has no labels to select by',
    { nodes: [], ...ads(advertisement('a', { nodeSelectors: zoneA })) },
    'NodeNotSelected',
    /no labels/,
  ],

  [
    'service not selected',
    ads(advertisement('a', { serviceSelectors: appDb })),
    'ServiceNotSelected',
    /a do not match.*app=web/,
  ],
  ['service selected', ads(advertisement('a', { serviceSelectors: appWeb })), 'Announced', /./],
  [
    'one of two selects it',
    ads(advertisement('a', { serviceSelectors: appDb }), advertisement('b', { serviceSelectors: appWeb })),
    'Announced',
    /./,
  ],
  [
    'the one that selects the service is not for the node',
    ads(
      advertisement('a', { serviceSelectors: appDb }),
      advertisement('b', { serviceSelectors: appWeb, nodeSelectors: [selector({ zone: 'b' })] }),
    ),
    'ServiceNotSelected',
    /./,
  ],

  [
    'local preferences that contradict',
    ads(
      advertisement('a', { localPref: 200, serviceSelectors: appWeb }),
      advertisement('b', { localPref: 300 }),
    ),
    'ConflictingAdvertisements',
    'a (200) and b (300) give the same route different local preferences',
  ],
  [
    'unset against another than the default',
    ads(advertisement('a', { localPref: 200, serviceSelectors: appWeb }), advertisement('b')),
    'ConflictingAdvertisements',
    /b \(unset, so 100\)/,
  ],
  [
    'unset against the default',
    ads(advertisement('a', { localPref: 100 }), advertisement('b')),
    'Announced',
    /./,
  ],
  [
    'other aggregation lengths are other routes',
    ads(advertisement('a', { localPref: 200 }), advertisement('b', { aggregationLength: 24 })),
    'Announced',
    '192.0.2.10/32, 192.0.2.0/24',
  ],
  [
    'aggregation of a family the service does not have is no conflict',
    {
      ...web({ addresses: ['2001:db8:1::1'] }),
      ...ads(advertisement('a', { localPref: 200 }), advertisement('b', { aggregationLengthV6: 64 })),
    },
    'Announced',
    /./,
  ],
  [
    'one common family is enough for a conflict',
    {
      ...web({ addresses: ['192.0.2.1', '2001:db8:1::1'] }),
      ...ads(advertisement('a', { localPref: 200 }), advertisement('b', { aggregationLengthV6: 64 })),
    },
    'ConflictingAdvertisements',
    /./,
  ],
  [
    'other peers are other routes',
    ads(advertisement('a', { localPref: 200, peers: ['r1'] }), advertisement('b', { peers: ['r2'] })),
    'Announced',
    /./,
  ],
  [
    'a common peer is a conflict',
    ads(advertisement('a', { localPref: 200, peers: ['r1', 'r2'] }), advertisement('b', { peers: ['r2'] })),
    'ConflictingAdvertisements',
    /./,
  ],
  [
    'no list of peers means all of them',
    ads(advertisement('a', { localPref: 200, peers: ['r1'] }), advertisement('b')),
    'ConflictingAdvertisements',
    /./,
  ],
  [
    'no conflict with one for other nodes',
    ads(advertisement('a', { localPref: 200, nodeSelectors: [selector({ zone: 'b' })] }), advertisement('b')),
    'Announced',
    /./,
  ],
  [
    'no conflict with one for other services',
    ads(advertisement('a', { localPref: 200, serviceSelectors: appDb }), advertisement('b')),
    'Announced',
    /./,
  ],

  [
    'NetworkUnavailable',
    { nodes: [node('node1', { networkUnavailable: true })] },
    'NodeNetworkUnavailable',
    'node1 has condition NetworkUnavailable=True',
  ],
  ['the exclude label, even empty', excluded, 'NodeExcludedFromLoadBalancers', /any value counts/],
  ['the exclude label, ignored', { ...excluded, options: { ignoreExcludeLb: true } }, 'Announced', /./],
  [
    'both: the condition comes first',
    { nodes: [node('node1', { networkUnavailable: true, labels: { [EXCLUDE_LABEL]: 'true' } })] },
    'NodeNetworkUnavailable',
    /./,
  ],

  ['no slices', { slices: [] }, 'NoEndpoints', 'no EndpointSlice belongs to the service'],
  ['an empty slice', { slices: [slice()] }, 'NoEndpoints', 'no endpoints in 1 slice'],
  ['Cluster: usable on another node', { slices: [slice(endpoint('node2'))] }, 'Announced', /./],
  ['Local: usable here', { ...web(local) }, 'Announced', /./],
  [
    'Local: usable elsewhere only',
    {
      ...web(local),
      slices: [slice(endpoint('node2'), endpoint('node0'), endpoint('node1', { ready: false }))],
    },
    'NoLocalEndpoints',
    '3 endpoints in 1 slice: 2 usable, none on node1 (usable on node0, node2)',
  ],
  ['Local: none at all', { ...web(local), slices: [] }, 'NoLocalEndpoints', /no EndpointSlice/],
  [
    'none usable',
    { slices: [slice(endpoint('node1', { ready: false }), endpoint('node1', { hasAddress: false }))] },
    'NoEndpoints',
    '2 endpoints in 1 slice: none usable (1 neither ready nor serving, 1 without address)',
  ],
]

describe('the decision for one service on one node', () => {
  test.each(ROWS)('%s', (_, given, code, message) => {
    const made = plan(given)
    expect(made).toMatchObject({ code, announce: code === 'Announced' })
    expect(made.message).toMatch(message)
    expect(made.announcements.length > 0).toBe(made.announce)
  })

  test.each([
    [{}, true],
    [{ ready: true }, true],
    [{ ready: false }, false],
    [{ ready: false, serving: false }, false],
    [{ ready: false, serving: true }, true],
    [{ serving: false }, true],
    [{ ready: true, serving: false }, true],
    [{ ready: true, hasAddress: false }, false],
  ])('an endpoint with %o is usable: %s', (conditions, usable) => {
    expect(plan({ slices: [slice(endpoint('node1', conditions))] }).announce).toBe(usable)
  })

  test('an endpoint without nodeName counts for Cluster, not for Local', () => {
    const slices = [slice({ hasAddress: true })]
    expect(plan({ slices }).announce).toBe(true)
    expect(plan({ ...web(local), slices }).message).toContain('usable on an endpoint without nodeName')
  })
})

describe('what is announced', () => {
  test('every address by every matching advertisement, with its terms', () => {
    const made = plan({
      ...web({ addresses: ['192.0.2.200', '2001:db8:1::7'] }),
      ...ads(
        advertisement('host', { localPref: 200, communities: ['64512:1'], peers: ['r1'] }),
        advertisement('net', {
          aggregationLength: 26,
          aggregationLengthV6: 100,
          largeCommunities: ['1:2:3'],
        }),
      ),
    })
    const host = {
      owner: 'default/web',
      advertisement: 'host',
      localPref: 200,
      peers: ['r1'],
      communities: ['64512:1'],
      largeCommunities: [],
    }
    const net = { owner: 'default/web', advertisement: 'net', communities: [], largeCommunities: ['1:2:3'] }
    expect(made.announcements).toEqual([
      { prefix: '192.0.2.200/32', ...host },
      { prefix: '2001:db8:1::7/128', ...host },
      { prefix: '192.0.2.192/26', ...net },
      { prefix: '2001:db8:1::/100', ...net },
    ])
  })

  test('two addresses in one aggregate are one announcement', () => {
    const made = plan({
      ...web({ addresses: ['192.0.2.1', '192.0.2.2'] }),
      ...ads(advertisement('net', { aggregationLength: 24 })),
    })
    expect(made.announcements.map(({ prefix }) => prefix)).toEqual(['192.0.2.0/24'])
  })
})

describe('the trace', () => {
  test('names every rule in order when all is well', () => {
    expect(plan().trace.map(({ rule, ok }) => `${rule}: ${ok}`)).toEqual([
      'service type: true',
      'load balancer class: true',
      'addresses: true',
      'pool: true',
      'advertisements for the node: true',
      'advertisements for the service: true',
      'local preference: true',
      'node network: true',
      'node exclusion: true',
      'endpoints: true',
    ])
  })

  test('shows all that is wrong, and that only the first decided', () => {
    const { trace, code } = plan({
      ...web({ ...local, addresses: ['10.9.9.9'], loadBalancerClass: 'x' }),
      nodes: [node('node1', { networkUnavailable: true, labels: { [EXCLUDE_LABEL]: '' } })],
      slices: [],
    })
    expect(code).toBe('OtherLoadBalancerClass')
    expect(trace.filter(({ ok }) => !ok).map((step) => [step.code, step.late === true])).toEqual([
      ['OtherLoadBalancerClass', false],
      ['AddressInNoPool', true],
      ['NodeNetworkUnavailable', true],
      ['NodeExcludedFromLoadBalancers', true],
      ['NoLocalEndpoints', true],
    ])
  })

  test('holds the service against all advertisements where none is for the node', () => {
    const { trace } = plan(
      ads(advertisement('a', { nodeSelectors: [selector({ zone: 'b' })], serviceSelectors: appDb })),
    )
    expect(trace.filter(({ ok }) => !ok).map(({ code }) => code)).toEqual([
      'NodeNotSelected',
      'ServiceNotSelected',
    ])
  })

  test('does not speak of a conflict between advertisements that are for other nodes', () => {
    const zoneB = [selector({ zone: 'b' })]
    const { trace } = plan(
      ads(
        advertisement('a', { nodeSelectors: zoneB, localPref: 200 }),
        advertisement('b', { nodeSelectors: zoneB, localPref: 300 }),
      ),
    )
    expect(trace.filter(({ ok }) => !ok).map(({ code }) => code)).toEqual(['NodeNotSelected'])
  })

  test('ends at the type: what is no load balancer has nothing else to ask', () => {
    expect(plan(web({ type: 'ClusterIP' })).trace).toHaveLength(1)
  })
})
