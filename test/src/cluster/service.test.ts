import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { ANNOUNCED_CONDITION, parseObjects, type Service } from '../../../src/cluster/index.ts'
import { brief, findingsOf, object, raws, slice } from '../../support/raw-objects.ts'

type Fields = Readonly<Record<string, unknown>>

const of = (spec: Fields, status: Fields = {}, metadata: Fields = {}): Fields =>
  object('v1', 'Service', { name: 'web', namespace: 'shop', ...metadata }, { spec, status })

function parsed(value: unknown): Service {
  const { objects, diagnostics } = parseObjects(raws([value]))
  const [one] = objects
  if (one?.kind !== 'Service' || one.value === undefined) throw new Error(brief(diagnostics).join('\n'))
  return one.value
}

describe('what addresses are allocated by', () => {
  test('is empty where nothing is said', () => {
    expect(parsed(of({}))).toEqual({
      namespace: 'shop',
      name: 'web',
      labels: {},
      annotations: {},
      type: 'ClusterIP',
      externalTrafficPolicy: 'Cluster',
      addresses: [],
      invalidAddresses: [],
      clusterIPs: [],
      ipFamilyPolicy: 'SingleStack',
      ipFamilies: [],
      ports: [],
      selector: '',
    })
  })

  test.each<[string, Fields, readonly string[]]>([
    ['both families, canonical', { clusterIPs: ['10.96.0.1', 'FD00::0001'] }, ['10.96.0.1', 'fd00::1']],
    ['the old field', { clusterIP: '10.96.0.1' }, ['10.96.0.1']],
    ['the list before the old field', { clusterIP: '10.0.0.9', clusterIPs: ['10.96.0.1'] }, ['10.96.0.1']],
    ['an empty list beside the old field', { clusterIP: '10.96.0.1', clusterIPs: [] }, ['10.96.0.1']],
    ['a headless service', { clusterIP: 'None', clusterIPs: ['None'] }, []],
    ['no address yet', { clusterIP: '' }, []],
  ])('cluster addresses: %s', (_, spec, expected) => {
    expect(parsed(of(spec)).clusterIPs).toEqual(expected)
  })

  test('families in order, and the policy', () => {
    const spec = { ipFamilies: ['IPv6', 'IPv4'], ipFamilyPolicy: 'PreferDualStack' }
    expect(parsed(of(spec))).toMatchObject({
      ipFamilies: ['ipv6', 'ipv4'],
      ipFamilyPolicy: 'PreferDualStack',
    })
    expect(findingsOf(of({ ipFamilies: ['IPv5'], ipFamilyPolicy: 'dual' }))).toEqual([
      'error UnknownValue spec.ipFamilyPolicy',
      'error UnknownValue spec.ipFamilies[0]',
    ])
  })

  test('ports, TCP unless said otherwise', () => {
    const ports = [
      { port: 80, targetPort: 'http', name: 'web' },
      { port: 53, protocol: 'UDP' },
    ]
    expect(parsed(of({ ports })).ports).toEqual([
      { protocol: 'TCP', port: 80 },
      { protocol: 'UDP', port: 53 },
    ])
    expect(findingsOf(of({ ports: [{ port: '80' }] }))).toEqual(['error WrongType spec.ports[0].port'])
  })

  test('the selector as one line, whatever its order', () => {
    expect(parsed(of({ selector: { tier: 'front', app: 'web' } })).selector).toBe('app=web,tier=front')
    expect(parsed(of({ selector: null })).selector).toBe('')
  })

  test('the class and the address that are asked for', () => {
    const asked = { loadBalancerClass: 'example.net/lb', loadBalancerIP: '192.0.2.7 ' }
    expect(parsed(of(asked))).toMatchObject(asked)
    expect(parsed(of({ loadBalancerClass: '', loadBalancerIP: '' }))).not.toHaveProperty('loadBalancerIP')
  })
})

describe('the condition that oyez keeps', () => {
  const condition = (over: Fields = {}) => ({
    type: ANNOUNCED_CONDITION,
    status: 'False',
    reason: 'NoEndpoints',
    message: 'nobody is there',
    ...over,
  })

  test('is read among others', () => {
    const conditions = [{ type: 'LoadBalancerPortsError', status: 'True' }, condition()]
    expect(parsed(of({}, { conditions })).announcedCondition).toEqual({
      status: 'False',
      reason: 'NoEndpoints',
      message: 'nobody is there',
    })
  })

  test('is absent where it is not', () => {
    expect(parsed(of({}, { conditions: [] }))).not.toHaveProperty('announcedCondition')
    expect(parsed(of({}, { conditions: [condition({ type: 'Announced' })] }))).not.toHaveProperty(
      'announcedCondition',
    )
  })

  test('is False unless it is True', () => {
    const status = (value: unknown) =>
      parsed(of({}, { conditions: [condition({ status: value })] })).announcedCondition?.status
    expect(['True', 'Unknown', null].map(status)).toEqual(['True', 'False', 'False'])
  })
})

describe('what is not kept', () => {
  test('annotations that nobody reads', () => {
    const annotations = {
      'kubectl.kubernetes.io/last-applied-configuration': '{}',
      'metallb.io/address-pool': 'first',
      'metallb.universe.tf/allow-shared-ip': 'key',
      'oyez.io/x': 'y',
      'metallb.io': 'no prefix',
    }
    expect(parsed(of({}, {}, { annotations })).annotations).toEqual({
      'metallb.io/address-pool': 'first',
      'metallb.universe.tf/allow-shared-ip': 'key',
      'oyez.io/x': 'y',
    })
  })

  test('a second copy of what most services have in common', () => {
    const spec = { ipFamilies: ['IPv4'], ports: [{ port: 80 }] }
    const [a, b] = [parsed(of(spec)), parsed(of(structuredClone(spec)))]
    expect(a.ports).toBe(b.ports)
    expect(a.ipFamilies).toBe(b.ipFamilies)
    expect(a.annotations).toBe(b.annotations)
    const other = parsed(of({ ports: [{ port: 80, protocol: 'UDP' }] }))
    expect(other.ports).toEqual([{ protocol: 'UDP', port: 80 }])
  })
})

/** A copy that looks the same to zod and that the quick way does not know. */
const unusual = (value: object): object => Object.assign(Object.create(null), value)

const odd = fc.constantFrom<unknown>(
  undefined,
  null,
  '',
  'x',
  'IPv4',
  'Local',
  7,
  true,
  [],
  {},
  [null],
  ['10.0.0.1'],
)
const mostly = (right: fc.Arbitrary<unknown>) => fc.oneof({ weight: 12, arbitrary: right }, odd)
const spec = fc.record(
  {
    type: mostly(fc.constant('LoadBalancer')),
    clusterIP: mostly(fc.constant('10.96.0.1')),
    clusterIPs: mostly(fc.constant(['10.96.0.1'])),
    externalTrafficPolicy: mostly(fc.constant('Local')),
    ipFamilies: mostly(fc.constant(['IPv4', 'IPv6'])),
    loadBalancerIP: mostly(fc.constant('192.0.2.1')),
    ports: mostly(fc.constant([{ port: 80 }, { port: 53, protocol: 'UDP' }])),
    selector: mostly(fc.constant({ b: '1', a: '2' })),
  },
  { requiredKeys: [], noNullPrototype: true },
)
const status = fc.record(
  {
    loadBalancer: mostly(fc.constant({ ingress: [{ ip: '192.0.2.1' }, { hostname: 'x' }] })),
    conditions: mostly(fc.constant([{ type: ANNOUNCED_CONDITION, status: 'True' }])),
  },
  { requiredKeys: [], noNullPrototype: true },
)
const metadata = fc.record(
  { labels: mostly(fc.constant({ a: 'b' })), annotations: mostly(fc.constant({ c: 'd' })) },
  { requiredKeys: [], noNullPrototype: true },
)

test('the quick way and the thorough way come to the same Service and the same findings', () => {
  const both = (value: object) => [value, unusual(value)].map((one) => parseObjects(raws([one])))
  let whole = 0
  fc.assert(
    fc.property(spec, status, metadata, (...[someSpec, someStatus, some]) => {
      const [quick, thorough] = both(of(someSpec, someStatus, some))
      expect(quick?.objects[0]?.value).toEqual(thorough?.objects[0]?.value)
      expect(quick?.diagnostics).toEqual(thorough?.diagnostics)
      if (quick?.diagnostics.length === 0) whole++
    }),
    { numRuns: 500 },
  )
  expect(whole).toBeGreaterThan(20)
})

const arbitraryEndpoint = fc.record(
  {
    addresses: fc.oneof(fc.constant(['10.244.0.1']), odd),
    nodeName: fc.oneof(fc.constant('node1'), odd),
    conditions: fc.oneof(
      fc.record({ ready: fc.oneof(fc.boolean(), odd), serving: fc.boolean() }, { noNullPrototype: true }),
      odd,
    ),
  },
  { requiredKeys: [], noNullPrototype: true },
)

test('the same of EndpointSlices', () => {
  fc.assert(
    fc.property(
      fc.array(fc.oneof({ weight: 5, arbitrary: arbitraryEndpoint }, odd), { maxLength: 2 }),
      (endpoints) => {
        const value = { ...slice('a', 'web', []), endpoints }
        const [quick, thorough] = [value, unusual(value)].map((one) => parseObjects(raws([one])))
        expect(quick?.objects[0]?.value).toEqual(thorough?.objects[0]?.value)
        expect(quick?.diagnostics).toEqual(thorough?.diagnostics)
      },
    ),
    { numRuns: 300 },
  )
})
