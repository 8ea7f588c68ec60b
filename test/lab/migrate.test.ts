/**
 * From a living MetalLB to oyez: the same objects, Services of every kind. First `oyez shadow` says what would be
 * different, then the switch is played, and neither an address nor a route may change.
 */
import { afterAll, beforeAll, expect, test } from 'vitest'
import {
  awaitUntil,
  Bird,
  birdConfig,
  ControlPlane,
  type Host,
  type KubeObject,
  Lab,
  type LabProcess,
  Metallb,
  OYEZ,
  serviceObject,
  sliceObject,
} from '../../bird-testbed/index.ts'
import type { ShadowReport } from '../../src/shadow/index.ts'
import { describeLab } from './describe-lab.ts'

const NODE_ASN = 65001
const ROUTER_ASN = 64512
const EACH = 50
const METALLB = 'metallb.io/v1beta1'
const { namespace } = Metallb

describeLab('moving from MetalLB', ['bird', 'control-plane', 'metallb'], () => {
  let field: Field
  beforeAll(async () => {
    field = await buildField()
  })
  afterAll(() => field?.lab.dispose())

  test('MetalLB has addressed what it can, and BIRD has the routes', async () => {
    await settled(field)
    expect(field.before.size).toBe(EACH * KINDS.length)
  })

  test('MetalLB tells of new Services by Events', { timeout: 240_000 }, async () => {
    field.told = await eventsOfNew(field, 'first')
    expect(field.told).toContain('Normal IPAllocated Assigned IP ["ADDRESS"]')
    expect(field.told).toContain('Normal nodeAssigned announcing from node "node1" with protocol "bgp"')
    field.before = await addresses(field)
  })

  test('oyez shadow finds nothing that would be different', async () => {
    const report = await shadow(field)
    expect(report.allocation).toEqual({ same: field.before.size, differences: [] })
    expect(report.announcement?.differences).toEqual([])
    expect(report.announcement?.same).toBeGreaterThan(EACH * 4)
    expect(report.diagnostics.filter(({ severity }) => severity === 'error')).toEqual([])
  })

  test('oyez shadow names what would be different', async () => {
    const { allocation } = await shadow(field, '--lb-class', 'example.com/other')
    expect(allocation.differences).toHaveLength(EACH)
    expect(allocation.differences[0]).toMatchObject({ service: 'default/other-0', metallb: [] })
  })

  test('the switch changes no address and no route', async () => {
    const routes = await prefixes(field)
    for (const process of field.metallb) await process.stop('SIGTERM')
    await startOyez(field)
    await awaitUntil(
      async () => (await prefixes(field)).join() === routes.join(),
      'BIRD has the routes it had, and no others',
      { within: 60_000 },
    )
    expect(await addresses(field)).toEqual(field.before)
  })

  test('and after it a new Service gets an address and a route', async () => {
    const service = serviceObject('newcomer')
    await field.plane.api.create(service, sliceObject(service, [{ address: '10.0.0.9', node: 'node0' }]))
    const prefix = await awaitUntil(async () => {
      const address = (await addresses(field)).get('newcomer')
      return address === '' || address === undefined ? undefined : `${address}/32`
    }, 'it has an address')
    await awaitUntil(async () => (await prefixes(field)).includes(prefix), 'and a route')
    expect([...field.before.values()]).not.toContain(prefix.split('/')[0])
  })

  test('oyez tells of new Services by the Events that MetalLB told of them by', async () => {
    const told = await eventsOfNew(field, 'second')
    // Ours name the pool besides.
    const missing = field.told.filter((event) => !told.some((ours) => ours.startsWith(event)))
    expect(missing).toEqual([])
    expect(told).toContain('Normal IPAllocated Assigned IP ["ADDRESS"] from pool general')
  })
})

interface Field {
  readonly lab: Lab
  readonly plane: ControlPlane
  readonly nodes: readonly Host[]
  readonly bird: Bird
  readonly metallb: readonly LabProcess[]
  /** Address (or nothing) by Service. */
  before: ReadonlyMap<string, string>
  /** What MetalLB's Events said of new Services. */
  told: readonly string[]
}

/** Services of every kind that a pool can treat differently. */
const KINDS: readonly ((at: number) => KubeObject)[] = [
  (at) => serviceObject(`plain-${at}`),
  (at) => serviceObject(`local-${at}`, { spec: { externalTrafficPolicy: 'Local' } }),
  (at) => serviceObject(`asked-${at}`, { annotations: { 'metallb.io/loadBalancerIPs': `198.51.101.${at}` } }),
  (at) => serviceObject(`field-${at}`, { spec: { loadBalancerIP: `198.51.101.${100 + at}` } }),
  (at) => serviceObject(`pool-${at}`, { annotations: { 'metallb.universe.tf/address-pool': 'by-name' } }),
  (at) =>
    serviceObject(`shared-${at}`, {
      annotations: { 'metallb.io/allow-shared-ip': `key-${at % 5}` },
      spec: { ports: [{ name: 'http', port: 8000 + at, targetPort: 8080 }] },
    }),
  (at) => serviceObject(`tenant-${at}`, { labels: { tier: 'gold' } }),
  (at) => serviceObject(`unready-${at}`),
  (at) => serviceObject(`other-${at}`, { spec: { loadBalancerClass: 'example.com/other' } }),
  (at) => serviceObject(`nowhere-${at}`, { annotations: { 'metallb.io/address-pool': 'no-such-pool' } }),
]

const CONFIGURATION: readonly KubeObject[] = [
  pool('general', { addresses: ['198.51.100.0/24', '203.0.113.0-203.0.113.200'] }),
  pool('by-request', { addresses: ['198.51.101.0/24'], autoAssign: false }),
  pool('by-name', { addresses: ['198.51.102.0/24'], autoAssign: false, avoidBuggyIPs: true }),
  pool('gold', {
    addresses: ['198.51.103.0/24'],
    serviceAllocation: { priority: 10, serviceSelectors: [{ matchLabels: { tier: 'gold' } }] },
  }),
  {
    apiVersion: METALLB,
    kind: 'BGPAdvertisement',
    metadata: { name: 'all', namespace },
    spec: { communities: ['64512:100'] },
  },
  {
    apiVersion: 'metallb.io/v1beta2',
    kind: 'BGPPeer',
    metadata: { name: 'router', namespace },
    spec: { myASN: NODE_ASN, peerASN: ROUTER_ASN, peerAddress: '192.168.200.10' },
  },
]

function pool(name: string, spec: object): KubeObject {
  return { apiVersion: METALLB, kind: 'IPAddressPool', metadata: { name, namespace }, spec }
}

async function buildField(): Promise<Field> {
  const lab = await Lab.create({ title: 'moving from MetalLB' })
  const plane = await ControlPlane.start(lab)
  const router = await lab.addRouter('router', '192.168.200.10/24')
  const nodes = [
    await lab.addNode('node0', '192.168.200.100/24'),
    await lab.addNode('node1', '192.168.200.101/24'),
  ]
  for (const { name, address } of nodes) await plane.addNode(name, { addresses: [address] })
  const neighbors = nodes.map(({ name, address }) => ({ name, address, asn: NODE_ASN }))
  const bird = await Bird.start(
    router,
    birdConfig({ asn: ROUTER_ASN, routerId: router.address, neighbors, kernel: false }),
  )
  const metallb = await Metallb.install(plane)
  for (const object of CONFIGURATION) await awaitUntil(() => plane.api.apply(object), 'its kind is served')
  await plane.plant(...objects())
  const processes = [await metallb.startController()]
  for (const node of nodes) processes.push(await metallb.startSpeaker(node))
  return { lab, plane, nodes, bird, metallb: processes, before: new Map(), told: [] }
}

function objects(): KubeObject[] {
  const services = KINDS.flatMap((make) => Array.from({ length: EACH }, (_, at) => make(at)))
  const slices = services.map((service, at) => {
    const ready = !service.metadata.name.startsWith('unready')
    return sliceObject(service, [{ address: `10.1.0.${at % 250}`, node: `node${at % 2}`, ready }])
  })
  return [...services, ...slices]
}

/** MetalLB has come to rest: what has no address by then gets none. */
async function settled(field: Field): Promise<void> {
  let last = ''
  await awaitUntil(
    async () => {
      const [now, routes] = [await addresses(field), await prefixes(field)]
      const told = await field.plane.api.list(METALLB, 'ServiceBGPStatus', namespace)
      const text = JSON.stringify([...now, routes, told.length])
      const isSame = text === last
      last = text
      field.before = now
      await new Promise((resolve) => setTimeout(resolve, 5000))
      return isSame && routes.length > 0
    },
    'MetalLB has come to rest',
    { within: 110_000 },
  )
}

/** By Service; an empty text where there is none. */
async function addresses({ plane }: Field): Promise<ReadonlyMap<string, string>> {
  interface Status {
    readonly loadBalancer?: { readonly ingress?: readonly { readonly ip: string }[] }
  }
  const services = (await plane.api.list('v1', 'Service', 'default')).filter(
    ({ spec }) => (spec as { type: string }).type === 'LoadBalancer',
  )
  return new Map(
    services.map(({ metadata, status }) => {
      const ingress = (status as Status).loadBalancer?.ingress ?? []
      return [metadata.name, ingress.map(({ ip }) => ip).join()]
    }),
  )
}

/**
 * A Service that gets an address and one that cannot, with all that is told of them: `TYPE REASON MESSAGE`, sorted,
 * without the names and addresses. Why something cannot be is said in words of one's own.
 */
async function eventsOfNew({ plane }: Field, name: string): Promise<readonly string[]> {
  const impossible = serviceObject(`${name}-nowhere`, {
    annotations: { 'metallb.io/address-pool': 'no-such-pool' },
  })
  const service = serviceObject(name)
  const endpoints = [0, 1].map((at) => ({ address: `10.1.0.${at + 1}`, node: `node${at}` }))
  await plane.api.create(service, impossible, sliceObject(service, endpoints))
  const told = async () => {
    const events = (await plane.api.list('v1', 'Event', 'default')) as unknown as readonly RawEvent[]
    return events
      .filter(({ involvedObject }) => [name, `${name}-nowhere`].includes(involvedObject.name))
      .map(({ type, reason, message }) => `${type} ${reason} ${plainly(reason, message)}`.trimEnd())
  }
  // One for the address, one from each node, one for what cannot be.
  await awaitUntil(async () => new Set(await told()).size >= 4, 'all of it is told', { within: 200_000 })
  return [...new Set(await told())].sort()
}

interface RawEvent {
  readonly type: string
  readonly reason: string
  readonly message: string
  readonly involvedObject: { readonly name: string }
}

const plainly = (reason: string, message: string): string =>
  reason === 'AllocationFailed' ? '' : message.replaceAll(/\d+\.\d+\.\d+\.\d+/g, 'ADDRESS')

/** What BIRD has, from which node. */
async function prefixes({ bird }: Field): Promise<readonly string[]> {
  const said = await bird.query('show route')
  return [...new Set([...said.matchAll(/^(\S+\/\d+)/gm)].map(([, prefix = '']) => prefix))].sort()
}

async function shadow({ plane }: Field, ...more: readonly string[]): Promise<ShadowReport> {
  const argv = [process.execPath, OYEZ, 'shadow', '--kubeconfig', await plane.kubeconfig(), '-o', 'json']
  const { stdout } = await plane.host.exec([...argv, '-n', namespace, ...more], { anyCode: true })
  return JSON.parse(stdout) as ShadowReport
}

async function startOyez({ plane, nodes }: Field): Promise<void> {
  const kubeconfig = await plane.kubeconfig()
  const place = ['--kubeconfig', kubeconfig, '--namespace', namespace]
  plane.host.spawn('oyez', [process.execPath, OYEZ, 'controller', ...place, '--webhook-port', '0'])
  for (const node of nodes) {
    const socket = ['--socket', node.file('oyez.sock')]
    node.spawn('oyez', [process.execPath, OYEZ, 'speaker', '--node', node.name, ...place, ...socket])
  }
}
