/**
 * What a large cluster costs the speaker before any packet is sent, and after: `node --expose-gc bench/store.ts [services]`.
 * Objects are made as the API server would send them, as text, and parsed page by page, so that the garbage is real.
 */
import { performance } from 'node:perf_hooks'
import { type Clock, systemClock } from '../bgp/index.ts'
import { Announcer } from '../src/announcer.ts'
import { ClusterStore, type RawObject, type Snapshot } from '../src/cluster/index.ts'
import { planCluster } from '../src/plan/index.ts'

const services = Number(process.argv[2] ?? 100_000)
const NODES = 10
const PAGE = 500

const origin = { locate: () => ({}) }
const address = (base: string, at: number): string =>
  `${base}.${(at >> 16) & 255}.${(at >> 8) & 255}.${at & 255}`

const serviceObject = (at: number, over: object = {}) => ({
  metadata: {
    name: `service-${at}`,
    namespace: `team-${at % 50}`,
    uid: `8a3c1f${at}-0000-4000-8000-000000000000`,
    resourceVersion: String(1000 + at),
    creationTimestamp: '2026-01-01T00:00:00Z',
    labels: { app: `service-${at}`, 'app.kubernetes.io/managed-by': 'Helm' },
    annotations: {
      'kubectl.kubernetes.io/last-applied-configuration': `{"apiVersion":"v1","kind":"Service","metadata":{"name":"service-${at}"},${'"padding":"x",'.repeat(20)}}`,
      'metallb.io/ip-allocated-from-pool': 'first',
    },
  },
  spec: {
    type: 'LoadBalancer',
    clusterIP: address('10', at),
    clusterIPs: [address('10', at)],
    ipFamilies: ['IPv4'],
    ipFamilyPolicy: 'SingleStack',
    externalTrafficPolicy: at % 4 === 0 ? 'Local' : 'Cluster',
    internalTrafficPolicy: 'Cluster',
    sessionAffinity: 'None',
    ports: [{ name: 'http', protocol: 'TCP', port: 80, targetPort: 8080, nodePort: 30000 + (at % 2768) }],
    selector: { app: `service-${at}` },
    ...over,
  },
  status: { loadBalancer: { ingress: [{ ip: address('100', at), ipMode: 'VIP' }] } },
})

const sliceObject = (at: number, ready = true) => ({
  metadata: {
    name: `service-${at}-abcde`,
    namespace: `team-${at % 50}`,
    labels: { 'kubernetes.io/service-name': `service-${at}`, app: `service-${at}` },
  },
  addressType: 'IPv4',
  endpoints: [0, 1, 2].map((pod) => ({
    addresses: [address('172', at * 3 + pod)],
    conditions: { ready, serving: ready, terminating: false },
    nodeName: `node-${(at + pod) % NODES}.cluster.example.net`,
    targetRef: { kind: 'Pod', name: `service-${at}-${pod}`, namespace: `team-${at % 50}` },
  })),
  ports: [{ name: 'http', port: 8080, protocol: 'TCP' }],
})

const ours = (kind: string, name: string, spec: object) => ({
  apiVersion: kind === 'BGPPeer' ? 'metallb.io/v1beta2' : 'metallb.io/v1beta1',
  kind,
  metadata: { name, namespace: 'metallb-system' },
  spec,
})

const raw = (value: unknown): RawObject => ({ value, origin })

function* paged(make: (at: number) => object): Generator<RawObject> {
  for (let from = 0; from < services; from += PAGE) {
    const items = Array.from({ length: Math.min(PAGE, services - from) }, (_, at) => make(from + at))
    const text = JSON.stringify({ items })
    started = performance.now()
    const parsed = JSON.parse(text) as { items: object[] }
    jsonMs += performance.now() - started
    started = performance.now()
    for (const item of parsed.items) yield raw(item)
    putMs += performance.now() - started
  }
}

let started = 0
let jsonMs = 0
let putMs = 0

const gc = (globalThis as { gc?: () => void }).gc
const rss = (): string => {
  gc?.()
  const { rss, heapUsed } = process.memoryUsage()
  return `${Math.round(rss / 1e6)} MB RSS, ${Math.round(heapUsed / 1e6)} MB heap`
}
const say = (what: string, value: string): void => console.log(`${what.padEnd(44)} ${value}`)
const ms = (value: number): string => `${value.toFixed(value < 10 ? 3 : 0)} ms`
/** Wall clock, and CPU time of all threads, which a busy machine does not stretch. */
function stopwatch(): () => string {
  const [from, cpu] = [performance.now(), process.cpuUsage()]
  return () => {
    const { user, system } = process.cpuUsage(cpu)
    return `${ms(performance.now() - from)} (CPU ${ms((user + system) / 1000)})`
  }
}
const timed = <T>(what: string, job: () => T): T => {
  const watch = stopwatch()
  const result = job()
  say(what, watch())
  return result
}
const each = (what: string, times: number, job: (at: number) => void): void => {
  const took: number[] = []
  for (let at = 0; at < times; at++) {
    const from = performance.now()
    job(at)
    took.push(performance.now() - from)
  }
  took.sort((a, b) => a - b)
  const p = (share: number) => ((took[Math.floor(share * (times - 1))] ?? 0) * 1000).toFixed(0)
  say(what, `p50 ${p(0.5)} us, p99 ${p(0.99)} us`)
}

say('before', rss())
const store = new ClusterStore({ metallbNamespace: 'metallb-system' })
store.replace('IPAddressPool', [raw(ours('IPAddressPool', 'first', { addresses: ['100.0.0.0/8'] }))])
store.replace('BGPAdvertisement', [raw(ours('BGPAdvertisement', 'all', {}))])
store.replace('BGPPeer', [
  raw(ours('BGPPeer', 'tor', { myASN: 64512, peerASN: 64513, peerAddress: '192.0.2.1' })),
])
store.replace(
  'Node',
  Array.from({ length: NODES }, (_, at) => raw({ metadata: { name: `node-${at}.cluster.example.net` } })),
)
store.replace('Service', paged(serviceObject))
store.replace('EndpointSlice', paged(sliceObject))
say(`JSON.parse of ${2 * services} objects`, ms(jsonMs))
say(`put of ${2 * services} objects`, ms(putMs))
const { snapshot, diagnostics } = timed('first take', () => store.take())
say('services, slices, findings', `${snapshot.services.size}, ${snapshot.slices.size}, ${diagnostics.length}`)
say('with the snapshot', rss())

/** Notes how long each slice held the event loop. */
let longest = 0
let held = 0
const clock: Clock = {
  ...systemClock,
  soon: (fire) =>
    systemClock.soon(() => {
      noted(fire)
    }),
}
function noted(job: () => void): void {
  const from = performance.now()
  job()
  held += performance.now() - from
  longest = Math.max(longest, performance.now() - from)
}

let routes = 0
const announcer = new Announcer({
  node: 'node-1.cluster.example.net',
  plan: {},
  clock,
  log: (_level, message, fields) => {
    if (message === 'services decided') console.log('   log:', message, fields)
  },
  openSession: () => ({
    setRoutes: (set) => {
      routes = set.size
    },
    status: () => undefined,
    close: () => {},
  }),
})

async function decided(what: string, snapshot: Snapshot): Promise<void> {
  longest = 0
  held = 0
  const watch = stopwatch()
  noted(() => announcer.update(snapshot))
  while (!announcer.isSettled) await new Promise((resume) => setImmediate(resume))
  say(what, `${watch()}, ${ms(held)} of work, longest slice ${ms(longest)}, ${routes} routes`)
}

await decided('first decisions', snapshot)
say('with decisions and routes', rss())
store.put(raw(ours('BGPAdvertisement', 'all', { communities: ['64512:1'] })))
await decided(
  'all again (another community)',
  timed('take after a configuration change', () => store.take()).snapshot,
)
store.put(
  raw({
    apiVersion: 'v1',
    kind: 'Node',
    metadata: { name: 'node-1.cluster.example.net', labels: { a: 'b' } },
  }),
)
await decided(
  'all again (labels of the node)',
  timed('take after a node change', () => store.take()).snapshot,
)
say('after that', rss())

const changed = (at: number, job: () => void): void => {
  job()
  announcer.update(store.take().snapshot)
  if (!announcer.isSettled) throw new Error(`change ${at} took more than one slice`)
}
const service = (at: number, over: object) =>
  raw({ apiVersion: 'v1', kind: 'Service', ...serviceObject(at, over) })
each('a changed Service, to the routes', 2000, (at) => {
  changed(at, () => store.put(service(at * 7, { externalTrafficPolicy: 'Local' })))
})
each('an unchanged Service', 2000, (at) => {
  changed(at, () => store.put(service(at * 7, { externalTrafficPolicy: 'Local' })))
})
each('an EndpointSlice that goes unready', 2000, (at) => {
  changed(at, () =>
    store.put(
      raw({ apiVersion: 'discovery.k8s.io/v1', kind: 'EndpointSlice', ...sliceObject(at * 7, false) }),
    ),
  )
})
each('a Service that goes', 2000, (at) => {
  changed(at, () => store.remove('Service', `team-${at % 50}`, `service-${at}`))
})
const nodes = [...snapshot.nodes.keys()].slice(0, 3)
const plan = timed('planCluster for 3 nodes', () => planCluster(store.take().snapshot, nodes))
say('routes in the plan', String(plan[0]?.routes.length))
