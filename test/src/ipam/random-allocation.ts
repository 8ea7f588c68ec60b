/** Random pools and services, from few names and small pools, so that everything meets everything. */
import fc from 'fast-check'
import type { Namespace, Pool, Service } from '../../../src/cluster/index.ts'
import { selector, service } from '../../support/tiny-cluster.ts'

const range = (text: string, ...cidrs: readonly string[]) => ({
  text,
  cidrs: cidrs.length > 0 ? cidrs : [text],
})

const RANGES: readonly Pool['ranges'][] = [
  [range('192.0.2.8/30')],
  [range('198.51.100.254-198.51.101.1', '198.51.100.254/31', '198.51.101.0/31'), range('2001:db8:b::/127')],
  [range('2001:db8:c::/126'), range('203.0.113.7/32'), range('203.0.113.5/32')],
  [range('10.0.0.0/31'), range('2001:db8:d::/127'), range('10.0.1.1/32')],
]

const allocation = fc.record({
  priority: fc.constantFrom(0, 1, 2),
  namespaces: fc.subarray(['red']),
  namespaceSelectors: fc.subarray([selector({ team: 'blue' }), selector({ team: 'nobody' })]),
  serviceSelectors: fc.subarray([selector({ app: 'web' })]),
})

const pool = (name: string, ranges: Pool['ranges']): fc.Arbitrary<Pool> =>
  fc
    .record({
      autoAssign: fc.oneof({ weight: 4, arbitrary: fc.constant(true) }, fc.constant(false)),
      avoidBuggyIPs: fc.boolean(),
      allocation: fc.option(allocation, { nil: undefined, freq: 2 }),
      ranges: fc.subarray([...ranges], { minLength: 1 }),
    })
    .map(({ allocation: its, ...rest }) => ({ name, labels: {}, ...rest, ...(its && { allocation: its }) }))

/** Few have none at all. */
export const arbitraryPools: fc.Arbitrary<readonly Pool[]> = fc
  .oneof(
    { weight: 1, arbitrary: fc.constant([]) },
    { weight: 9, arbitrary: fc.shuffledSubarray([0, 1, 2, 3], { minLength: 1 }) },
  )
  .chain((some) =>
    fc.tuple(
      ...some.map((at) =>
        fc.constantFrom(`p${at}`, `q${at}`).chain((name) => pool(name, RANGES[at] as Pool['ranges'])),
      ),
    ),
  )

export const arbitraryNamespaces: fc.Arbitrary<ReadonlyMap<string, Namespace>> = fc
  .record({ red: fc.constantFrom('red', 'blue'), blue: fc.constantFrom('red', 'blue') })
  .map(
    (teams) =>
      new Map(Object.entries(teams).map(([name, team]) => [name, { name, labels: { team } }] as const)),
  )

const FAMILIES = [
  { clusterIPs: ['10.96.0.1'], ipFamilyPolicy: 'SingleStack', ipFamilies: ['ipv4'] },
  { clusterIPs: ['fd00::1'], ipFamilyPolicy: 'SingleStack', ipFamilies: ['ipv6'] },
  { clusterIPs: ['10.96.0.1', 'fd00::1'], ipFamilyPolicy: 'PreferDualStack', ipFamilies: ['ipv4', 'ipv6'] },
  { clusterIPs: ['fd00::1', '10.96.0.1'], ipFamilyPolicy: 'PreferDualStack', ipFamilies: ['ipv6', 'ipv4'] },
  { clusterIPs: ['10.96.0.1'], ipFamilyPolicy: 'PreferDualStack', ipFamilies: ['ipv4'] },
  { clusterIPs: ['10.96.0.1', 'fd00::1'], ipFamilyPolicy: 'RequireDualStack', ipFamilies: ['ipv4', 'ipv6'] },
  { clusterIPs: ['10.96.0.1'], ipFamilyPolicy: 'RequireDualStack', ipFamilies: ['ipv4'] },
  { clusterIPs: [], ipFamilyPolicy: 'SingleStack', ipFamilies: [] },
] as const satisfies readonly Pick<Service, 'clusterIPs' | 'ipFamilyPolicy' | 'ipFamilies'>[]

const seldom = <T>(choices: readonly T[]): fc.Arbitrary<T | undefined> =>
  fc.oneof({ weight: 5, arbitrary: fc.constant(undefined) }, fc.constantFrom(...choices))

const REQUESTS = [
  '192.0.2.9',
  '2001:db8:c::2',
  '10.0.0.1, 2001:db8:d::1',
  '192.0.2.9,2001:db8:d::1',
  '10.9.9.9',
  'x',
  '',
]

const annotations = fc
  .record({
    'metallb.io/loadBalancerIPs': seldom(REQUESTS),
    'metallb.universe.tf/loadBalancerIPs': seldom(['10.0.0.0']),
    'metallb.io/address-pool': seldom(['p0', 'p1', 'p3', 'nowhere', '']),
    'metallb.io/allow-shared-ip': fc.constantFrom(undefined, 'k', 'k', 'l', ''),
    'metallb.universe.tf/allow-shared-ip': seldom(['k']),
  })
  .map((all) =>
    Object.fromEntries(
      Object.entries(all).flatMap(([key, value]) => (value === undefined ? [] : [[key, value]])),
    ),
  )

const STATUSES = [
  ['192.0.2.9'],
  ['192.0.2.8', '2001:db8:b::1'],
  ['2001:db8:d::', '10.0.0.0'],
  ['198.51.100.255'],
  ['203.0.113.7', '203.0.113.5'],
  ['172.16.0.1'],
]

export const NAMES = ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h'] as const

/** What a user writes: everything but the status. */
export const arbitrarySpec = (name: string): fc.Arbitrary<Service> =>
  fc
    .record({
      namespace: fc.constant(name < 'e' ? 'red' : 'blue'),
      type: fc.oneof({ weight: 9, arbitrary: fc.constant('LoadBalancer') }, fc.constant('ClusterIP')),
      families: fc.oneof(
        { weight: 2, arbitrary: fc.constant(FAMILIES[0]) },
        { weight: 3, arbitrary: fc.constantFrom(...FAMILIES) },
      ),
      labels: fc.constantFrom({ app: 'web' }, { app: 'db' }),
      annotations,
      loadBalancerIP: seldom(['192.0.2.10']),
      externalTrafficPolicy: fc.constantFrom('Cluster', 'Cluster', 'Local' as const),
      selector: fc.constantFrom('app=web', 'app=db'),
      ports: fc.subarray(
        [
          { protocol: 'TCP', port: 80 },
          { protocol: 'UDP', port: 53 },
          { protocol: 'TCP', port: 53 },
        ],
        { minLength: 1 },
      ),
    })
    .map(({ families, loadBalancerIP, ...rest }) =>
      service({
        name,
        addresses: [],
        ...rest,
        ...families,
        ...(loadBalancerIP !== undefined && { loadBalancerIP }),
      }),
    )

/** With a status that somebody else may have written. */
export const arbitraryService = (name: string): fc.Arbitrary<Service> =>
  fc
    .tuple(arbitrarySpec(name), fc.option(fc.constantFrom(...STATUSES)), fc.boolean())
    .map(([spec, addresses, written]) => withStatus(spec, addresses ?? [], written ? 'p0' : undefined))

export function withStatus(spec: Service, addresses: readonly string[], pool: string | undefined): Service {
  const { 'metallb.io/ip-allocated-from-pool': _, ...others } = spec.annotations
  return {
    ...spec,
    addresses,
    invalidAddresses: [],
    annotations: pool === undefined ? others : { ...others, 'metallb.io/ip-allocated-from-pool': pool },
  }
}
