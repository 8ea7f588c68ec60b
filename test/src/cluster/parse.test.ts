import fc from 'fast-check'
import { expect, test } from 'vitest'
import { buildSnapshot, formatDiagnostic, parseObjects } from '../../../src/cluster/index.ts'
import {
  bfdProfile,
  bgpAdvertisement,
  brief,
  build,
  community,
  findingsOf,
  l2Advertisement,
  object,
  peer,
  peerV1,
  pool,
  raws,
  service,
  snapshotOf,
} from '../../support/raw-objects.ts'

test('reads what kubectl prints, and passes over all that is not ours', () => {
  const printed = object(
    'v1',
    'Service',
    {
      annotations: { 'metallb.io/ip-allocated-from-pool': 'first' },
      creationTimestamp: '2026-11-21T12:11:00Z',
      labels: { app: 'kafka' },
      managedFields: [{ manager: 'kubectl' }],
      name: 'kafka-0',
      namespace: 'kafka',
    },
    {
      spec: {
        allocateLoadBalancerNodePorts: true,
        clusterIPs: ['10.96.1.1'],
        externalTrafficPolicy: 'Local',
        ports: [{ port: 9092, targetPort: 'kafka' }],
        type: 'LoadBalancer',
      },
      status: { loadBalancer: { ingress: [{ ip: '192.0.2.7', ipMode: 'VIP' }, { ip: '2001:DB8::7' }] } },
    },
  )
  const slice = object(
    'discovery.k8s.io/v1',
    'EndpointSlice',
    { name: 'kafka-0-x', namespace: 'kafka', labels: { 'kubernetes.io/service-name': 'kafka-0' } },
    {
      addressType: 'IPv4',
      endpoints: [
        {
          addresses: ['10.0.0.1'],
          conditions: { ready: false, serving: true, terminating: true },
          nodeName: 'node1',
          targetRef: { kind: 'Pod' },
        },
        { addresses: ['10.0.0.2'], conditions: {} },
      ],
      ports: null,
    },
  )
  const nodeObject = object(
    'v1',
    'Node',
    { name: 'node1', labels: { zone: 'a' } },
    {
      spec: { podCIDR: '10.244.0.0/24' },
      status: {
        addresses: [
          { type: 'InternalIP', address: '192.168.1.1' },
          { type: 'Hostname', address: 'node1' },
          { type: 'InternalIP', address: 'FD00::1' },
        ],
        conditions: [{ type: 'NetworkUnavailable', status: 'True', reason: 'NoRoute' }],
      },
    },
  )
  const snapshot = snapshotOf([
    pool('first', { addresses: ['192.0.2.0/24', '2001:db8::/64'] }),
    bgpAdvertisement('all'),
    printed,
    object('v1', 'List', {}, { items: [slice, nodeObject] }),
  ])
  expect([...snapshot.services]).toEqual([
    [
      'kafka/kafka-0',
      {
        namespace: 'kafka',
        name: 'kafka-0',
        labels: { app: 'kafka' },
        annotations: { 'metallb.io/ip-allocated-from-pool': 'first' },
        type: 'LoadBalancer',
        externalTrafficPolicy: 'Local',
        addresses: ['192.0.2.7', '2001:db8::7'],
        invalidAddresses: [],
        clusterIPs: ['10.96.1.1'],
        ipFamilyPolicy: 'SingleStack',
        ipFamilies: [],
        ports: [{ protocol: 'TCP', port: 9092 }],
        selector: '',
      },
    ],
  ])
  expect(snapshot.slices.get('kafka/kafka-0')).toEqual([
    {
      namespace: 'kafka',
      name: 'kafka-0-x',
      serviceName: 'kafka-0',
      endpoints: [{ hasAddress: true, nodeName: 'node1', ready: false, serving: true }, { hasAddress: true }],
    },
  ])
  expect(snapshot.nodes.get('node1')).toEqual({
    name: 'node1',
    labels: { zone: 'a' },
    addresses: ['192.168.1.1', 'fd00::1'],
    networkUnavailable: true,
  })
})

test('kinds of others and status kinds are passed over', () => {
  const others = [
    object('v1', 'ConfigMap', {}, { data: 5 }),
    object('apps/v1', 'Deployment', { name: 'x' }),
    object('serving.knative.dev/v1', 'Service', {}),
    object('metallb.io/v1beta1', 'ServiceBGPStatus', { name: 'bgp-x' }),
    object('example.com/v1', 'AllowList', { name: 'x' }),
  ]
  expect(build(others).diagnostics).toEqual([])
})

test.each([
  ['a bare value', 5, ['error NotAnObject']],
  ['nothing', null, ['error NotAnObject']],
  ['a list', [], ['error NotAnObject']],
  ['some other map', { replicas: 3 }, ['error NotAnObject apiVersion', 'error NotAnObject kind']],
  ['an old kind', object('metallb.io/v1beta1', 'AddressPool', { name: 'x' }), ['error UnknownKind kind']],
  [
    'a future version',
    object('metallb.io/v1', 'IPAddressPool', { name: 'x' }),
    ['error UnknownVersion apiVersion'],
  ],
  ['no name', object('v1', 'Service', {}), ['error MissingField metadata.name']],
  ['a number for a name', object('v1', 'Node', { name: 5 }), ['error WrongType metadata.name']],
  ['a name with a slash', object('v1', 'Node', { name: 'a/b' }), ['error InvalidName metadata.name']],
  [
    'metadata that is text',
    { apiVersion: 'v1', kind: 'Service', metadata: 'x' },
    ['error WrongType metadata'],
  ],
  ['a list that is none', { apiVersion: 'v1', kind: 'List', items: 5 }, ['error WrongType items']],
])('refuses %s', (_, value, expected) => {
  expect(findingsOf(value)).toEqual(expected)
})

test('typed lists give their items a kind', () => {
  const list = { apiVersion: 'v1', kind: 'ServiceList', items: [{ metadata: { name: 'a', namespace: 'b' } }] }
  expect([...snapshotOf([list]).services.keys()]).toEqual(['b/a'])
})

test('lists in lists in lists end somewhere', () => {
  let nested: unknown = service('x')
  for (let depth = 0; depth < 50; depth++) nested = { apiVersion: 'v1', kind: 'List', items: [nested] }
  expect(findingsOf(nested)).toEqual(['error TooDeep items'])
})

test('all faults of an object at once, each with its path; good neighbours are still judged', () => {
  const value = pool('first', {
    addresses: [5, '10.0.0.2-10.0.0.1', '1.2.3.4-fc00::1', '10.1.0.1'],
    autoAsign: true,
    avoidBuggyIPs: 'true',
    serviceAllocation: {
      priority: 1.5,
      namespaces: ['a', 'a'],
      serviceSelectors: [{ matchLabels: { a: 1 } }],
    },
  })
  expect(findingsOf(value).sort()).toEqual([
    'error DuplicateValue spec.serviceAllocation.namespaces[1]',
    'error InvalidRange spec.addresses[1]',
    'error InvalidRange spec.addresses[3]',
    'error MixedFamilies spec.addresses[2]',
    'error OutOfRange spec.serviceAllocation.priority',
    'error UnknownField spec.autoAsign',
    'error WrongType spec.addresses[0]',
    'error WrongType spec.avoidBuggyIPs',
    'error WrongType spec.serviceAllocation.serviceSelectors[0].matchLabels.a',
  ])
})

test.each([
  [
    'labels',
    (entries: [string, number][]) => ({
      ...service('a'),
      metadata: { name: 'a', labels: Object.fromEntries(entries) },
    }),
  ],
  ['unknown fields', (entries: [string, number][]) => pool('a', Object.fromEntries(entries))],
  [
    'list items',
    (entries: [string, number][]) => pool('a', { addresses: entries.map(([, value]) => value) }),
  ],
])(
  'an object with countless faulty %s is refused with a bounded number of findings, soon',
  (_, make) => {
    const entries = Array.from({ length: 50_000 }, (_, at): [string, number] => [`k${at}`, at])
    const { objects, diagnostics } = parseObjects(raws([make(entries)]))
    expect(objects[0]).not.toHaveProperty('value')
    expect(diagnostics).toHaveLength(101)
    expect(diagnostics.at(-1)?.code).toBe('TooManyFindings')
  },
  3000,
)

test.each([
  ['IPAddressPool', pool('a', { addresses: ['10.0.0.0/24'], adresses: [] }), 'did you mean "addresses"?'],
  ['BGPPeer', peer('a', { holdtime: '9s' }), 'did you mean "holdTime"?'],
  [
    'BGPPeer v1beta1',
    peerV1('a', { connectTime: '9s' }),
    'metallb.io/v1beta2 has it: change apiVersion to metallb.io/v1beta2',
  ],
  ['BGPAdvertisement', bgpAdvertisement('a', { ipAddressPool: ['x'] }), 'did you mean "ipAddressPools"?'],
  ['L2Advertisement', l2Advertisement('a', { interface: ['x'] }), 'did you mean "interfaces"?'],
  [
    'Community',
    community('a', { communities: [{ name: 'a', value: '1:2', vaule: 1 }] }),
    'did you mean "value"?',
  ],
  ['BFDProfile', bfdProfile('a', { echomode: true }), 'did you mean "echoMode"?'],
  [
    'a selector',
    bgpAdvertisement('a', { nodeSelectors: [{ matchlabels: {} }] }),
    'did you mean "matchLabels"?',
  ],
  ['the top', { ...bgpAdvertisement('a'), Spec: {} }, 'did you mean "spec"?'],
])('an unknown field in %s comes with a hint', (_, value, hint) => {
  const found = parseObjects(raws([value])).diagnostics.find(({ code }) => code === 'UnknownField')
  expect(found?.hint).toBe(hint)
})

test('an enum value nearly right comes with a hint', () => {
  const [found] = parseObjects(raws([service('a', [], { type: 'Loadbalancer' })])).diagnostics
  expect(found).toMatchObject({ code: 'UnknownValue', hint: 'did you mean "LoadBalancer"?' })
})

test('a finding is one line, and control characters of a file do not reach the terminal', () => {
  const [found] = parseObjects(raws([peer('a', { routerID: '\u001b[31m\nred' })])).diagnostics
  if (found === undefined) throw new Error('no finding')
  const line = formatDiagnostic({ ...found, location: { ...found.location, file: 'a\u001b\nb.yaml' } })
  // biome-ignore lint/suspicious/noControlCharactersInRegex: that there are none is what is tested
  expect(line).not.toMatch(/[\u0000-\u001f\u007f-\u009f\u2028]/)
})

test('a finding reads like a compiler message', () => {
  const { diagnostics } = build([pool('first', { addresses: ['192.0.2.300/24'] })])
  expect(diagnostics.map(formatDiagnostic)[0]).toBe(
    'all.yaml:1: error: IPAddressPool metallb-system/first: spec.addresses[0]: "192.0.2.300" is not an IP address ' +
      '(hint: write a prefix such as 192.0.2.0/24 or a range such as 192.0.2.10-192.0.2.20)',
  )
})

test('annotations that nobody reads are told', () => {
  const value = service('a')
  const annotations = {
    'metallb.io/loadbalancerips': 'x',
    'metallb.universe.tf/address-pool': 'y',
    'metallb.io/address-pool': 'z',
    'example.com/x': 'y',
  }
  const found = findingsOf({ ...value, metadata: { name: 'a', annotations } })
  expect(found).toEqual([
    'warning UnknownAnnotation metadata.annotations["metallb.io/loadbalancerips"]',
    'warning DeprecatedAnnotation metadata.annotations["metallb.universe.tf/address-pool"]',
  ])
})

test('an address that is none is told and kept for the decision', () => {
  const { snapshot, diagnostics } = build([service('a', ['192.0.2', ''])])
  expect(brief(diagnostics)).toEqual(['1 warning InvalidAddress status.loadBalancer.ingress[0].ip'])
  expect(snapshot?.services.get('default/a')).toMatchObject({ addresses: [], invalidAddresses: ['192.0.2'] })
})

const KINDS = [
  ['v1', 'Service'],
  ['v1', 'Node'],
  ['v1', 'Namespace'],
  ['v1', 'Secret'],
  ['v1', 'List'],
  ['discovery.k8s.io/v1', 'EndpointSlice'],
  ['metallb.io/v1beta1', 'IPAddressPool'],
  ['metallb.io/v1beta2', 'BGPPeer'],
  ['metallb.io/v1beta1', 'BGPPeer'],
  ['metallb.io/v1beta1', 'BGPAdvertisement'],
  ['metallb.io/v1beta1', 'L2Advertisement'],
  ['metallb.io/v1beta1', 'Community'],
  ['metallb.io/v1beta1', 'BFDProfile'],
] as const

const FIELDS =
  'addresses autoAssign avoidBuggyIPs serviceAllocation priority namespaces namespaceSelectors serviceSelectors myASN ' +
  'peerASN peerAddress holdTime keepaliveTime connectTime routerID password passwordSecret nodeSelectors matchLabels ' +
  'matchExpressions key operator values peers communities name value ipAddressPools ipAddressPoolSelectors weight ' +
  'preference preferredNodeSelectors interfaces type loadBalancer ingress ip endpoints conditions labels items spec ' +
  'status metadata data stringData __proto__ constructor'

const TEXTS = [
  'In',
  '10.0.0.0/24',
  '10.0.0.1-10.0.0.9',
  '90s',
  '64512:1',
  'large:1:2:3',
  'a',
  '',
  '::1',
  'fc00::/64',
]

const { tree } = fc.letrec<{ tree: unknown }>((tie) => ({
  tree: fc.oneof(
    { maxDepth: 5 },
    fc.anything(),
    fc.constantFrom(...TEXTS),
    fc.integer(),
    fc.constantFrom(null, undefined, true, 0, 64512),
    fc.array(tie('tree'), { maxLength: 4 }),
    fc.dictionary(fc.constantFrom(...FIELDS.split(' ')), tie('tree'), { maxKeys: 6 }),
  ),
}))

const hostile = fc.oneof(
  fc.anything({
    withNullPrototype: true,
    withSparseArray: true,
    withBigInt: true,
    withDate: true,
    withMap: true,
  }),
  fc
    .record({
      kind: fc.constantFrom(...KINDS),
      metadata: fc.oneof(tree, fc.constant({ name: 'a' }), fc.constant({ name: 'b', namespace: 'c' })),
      spec: tree,
      rest: fc.oneof(
        fc.constant({}),
        fc.dictionary(fc.constantFrom(...FIELDS.split(' ')), tree, { maxKeys: 4 }),
      ),
    })
    .map(({ kind: [apiVersion, kind], metadata, spec, rest }) => ({
      ...rest,
      apiVersion,
      kind,
      metadata,
      spec,
    })),
)

test('nothing makes the parser throw, and whatever it refuses it says so', () => {
  fc.assert(
    fc.property(fc.array(hostile, { maxLength: 6 }), (values) => {
      const parsed = parseObjects(raws(values))
      const { snapshot, diagnostics } = buildSnapshot([parsed])
      expect(snapshot === undefined).toBe(diagnostics.some(({ severity }) => severity === 'error'))
      if (parsed.objects.some(({ value }) => value === undefined)) expect(snapshot).toBeUndefined()
      for (const finding of diagnostics) expect(formatDiagnostic(finding)).not.toMatch(/\n/)
    }),
    { numRuns: 1500 },
  )
})
