/**
 * Random clusters for properties: few names, so that everything meets everything, and every rule is hit often.
 */
import fc from 'fast-check'
import type { BgpAdvertisement, EndpointSlice, Node, Service, Snapshot } from '../../src/cluster/index.ts'
import { EXCLUDE_LABEL } from '../../src/plan/index.ts'
import { advertisement, bgpPeer, config, node, selector, service, slice } from './tiny-cluster.ts'

const selectors = (...choices: readonly Record<string, string>[]) =>
  fc.subarray([...choices], { maxLength: 1 }).map((some) => some.map(selector))

/** Mostly the first. */
const mostly = <T>(usual: T, ...others: readonly T[]) =>
  fc.oneof(
    { weight: 4, arbitrary: fc.constant(usual) },
    { weight: 1, arbitrary: fc.constantFrom(usual, ...others) },
  )

const ADDRESSES = [
  ['192.0.2.1'],
  ['192.0.2.2'],
  ['2001:db8:1::1'],
  ['192.0.2.1', '2001:db8:1::1'],
  ['203.0.113.9'],
  ['192.0.2.77', '203.0.113.9'],
  ['10.0.0.1'],
  [],
]

export const arbitraryService = (name: string): fc.Arbitrary<Service> =>
  fc
    .record({
      type: mostly('LoadBalancer', 'ClusterIP'),
      loadBalancerClass: mostly<string | undefined>(undefined, 'other'),
      externalTrafficPolicy: fc.constantFrom('Cluster' as const, 'Local' as const),
      addresses: fc.constantFrom(...ADDRESSES),
      invalidAddresses: mostly<string[]>([], ['bad']),
      labels: fc.constantFrom({ app: 'web' }, { app: 'db' }),
    })
    .map(({ loadBalancerClass, ...rest }) =>
      service({ name, ...rest, ...(loadBalancerClass !== undefined && { loadBalancerClass }) }),
    )

const arbitraryEndpoint = fc
  .record({
    nodeName: fc.constantFrom('node0', 'node1', 'node2'),
    ready: fc.constantFrom(undefined, true, false),
    serving: fc.constantFrom(undefined, true, false),
    hasAddress: mostly(true, false),
  })
  .map(({ ready, serving, ...rest }) => ({
    ...rest,
    ...(ready !== undefined && { ready }),
    ...(serving !== undefined && { serving }),
  }))

export const arbitrarySlices: fc.Arbitrary<readonly EndpointSlice[]> = fc.array(
  fc.array(arbitraryEndpoint, { maxLength: 3 }).map((endpoints) => slice(...endpoints)),
  { maxLength: 2 },
)

export const arbitraryNode = (name: string): fc.Arbitrary<Node> =>
  fc
    .record({
      labels: fc.constantFrom<Record<string, string>>(
        { zone: 'a' },
        { zone: 'b' },
        { zone: 'a', [EXCLUDE_LABEL]: '' },
      ),
      networkUnavailable: mostly(false, true),
      addresses: fc.constantFrom([], ['198.51.100.1'], ['fe80::1', '2001:db8:ffff::1']),
    })
    .map((over) => node(name, over))

export const arbitraryAdvertisement = (name: string): fc.Arbitrary<BgpAdvertisement> =>
  fc
    .record({
      pools: fc.subarray(['first', 'second'], { minLength: 1 }),
      aggregationLength: mostly(32, 24),
      aggregationLengthV6: mostly(128, 64),
      localPref: fc.constantFrom(undefined, 100, 200),
      communities: fc.subarray(['9:1', '64512:1', '64512:20']),
      largeCommunities: fc.subarray(['1:2:3', '64512:1:1']),
      nodeSelectors: selectors({ zone: 'a' }, { zone: 'b' }),
      serviceSelectors: selectors({ app: 'web' }, { app: 'db' }),
      peers: fc.subarray(['r1', 'r2', 'r3'], { maxLength: 2 }),
    })
    .map(({ localPref, ...over }) =>
      advertisement(name, { ...over, ...(localPref !== undefined && { localPref }) }),
    )

const NAMES = ['s0', 's1', 's2', 's3', 's4', 's5']

export const arbitraryCluster: fc.Arbitrary<Snapshot> = fc
  .record({
    services: fc.subarray(NAMES).chain((some) => fc.tuple(...some.map(arbitraryService))),
    slices: fc.tuple(...NAMES.map(() => arbitrarySlices)),
    nodes: fc.subarray(['node0', 'node1', 'node2']).chain((some) => fc.tuple(...some.map(arbitraryNode))),
    ads: fc.subarray(['a', 'b', 'c']).chain((some) => fc.tuple(...some.map(arbitraryAdvertisement))),
    dualStack: fc.boolean(),
  })
  .map(({ services, slices, nodes, ads, dualStack }) => ({
    services: new Map(services.map((one) => [`default/${one.name}`, one])),
    slices: new Map(NAMES.map((name, at) => [`default/${name}`, slices[at] ?? []])),
    nodes: new Map(nodes.map((one) => [one.name, one])),
    namespaces: new Map(),
    config: config({
      bgpAdvertisements: ads,
      peers: [
        bgpPeer('r1'),
        bgpPeer('r2', { peerAddress: '2001:db8:ffff::fe', peerAsn: 64512 }),
        bgpPeer('r3', {
          peerAddress: '198.51.100.253',
          dualStackAddressFamily: dualStack,
          nodeSelectors: [selector({ zone: 'a' })],
        }),
      ],
    }),
  }))
