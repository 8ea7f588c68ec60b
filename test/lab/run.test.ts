/** `oyez run` and `oyez controller` as whole programs: every door they have, and every way they end. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import {
  awaitUntil,
  type Bird,
  ControlPlane,
  type Host,
  type KubeObject,
  Lab,
  type LabProcess,
  OYEZ,
  serviceObject,
  sliceObject,
} from '../../bird-testbed/index.ts'
import { describeLab } from './describe-lab.ts'
import { installOyez, metallbObject, routerFor, routerPeer } from './support/announcing-cluster.ts'
import { NAMESPACE, PATIENCE } from './support/controller-program.ts'
import { DEPLOY, objectsIn } from './support/shipped.ts'

const ACCOUNT = 'oyez-run'

describeLab('oyez run, controller and speaker in one process', ['bird', 'control-plane'], () => {
  let lab: Lab
  let plane: ControlPlane
  let bird: Bird
  let node: Host
  let oyez: LabProcess
  let address: string
  beforeAll(async () => {
    lab = await Lab.create({ title: 'oyez run' })
    plane = await ControlPlane.start(lab)
    const router = await lab.addRouter('router', '192.168.200.10/24')
    node = await lab.addNode('node0', '192.168.200.200/24')
    bird = await routerFor(router, [node])
    await installOyez(plane)
    await plane.api.create(...rightsOfBoth())
    await plane.addNode('node0', { addresses: [node.address] })
  })
  afterAll(() => lab?.dispose())

  const start = async () => {
    const { kubeconfig } = await plane.serviceAccount(NAMESPACE, ACCOUNT)
    const where = ['--node', 'node0', '--kubeconfig', kubeconfig, '--namespace', NAMESPACE]
    oyez = node.spawn('run', [process.execPath, OYEZ, 'run', ...where, '--socket', node.file('oyez.sock')])
  }
  const has = (...prefixes: readonly string[]) =>
    awaitUntil(
      async () =>
        (await bird.routes('protocol node0')).map(({ prefix }) => prefix).join() === prefixes.join(),
      `BIRD has ${prefixes.join(', ') || 'nothing'}`,
      PATIENCE,
    )

  test('from nothing to a route', async () => {
    await start()
    const service = serviceObject('web')
    await plane.api.create(
      routerPeer('router', '192.168.200.10'),
      service,
      sliceObject(service, [{ address: '10.244.0.7', node: 'node0' }]),
    )
    address = await awaitUntil(() => addressOf(plane, 'web'), 'the Service has an address', PATIENCE)
    await has(`${address}/32`)
    expect(oyez.output).not.toMatch(/forbidden/i)
  })

  test('one health, and the numbers of each half', async () => {
    await awaitUntil(
      async () => (await curl(node, 'http://127.0.0.1:17472/readyz')).startsWith('{"ready":true'),
      'it is ready',
    )
    expect(await curl(node, 'http://127.0.0.1:17472/healthz')).toBe('{"alive":true}\n')
    const ofSpeaker = await curl(node, 'http://127.0.0.1:9120/metrics')
    expect(ofSpeaker).toContain('metallb_bgp_session_up{peer="192.168.200.10:179"} 1\n')
    const ofController = await curl(node, 'http://127.0.0.1:9121/metrics')
    expect(ofController).toContain('oyez_leader 1\n')
    expect(ofController).toContain('metallb_allocator_addresses_in_use_total{pool="main"} 1\n')
    expect(await curl(node, 'http://127.0.0.1:17473/v1/peers')).toContain('"Established"')
  })

  test('SIGKILL: another one takes over the Lease and announces the same address', async () => {
    await oyez.stop('SIGKILL')
    await has()
    const asked = performance.now()
    await start()
    await has(`${address}/32`)
    console.log(`from the start after SIGKILL to the route: ${Math.round(performance.now() - asked)} ms`)
    const leads = async () => (await curl(node, 'http://127.0.0.1:9121/metrics')).includes('oyez_leader 1\n')
    await awaitUntil(leads, 'the new one leads', PATIENCE)
    expect(await addressOf(plane, 'web')).toBe(address)
  })

  test('SIGTERM: it says goodbye to the router, gives the Lease back and ends with 0', async () => {
    const asked = performance.now()
    expect(await oyez.stop()).toBe(0)
    expect(performance.now() - asked).toBeLessThan(5_000)
    await has()
    expect(await bird.query('show protocols all node0')).toContain('oyez is stopping on this node')
    const { spec } = await plane.api.get('coordination.k8s.io/v1', 'Lease', 'oyez-controller', NAMESPACE)
    expect((spec as { holderIdentity?: string }).holderIdentity ?? '').toBe('')
  })

  test('a controller that cannot start takes the speaker with it, and says why', async () => {
    const kubeconfig = await plane.kubeconfig()
    const where = ['--node', 'node0', '--kubeconfig', kubeconfig, '--socket', node.file('other.sock')]
    // The lab has no such machine.
    const nowhere = ['--controller-metrics-address', '192.0.2.77:9121']
    const { code, stderr } = await node.exec([process.execPath, OYEZ, 'run', ...where, ...nowhere], {
      anyCode: true,
    })
    expect(code).toBe(1)
    expect(stderr).toContain('oyez: nothing can listen on 192.0.2.77 port 9121')
    expect(await curl(node, 'http://127.0.0.1:17472/healthz')).toBe('')
  })
})

/** Address of the Service of the webhooks. The API server is its own neighbour, so it is an address of its machine. */
const WEBHOOKS = '10.96.0.99'

describeLab('oyez controller with all its doors open', ['control-plane'], () => {
  let lab: Lab
  let plane: ControlPlane
  let oyez: LabProcess
  beforeAll(async () => {
    lab = await Lab.create({ title: 'the doors of the controller' })
    plane = await ControlPlane.start(lab)
    await plane.host.ip(`addr add ${WEBHOOKS}/32 dev lo`)
    await installOyez(plane)
    const { stdout } = await plane.kubectl(['kustomize', `${DEPLOY}/base`])
    const doors = ['Secret', 'Service', 'ValidatingWebhookConfiguration']
    const shipped = objectsIn(stdout).filter(({ kind }) => doors.includes(kind))
    await plane.api.apply(...shipped.map(withAddress))
    const { kubeconfig } = await plane.serviceAccount(NAMESPACE, 'oyez-controller')
    const where = ['--kubeconfig', kubeconfig, '--namespace', NAMESPACE, '--webhook-port', '443']
    oyez = plane.host.spawn('oyez', [process.execPath, OYEZ, 'controller', ...where])
  })
  afterAll(() => lab?.dispose())

  test('health: ready once it has read the cluster and the webhooks have a certificate', async () => {
    const isReady = async () =>
      (await curl(plane.host, 'http://127.0.0.1:17472/readyz')).startsWith('{"ready":true')
    await oyez.awaitReady(isReady, 'is ready', PATIENCE)
    expect(await curl(plane.host, 'http://127.0.0.1:17472/healthz')).toBe('{"alive":true}\n')
  })

  test('metrics', async () => {
    const leads = async () =>
      (await curl(plane.host, 'http://127.0.0.1:9120/metrics')).includes('oyez_leader 1\n')
    await awaitUntil(leads, 'it leads', PATIENCE)
    expect(await curl(plane.host, 'http://127.0.0.1:9120/metrics')).toMatch(
      /^metallb_allocator_addresses_total\{pool="main"\} 65536$/m,
    )
  })

  test('webhooks: the API server asks, and the answer counts', async () => {
    const wrong = metallbObject('IPAddressPool', 'wrong', { addresses: ['2001:db8::9-2001:db8::1'] })
    const isRefused = async () => {
      const said = await plane.api.create(wrong).catch((error: unknown) => String(error))
      if (typeof said === 'string') return said
      await plane.api.remove(wrong)
      return undefined
    }
    expect(await awaitUntil(isRefused, 'it is refused', PATIENCE)).toContain('ends before it starts')
    const right = metallbObject('IPAddressPool', 'right', { addresses: ['2001:db8::1-2001:db8::9'] })
    expect(await plane.api.create(right)).toMatchObject([{ metadata: { name: 'right' } }])
  })

  test('SIGTERM closes them all and ends it with 0', async () => {
    expect(await oyez.stop()).toBe(0)
    for (const port of [443, 9120, 17_472])
      expect(await curl(plane.host, `http://127.0.0.1:${port}/healthz`)).toBe('')
  })
})

const withAddress = (object: KubeObject): KubeObject =>
  object.kind === 'Service'
    ? { ...object, spec: { ...(object.spec as object), clusterIP: WEBHOOKS } }
    : object

/** `oyez run` does the work of both, so it needs the rights of both. */
function rightsOfBoth(): KubeObject[] {
  const subjects = [{ kind: 'ServiceAccount', name: ACCOUNT, namespace: NAMESPACE }]
  return ['oyez-controller', 'oyez-speaker'].flatMap((role) =>
    (['ClusterRole', 'Role'] as const).map((kind) => ({
      apiVersion: 'rbac.authorization.k8s.io/v1',
      kind: `${kind}Binding`,
      metadata: { name: `run-${role}`, ...(kind === 'Role' && { namespace: NAMESPACE }) },
      roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind, name: role },
      subjects,
    })),
  )
}

async function addressOf(plane: ControlPlane, name: string): Promise<string | undefined> {
  const { status } = await plane.api.get('v1', 'Service', name, 'default')
  return (status as { loadBalancer?: { ingress?: { ip: string }[] } }).loadBalancer?.ingress?.[0]?.ip
}

/** Empty when nobody answers. */
async function curl(host: Host, url: string): Promise<string> {
  return (await host.exec(['curl', '-s', '--noproxy', '*', url], { anyCode: true })).stdout
}
