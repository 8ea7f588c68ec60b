/**
 * Small clusters for tests of decisions: each builder fills in what a row does not care about.
 * The base is one Cluster service `default/web` at 192.0.2.10, announced by one advertisement to every peer.
 */
import type {
  BgpAdvertisement,
  BgpPeer,
  Config,
  Endpoint,
  EndpointSlice,
  LabelSelector,
  Node,
  Pool,
  Service,
  Snapshot,
} from '../../src/cluster/index.ts'

export const selector = (matchLabels: Record<string, string>): LabelSelector => ({
  matchLabels,
  matchExpressions: [],
})

export const service = (over: Partial<Service> = {}): Service => ({
  namespace: 'default',
  name: 'web',
  labels: { app: 'web' },
  annotations: {},
  type: 'LoadBalancer',
  externalTrafficPolicy: 'Cluster',
  addresses: ['192.0.2.10'],
  invalidAddresses: [],
  clusterIPs: ['10.96.0.10'],
  ipFamilyPolicy: 'SingleStack',
  ipFamilies: ['ipv4'],
  ports: [{ protocol: 'TCP', port: 80 }],
  selector: 'app=web',
  ...over,
})

/** On a node; ready and with an address unless said otherwise. */
export const endpoint = (nodeName: string, over: Partial<Endpoint> = {}): Endpoint => ({
  nodeName,
  hasAddress: true,
  ...over,
})

export const slice = (...endpoints: readonly Endpoint[]): EndpointSlice => ({
  namespace: 'default',
  name: 'web-1',
  serviceName: 'web',
  endpoints,
})

export const node = (name: string, over: Partial<Node> = {}): Node => ({
  name,
  labels: { zone: 'a' },
  addresses: ['198.51.100.1', '2001:db8:ffff::1'],
  networkUnavailable: false,
  ...over,
})

export const pool = (name: string, ...cidrs: readonly string[]): Pool => ({
  name,
  ranges: cidrs.map((cidr) => ({ text: cidr, cidrs: [cidr] })),
  labels: {},
  autoAssign: true,
  avoidBuggyIPs: false,
})

export const advertisement = (name: string, over: Partial<BgpAdvertisement> = {}): BgpAdvertisement => ({
  name,
  pools: ['first'],
  aggregationLength: 32,
  aggregationLengthV6: 128,
  communities: [],
  largeCommunities: [],
  nodeSelectors: [],
  peers: [],
  serviceSelectors: [],
  ...over,
})

export const bgpPeer = (name: string, over: Partial<BgpPeer> = {}): BgpPeer => ({
  name,
  myAsn: 64512,
  peerAsn: 64513,
  peerAddress: '198.51.100.254',
  peerPort: 179,
  nodeSelectors: [],
  ebgpMultiHop: false,
  dualStackAddressFamily: false,
  disableMP: false,
  ...over,
})

export const config = (over: Partial<Config> = {}): Config => ({
  pools: [pool('first', '192.0.2.0/24', '2001:db8:1::/64'), pool('second', '203.0.113.0/24')],
  peers: [bgpPeer('router')],
  bgpAdvertisements: [advertisement('plain')],
  l2Advertisements: [],
  bfdProfiles: [],
  ...over,
})

export interface Tiny {
  readonly services?: readonly Service[]
  /** Those of `default/web`. */
  readonly slices?: readonly EndpointSlice[]
  readonly nodes?: readonly Node[]
  readonly config?: Partial<Config>
}

export const cluster = ({ services = [service()], slices, nodes, config: over }: Tiny = {}): Snapshot => ({
  services: new Map(services.map((one) => [`${one.namespace}/${one.name}`, one])),
  slices: new Map([['default/web', slices ?? [slice(endpoint('node1'))]]]),
  nodes: new Map((nodes ?? [node('node1'), node('node2')]).map((one) => [one.name, one])),
  namespaces: new Map(),
  config: config(over),
})
