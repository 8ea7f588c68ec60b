/**
 * The next step for every reason: what somebody who wanted the service announced can look at or do. One entry per
 * code, so that a new code cannot be forgotten.
 */
import type { ReasonCode } from '../plan/index.ts'

interface Subject {
  readonly namespace: string
  readonly name: string
  readonly node: string
}

const STEPS: Readonly<Record<ReasonCode, (subject: Subject) => string | undefined>> = {
  Announced: () => undefined,
  NotLoadBalancer: () => 'set spec.type of the service to LoadBalancer',
  OtherLoadBalancerClass: () =>
    'start the speaker with the --lb-class of the service, or take spec.loadBalancerClass out (it can only be set at creation)',
  NoAddress: ({ namespace, name }) =>
    `nobody has given the service an address: see the events in \`kubectl -n ${namespace} describe service ${name}\`, and whether a pool has room`,
  InvalidAddress: () =>
    'correct status.loadBalancer.ingress[].ip; the controller that writes it put something else there',
  AddressInNoPool: () =>
    'add the address to spec.addresses of an IPAddressPool, or give the service another address',
  AddressesInSeveralPools: () =>
    'put the addresses of one service into one IPAddressPool: its advertisements are chosen by pool',
  NoAdvertisement: () => 'create a BGPAdvertisement, or let one select the pool in spec.ipAddressPools',
  NodeNotSelected: ({ node }) =>
    `compare spec.nodeSelectors of the BGPAdvertisements with \`kubectl get node ${node} --show-labels\``,
  ServiceNotSelected: ({ namespace, name }) =>
    `compare spec.serviceSelectors of the BGPAdvertisements with \`kubectl -n ${namespace} get service ${name} --show-labels\``,
  ConflictingAdvertisements: () =>
    'give the BGPAdvertisements that match the service the same localPref, or different aggregation lengths or peers',
  NodeUnknown: ({ node }) => `check --node: there is no Node object called ${node}`,
  NodeNetworkUnavailable: ({ node }) =>
    `the network plugin has not set up the node: see the conditions in \`kubectl describe node ${node}\``,
  NodeExcludedFromLoadBalancers: ({ node }) =>
    `\`kubectl label node ${node} node.kubernetes.io/exclude-from-external-load-balancers-\`, or start the speaker with --ignore-exclude-lb`,
  NoEndpoints: ({ namespace, name }) =>
    `no pod behind the service is ready: see \`kubectl -n ${namespace} get endpointslices -l kubernetes.io/service-name=${name}\``,
  NoLocalEndpoints: ({ node }) =>
    `with externalTrafficPolicy Local only nodes with a ready pod announce: run one on ${node}, or set the policy to Cluster`,
  PeerNotSelected: () => 'add the peer to spec.peers of the BGPAdvertisement, or empty that list',
  PeerNodeNotSelected: ({ node }) =>
    `compare spec.nodeSelectors of the BGPPeer with \`kubectl get node ${node} --show-labels\``,
  NoPeers: ({ node }) => `create a BGPPeer, or let one select ${node} in spec.nodeSelectors`,
  FamilyNotOnSession: () =>
    'set dualStackAddressFamily: true on the BGPPeer, or add a BGPPeer with an address of the other family',
  NoNextHop: ({ node }) =>
    `give ${node} an InternalIP of that family (a global one), to be named as next hop`,
}

/** Undefined when there is nothing to do. */
export function nextStep(code: ReasonCode, service: string, node: string): string | undefined {
  const [namespace = '', name = ''] = service.split('/')
  return STEPS[code]({ namespace, name, node })
}
