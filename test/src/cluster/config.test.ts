import { expect, test } from 'vitest'
import {
  bfdProfile,
  bgpAdvertisement,
  brief,
  build,
  community,
  findingsOf,
  l2Advertisement,
  namespace,
  node,
  object,
  peer,
  pool,
  service,
  snapshotOf,
} from '../../support/raw-objects.ts'

const POOL = pool('first', { addresses: ['192.0.2.0/24'] })
const ALL = bgpAdvertisement('all')
const found = (...values: unknown[]) => brief(build(values).diagnostics)

test('a pool with all its fields', () => {
  const value = pool(
    'first',
    {
      addresses: ['192.0.2.10-192.0.2.12', '2001:db8::/64'],
      autoAssign: false,
      avoidBuggyIPs: true,
      serviceAllocation: {
        priority: 5,
        namespaces: ['a'],
        serviceSelectors: [{ matchExpressions: [{ key: 'app', operator: 'In', values: ['b', 'a'] }] }],
      },
    },
    { labels: { zone: 'a' } },
  )
  expect(snapshotOf([value, ALL]).config.pools).toEqual([
    {
      name: 'first',
      ranges: [
        { text: '192.0.2.10-192.0.2.12', cidrs: ['192.0.2.10/31', '192.0.2.12/32'] },
        { text: '2001:db8::/64', cidrs: ['2001:db8::/64'] },
      ],
      labels: { zone: 'a' },
      autoAssign: false,
      avoidBuggyIPs: true,
      allocation: {
        priority: 5,
        namespaces: ['a'],
        namespaceSelectors: [],
        serviceSelectors: [
          { matchLabels: {}, matchExpressions: [{ key: 'app', operator: 'In', values: ['a', 'b'] }] },
        ],
      },
    },
  ])
})

test('a pool needs addresses', () => {
  expect(findingsOf(pool('a'))).toEqual(['error MissingField spec.addresses'])
  expect(findingsOf(pool('a', { addresses: [] }))).toEqual(['error MissingField spec.addresses'])
})

test('host bits and empty lists are told', () => {
  expect(findingsOf(pool('a', { addresses: ['192.0.2.9/24'] }))).toEqual([
    'warning HostBitsSet spec.addresses[0]',
  ])
  const open = pool('a', { addresses: ['192.0.2.0/24'], serviceAllocation: { namespaces: [] } })
  expect(findingsOf(open)).toEqual(['warning EmptyList spec.serviceAllocation.namespaces'])
})

test('pools that overlap, between each other and within', () => {
  const { snapshot, diagnostics } = build([
    POOL,
    pool('second', { addresses: ['192.0.2.200-192.0.3.10', '192.0.3.10/32', '192.0.3.11/32'] }),
    ALL,
  ])
  expect(snapshot).toBeUndefined()
  expect(brief(diagnostics)).toEqual([
    '2 error OverlappingPools spec.addresses[0]',
    '2 error OverlappingPools spec.addresses[1]',
  ])
  expect(diagnostics[0]?.message).toBe(
    '192.0.2.200-192.0.3.10 overlaps 192.0.2.0/24 of IPAddressPool first (all.yaml:1)',
  )
  expect(diagnostics[1]?.message).toContain('of this pool')
})

test('a small block inside a large one is found behind others', () => {
  const wide = pool('wide', { addresses: ['10.0.0.0/8'] })
  const inside = ['10.1.0.0/16', '10.200.0.0/16'].map((cidr, at) => pool(`p${at}`, { addresses: [cidr] }))
  expect(found(wide, ...inside, ALL)).toEqual([
    '2 error OverlappingPools spec.addresses[0]',
    '3 error OverlappingPools spec.addresses[0]',
  ])
})

test('the same object twice, and the same name in two namespaces', () => {
  const { diagnostics } = build([POOL, POOL, ALL])
  expect(brief(diagnostics)).toEqual(['2 error DuplicateObject metadata.name'])
  expect(diagnostics[0]?.message).toBe('the same object is also at all.yaml:1')
  const elsewhere = pool('first', { addresses: ['10.0.0.0/24'] }, { namespace: 'other' })
  expect(found(POOL, elsewhere, ALL)).toEqual(['2 error DuplicateName metadata.name'])
  expect(found(service('a'), object('v1', 'Service', { name: 'a', namespace: 'other' }))).toEqual([])
})

test('metallb.io objects in two namespaces are told once', () => {
  const elsewhere = pool('second', { addresses: ['10.0.0.0/24'] }, { namespace: 'other' })
  expect(found(POOL, elsewhere, ALL)).toEqual(['2 warning SeveralNamespaces metadata.namespace'])
})

test('pools by name, by label, both, or all', () => {
  const pools = [
    pool('a', { addresses: ['10.0.0.0/24'] }, { labels: { zone: 'x' } }),
    pool('b', { addresses: ['10.0.1.0/24'] }, { labels: { zone: 'x' } }),
    pool('c', { addresses: ['10.0.2.0/24'] }),
  ]
  const byLabel = { ipAddressPoolSelectors: [{ matchLabels: { zone: 'x' } }] }
  const { bgpAdvertisements, l2Advertisements } = snapshotOf([
    ...pools,
    bgpAdvertisement('all'),
    bgpAdvertisement('both', { ipAddressPools: ['c'], ...byLabel }),
    bgpAdvertisement('label', byLabel),
    l2Advertisement('name', { ipAddressPools: ['c'] }),
  ]).config
  expect(bgpAdvertisements.map(({ pools }) => pools)).toEqual([
    ['a', 'b', 'c'],
    ['a', 'b', 'c'],
    ['a', 'b'],
  ])
  expect(l2Advertisements.map(({ pools }) => pools)).toEqual([['c']])
})

test('what nobody has: pools, peers, nodes, namespaces', () => {
  expect(
    found(POOL, bgpAdvertisement('a', { ipAddressPools: ['first', 'frist'], peers: ['router'] })),
  ).toEqual(['2 warning UnknownPool spec.ipAddressPools[1]', '2 warning UnknownPeer spec.peers[0]'])
  expect(
    found(POOL, ALL, bgpAdvertisement('a', { ipAddressPoolSelectors: [{ matchLabels: { a: 'b' } }] })),
  ).toEqual(['3 warning SelectsNothing spec'])
  expect(found(ALL)).toEqual(['1 warning SelectsNothing spec'])
  const absent = { nodeSelectors: [{ matchLabels: { rack: 'b' } }] }
  expect(found(POOL, node('n', { rack: 'a' }), bgpAdvertisement('a', absent))).toEqual([
    '3 warning SelectsNothing spec.nodeSelectors',
  ])
  const allocation = { namespaces: ['b'], namespaceSelectors: [{ matchLabels: { a: 'b' } }] }
  expect(
    found(pool('p', { addresses: ['10.0.0.0/8'], serviceAllocation: allocation }), namespace('a'), ALL),
  ).toEqual([
    '1 warning UnknownNamespace spec.serviceAllocation.namespaces[0]',
    '1 warning SelectsNothing spec.serviceAllocation.namespaceSelectors',
  ])
  expect(found(POOL)).toEqual(['1 warning PoolNotAdvertised'])
})

test('a pool that was refused is not also missed', () => {
  const broken = pool('first', { addresses: ['x'] })
  const values = [broken, bgpAdvertisement('a', { ipAddressPools: ['first'] }), service('s', ['10.0.0.1'])]
  expect(found(...values)).toEqual(['1 error InvalidRange spec.addresses[0]'])
})

test('communities by value and alias, in order, each once', () => {
  const { bgpAdvertisements } = snapshotOf([
    POOL,
    community('c', {
      communities: [
        { name: 'vip', value: '64512:2' },
        { name: 'big', value: 'large:1:2:3' },
      ],
    }),
    bgpAdvertisement('a', { communities: ['64512:100', 'vip', 'big', '64512:2', 'large:1:2:1', '064512:3'] }),
  ]).config
  expect(bgpAdvertisements[0]).toMatchObject({
    communities: ['64512:2', '64512:3', '64512:100'],
    largeCommunities: ['1:2:1', '1:2:3'],
  })
})

test.each([
  ['65536:1', 'error InvalidCommunity'],
  ['1:2:3', 'error InvalidCommunity'],
  ['large:1:2', 'error InvalidCommunity'],
  ['large:1:2:4294967296', 'error InvalidCommunity'],
  ['-1:2', 'error InvalidCommunity'],
  ['1: 2', 'error InvalidCommunity'],
  ['', 'error EmptyValue'],
])('refuses the community %j', (text, expected) => {
  expect(findingsOf(bgpAdvertisement('a', { communities: [text] }))).toEqual([
    `${expected} spec.communities[0]`,
  ])
})

test('an alias that nobody defined', () => {
  const aliases = community('c', { communities: [{ name: 'premium', value: '64512:2' }] })
  const { snapshot, diagnostics } = build([
    POOL,
    aliases,
    bgpAdvertisement('a', { communities: ['premum', 'no-export'] }),
  ])
  expect(snapshot).toBeUndefined()
  expect(diagnostics.map(({ code, hint }) => [code, hint])).toEqual([
    ['UnknownCommunity', 'did you mean "premium"?'],
    ['UnknownCommunity', 'write its value, "65535:65281", or define the alias in a Community'],
  ])
})

test('aliases: doubled, unusable, without value', () => {
  const one = community('one', { communities: [{ name: 'vip', value: '1:2' }] })
  const two = community('two', { communities: [{ name: 'vip', value: '1:3' }] })
  expect(found(one, two)).toEqual(['2 error DuplicateAlias spec.communities[0].name'])
  expect(findingsOf(community('c', { communities: [{ name: 'a:b', value: '1:3' }, { name: 'x' }] }))).toEqual(
    ['warning UnusableAlias spec.communities[0].name', 'error MissingField spec.communities[1].value'],
  )
})

test('an aggregate stays inside the entry of the pool', () => {
  const mixed = pool('p', { addresses: ['10.0.0.0/16', '10.1.0.0-10.1.0.255', '2001:db8::/64'] })
  expect(found(mixed, bgpAdvertisement('a', { aggregationLength: 24, aggregationLengthV6: 64 }))).toEqual([])
  expect(found(mixed, bgpAdvertisement('a', { aggregationLength: 23, aggregationLengthV6: 63 }))).toEqual([
    '2 error AggregationTooWide spec.aggregationLength',
    '2 error AggregationTooWide spec.aggregationLengthV6',
  ])
  const range = pool('p', { addresses: ['10.0.0.1-10.0.0.6'] })
  // /32 /31 /31 /32: the shortest mask counts.
  expect(found(range, bgpAdvertisement('a', { aggregationLength: 31 }))).toEqual([])
  expect(found(range, bgpAdvertisement('a', { aggregationLength: 30 }))).toHaveLength(1)
})

test.each([
  { aggregationLength: 0 },
  { aggregationLength: 33 },
  { aggregationLengthV6: 129 },
  { localPref: -1 },
])('refuses %j', (spec) => {
  expect(findingsOf(bgpAdvertisement('a', spec))).toEqual([`error OutOfRange spec.${Object.keys(spec)[0]}`])
})

test('serviceSelectors and aggregation exclude each other', () => {
  const value = bgpAdvertisement('a', {
    aggregationLength: 24,
    serviceSelectors: [{ matchLabels: { a: 'b' } }],
  })
  expect(findingsOf(value)).toEqual(['error AggregationWithServiceSelectors spec.serviceSelectors'])
})

test('at most 63 communities', () => {
  const many = (count: number) => Array.from({ length: count }, (_, at) => `64512:${at}`)
  expect(findingsOf(bgpAdvertisement('a', { communities: many(63) }))).toEqual([])
  expect(findingsOf(bgpAdvertisement('a', { communities: many(64) }))).toEqual([
    'error TooManyCommunities spec.communities',
  ])
})

test.each([
  ['different preferences', {}, { localPref: 200 }, true],
  ['the default written out', {}, { localPref: 100 }, false],
  ['other lengths', {}, { localPref: 200, aggregationLength: 24 }, false],
  ['other peers', { peers: ['one'] }, { localPref: 200, peers: ['two'] }, false],
  ['all peers and one', {}, { localPref: 200, peers: ['two'] }, true],
  [
    'other nodes',
    { nodeSelectors: [{ matchLabels: { rack: 'a' } }] },
    { localPref: 200, nodeSelectors: [{ matchLabels: { rack: 'b' } }] },
    false,
  ],
  ['serviceSelectors', {}, { localPref: 200, serviceSelectors: [{ matchLabels: { a: 'b' } }] }, false],
])('local preferences that conflict: %s', (_, first, second, conflict) => {
  const { diagnostics } = build([
    POOL,
    node('n1', { rack: 'a' }),
    node('n2', { rack: 'b' }),
    peer('one'),
    peer('two', { peerAddress: '192.0.2.2' }),
    bgpAdvertisement('a', first),
    bgpAdvertisement('b', second),
  ])
  expect(brief(diagnostics)).toEqual(conflict ? ['7 error ConflictingAdvertisements spec.localPref'] : [])
})

test.each([
  ['In without values', { key: 'a', operator: 'In' }, 'error MissingField', '.values'],
  [
    'Exists with values',
    { key: 'a', operator: 'Exists', values: ['b'] },
    'error UnexpectedValues',
    '.values',
  ],
  ['a doubled value', { key: 'a', operator: 'In', values: ['b', 'b'] }, 'error DuplicateValue', '.values[1]'],
  [
    'an operator in small letters',
    { key: 'a', operator: 'in', values: ['b'] },
    'error UnknownValue',
    '.operator',
  ],
  ['no key', { operator: 'Exists' }, 'error MissingField', '.key'],
  ['a key that is none', { key: 'a/b/c', operator: 'Exists' }, 'error InvalidLabel', '.key'],
  ['a value that is none', { key: 'a', operator: 'In', values: ['b c'] }, 'error InvalidLabel', '.values[0]'],
])('refuses a selector with %s', (_, expression, code, path) => {
  const value = bgpAdvertisement('a', { nodeSelectors: [{ matchExpressions: [expression] }] })
  expect(findingsOf(value)).toEqual([`${code} spec.nodeSelectors[0].matchExpressions[0]${path}`])
})

test('selectors that say the same twice, and one that makes the others pointless', () => {
  const expression = (values: string[]) => ({ key: 'a', operator: 'In', values })
  const twice = [
    { matchExpressions: [expression(['x', 'y'])] },
    { matchExpressions: [expression(['y', 'x'])] },
  ]
  expect(findingsOf(bgpAdvertisement('a', { nodeSelectors: twice }))).toEqual([
    'error DuplicateSelector spec.nodeSelectors[1]',
  ])
  const both = [{ matchExpressions: [expression(['x']), expression(['x'])] }]
  expect(findingsOf(bgpAdvertisement('a', { nodeSelectors: both }))).toEqual([
    'error DuplicateSelector spec.nodeSelectors[0].matchExpressions[1]',
  ])
  expect(findingsOf(bgpAdvertisement('a', { nodeSelectors: [{ matchLabels: { a: 'b' } }, {}] }))).toEqual([
    'warning EmptySelector spec.nodeSelectors[1]',
  ])
})

test('an L2Advertisement with all its fields', () => {
  const value = l2Advertisement('l2', {
    interfaces: ['eth0'],
    preferredNodeSelectors: [{ weight: 100, preference: { matchLabels: { rack: 'a' } } }],
  })
  expect(snapshotOf([POOL, value]).config.l2Advertisements).toEqual([
    {
      name: 'l2',
      pools: ['first'],
      nodeSelectors: [],
      interfaces: ['eth0'],
      serviceSelectors: [],
      preferredNodeSelectors: [
        { weight: 100, preference: { matchLabels: { rack: 'a' }, matchExpressions: [] } },
      ],
    },
  ])
  const bad = { interfaces: ['eth0', 'eth0'], preferredNodeSelectors: [{ weight: 0, preference: {} }, {}] }
  expect(findingsOf(l2Advertisement('l2', bad)).sort()).toEqual([
    'error DuplicateValue spec.interfaces[1]',
    'error MissingField spec.preferredNodeSelectors[1].preference',
    'error MissingField spec.preferredNodeSelectors[1].weight',
    'error OutOfRange spec.preferredNodeSelectors[0].weight',
  ])
})

test('a BFDProfile', () => {
  const { bfdProfiles } = snapshotOf([bfdProfile('fast', { receiveInterval: 10, passiveMode: true })]).config
  expect(bfdProfiles).toEqual([{ name: 'fast', receiveInterval: 10, echoMode: false, passiveMode: true }])
  const bad = { receiveInterval: 9, transmitInterval: 60_001, detectMultiplier: 1, minimumTtl: 255 }
  expect(findingsOf(bfdProfile('fast', bad))).toHaveLength(4)
})

test('an address in no pool is told with the pools there are, and does not stop the rest', () => {
  const { snapshot, diagnostics } = build([POOL, ALL, service('a', ['192.0.2.1', '10.0.0.1'])])
  expect(snapshot?.services.size).toBe(1)
  expect(diagnostics).toMatchObject([
    {
      severity: 'warning',
      code: 'AddressInNoPool',
      hint: 'the pools are first (192.0.2.0/24)',
      location: { object: 'Service default/a', path: 'status.loadBalancer.ingress[1]' },
    },
  ])
})

test('addresses of two pools', () => {
  const second = pool('second', { addresses: ['2001:db8::/64'] })
  expect(found(POOL, second, ALL, service('a', ['192.0.2.1', '2001:db8::1']))).toEqual([
    '4 warning AddressesInSeveralPools status.loadBalancer.ingress',
  ])
})

test('services of another load balancer are not looked at', () => {
  expect(found(service('a', ['10.0.0.1'], { loadBalancerClass: 'other' }))).toEqual([])
  expect(found(service('a', ['10.0.0.1'], { type: 'ClusterIP' }))).toEqual([])
})
