/** A speaker that is not there: what it would show, written down. */
import type { PeerView, RouteView, ServiceView, SessionView, SpeakerViews } from '../../src/api/index.ts'
import type { PoolUsage } from '../../src/ipam/index.ts'
import type { ServiceReport, TraceStep } from '../../src/plan/index.ts'

export const session: SessionView = {
  state: 'Established',
  stateForMs: 4_980_000,
  uptimeMs: 4_980_000,
  holdTime: 90,
  keepaliveTime: 30,
  routerId: '192.168.200.200',
  remoteRouterId: '192.168.200.1',
  capabilities: {
    offered: ['multiprotocol', '4-octet AS', 'extended messages'],
    received: ['multiprotocol', '4-octet AS'],
    negotiated: ['multiprotocol', '4-octet AS'],
  },
  families: ['ipv4'],
  advertised: { ipv4: 2, ipv6: 0 },
  received: { ipv4: 1, ipv6: 0 },
  pending: 0,
  withheld: [],
  messages: {
    sent: { OPEN: 1, UPDATE: 1, KEEPALIVE: 166 },
    received: { OPEN: 1, UPDATE: 2, KEEPALIVE: 165 },
  },
  flaps: 0,
}

export const down: SessionView = {
  ...session,
  state: 'Connect',
  stateForMs: 3000,
  holdTime: 90,
  capabilities: { ...session.capabilities, received: [], negotiated: [] },
  advertised: { ipv4: 0, ipv6: 0 },
  received: { ipv4: 0, ipv6: 0 },
  lastError: { agoMs: 12_000, direction: 'received', text: 'Cease/Administrative Shutdown: "maintenance"' },
  flaps: 3,
  nextRetryInMs: 8_000,
}
delete (down as { uptimeMs?: number }).uptimeMs

export const peerViews: readonly PeerView[] = [
  {
    name: 'tor1',
    address: '192.168.200.1',
    port: 179,
    selected: true,
    message: 'tor1 is for every node',
    localAsn: 64500,
    asn: 64501,
    session,
  },
  {
    name: 'tor2',
    address: '2001:db8::2',
    port: 1179,
    selected: true,
    message: 'tor2 is for every node',
    localAsn: 64500,
    asn: 64500,
    session: down,
  },
  {
    name: 'edge',
    address: '192.168.200.9',
    port: 179,
    selected: false,
    code: 'PeerNodeNotSelected',
    message: 'the nodeSelectors of edge do not match node1, whose labels are no labels',
  },
]

const route = (prefix: string, services: readonly string[], sent: boolean): RouteView => ({
  prefix,
  nextHop: '192.168.200.201',
  localPref: 100,
  communities: ['64500:100'],
  largeCommunities: [],
  services,
  advertisements: ['all'],
  peers: [
    {
      peer: 'tor1',
      code: 'Announced',
      message: `${prefix} goes to tor1`,
      wouldSend: true,
      nextHop: '192.168.200.201',
      communities: ['64500:100'],
      largeCommunities: [],
      notes: [],
      sent,
    },
    {
      peer: 'tor2',
      code: 'FamilyNotOnSession',
      message: 'the session with tor2 carries no IPv4',
      wouldSend: false,
      communities: [],
      largeCommunities: [],
      notes: [],
      sent: false,
    },
  ],
})

export const routeViews: readonly RouteView[] = [
  route('192.168.200.240/32', ['default/kafka-bootstrap'], true),
  route('192.168.200.241/32', ['default/kafka-0'], false),
]

export const serviceViews: readonly ServiceView[] = [
  {
    key: 'default/kafka-0',
    addresses: ['192.168.200.241'],
    policy: 'Local',
    announce: true,
    code: 'Announced',
    message: '192.168.200.241/32',
    pool: 'first',
  },
  {
    key: 'default/kafka-1',
    addresses: ['192.168.200.242'],
    policy: 'Local',
    announce: false,
    code: 'NoLocalEndpoints',
    message: '1 endpoint in 1 slice: 1 usable, none on node1 but on node2',
    pool: 'first',
  },
]

export const poolUsages: readonly PoolUsage[] = [
  {
    name: 'first',
    autoAssign: true,
    ranges: ['192.168.200.240-192.168.200.255', '2001:db8::/64'],
    assigned: { ipv4: 2, ipv6: 1 },
    available: { ipv4: 14, ipv6: Number.MAX_SAFE_INTEGER },
    total: { ipv4: 16, ipv6: Number.MAX_SAFE_INTEGER },
    services: 2,
  },
  {
    name: 'second',
    autoAssign: false,
    ranges: ['192.0.2.1/32'],
    assigned: { ipv4: 1, ipv6: 0 },
    available: { ipv4: 0, ipv6: 0 },
    total: { ipv4: 1, ipv6: 0 },
    services: 1,
  },
]

const steps: readonly TraceStep[] = [
  { rule: 'service type', ok: true, message: 'type is LoadBalancer' },
  { rule: 'addresses', ok: true, message: '192.168.200.242' },
  {
    rule: 'endpoints',
    ok: false,
    code: 'NoLocalEndpoints',
    message: '1 endpoint in 1 slice: 1 usable, none on node1 but on node2',
  },
  { rule: 'peers', ok: true, late: true, message: 'goes to tor1' },
]

const reportOf = (view: ServiceView): ServiceReport => ({
  ...view,
  trace: view.announce ? steps.slice(0, 2) : steps,
  announcements: [],
})

export const cannedViews: SpeakerViews = {
  status: () => ({
    name: 'oyez',
    version: '0.1.0',
    node: 'node1',
    pid: 4711,
    uptimeMs: 5_000_000,
    ready: true,
    source: { kind: 'manifests', location: '/etc/oyez', loadedAgoMs: 60_000, diagnostics: [] },
    peers: { selected: 2, established: 1 },
    services: { total: 2, announced: 1 },
    routes: { ipv4: 2, ipv6: 0 },
  }),
  peers: () => peerViews,
  *routes({ peer, service }) {
    for (const one of routeViews) {
      if (service !== undefined && !one.services.includes(service)) continue
      yield peer === undefined ? one : { ...one, peers: one.peers.filter((to) => to.peer === peer) }
    }
  },
  services: () => serviceViews,
  pools: () => poolUsages,
  serviceKeys: () => serviceViews.map(({ key }) => key),
  explain(key, peer) {
    const view = serviceViews.find((service) => service.key === key)
    if (view === undefined) return undefined
    return {
      node: 'node1',
      service: reportOf(view),
      peers: peerViews
        .filter(({ name }) => peer === undefined || name === peer)
        .map(({ name, address, selected, session: its, code, message }) => ({
          peer: name,
          address,
          ...(its !== undefined && { state: its.state }),
          ...(code !== undefined && { code }),
          trace: [{ rule: 'node selectors', ok: selected, ...(code !== undefined && { code }), message }],
          routes: selected ? [{ prefix: '192.168.200.241/32', sent: name === 'tor1' }] : [],
        })),
    }
  },
}
