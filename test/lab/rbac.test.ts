import { readFileSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import {
  type AuditEvent,
  awaitUntil,
  ControlPlane,
  type Host,
  type KubeObject,
  Lab,
  OYEZ,
  OyezSpeaker,
  serviceObject,
  sliceObject,
} from '../../bird-testbed/index.ts'
import type { LabProcess } from '../../bird-testbed/lab-process.ts'
import { describeLab } from './describe-lab.ts'
import { HOME, isOperators, kustomized, type Right, rightsIn } from './support/shipped.ts'

/**
 * The rights that deploy/ gives, tried by an API server that enforces them: controller and speaker do everything they
 * can do; then no request of theirs has been refused, and every right they have has been used.
 */

const METALLB = 'metallb.io/v1beta1'

/** The API server is its own neighbour: what it sends to this address stays on its machine. */
const WEBHOOK_ADDRESS = '10.96.0.99'

const user = (component: string) => `system:serviceaccount:${HOME}:oyez-${component}`

describeLab('the rights of oyez', ['control-plane'], () => {
  let lab: Lab
  let plane: ControlPlane
  let node: Host
  let shipped: KubeObject[]
  let speaker: OyezSpeaker
  let controller: LabProcess

  beforeAll(async () => {
    lab = await Lab.create({ title: 'rights' })
    plane = await ControlPlane.start(lab, { audit: true })
    node = await lab.addNode('node0', '192.168.200.200/24')
    await plane.host.ip(`addr add ${WEBHOOK_ADDRESS}/32 dev lo`)
    shipped = (await kustomized('overlays/prometheus')).filter((object) => !isOperators(object))
    await install(plane, shipped)
    await plane.addNode('node0', { addresses: [node.address] })
    await plane.api.create(pod('controller-1'), pod('speaker-1'))
    controller = await startController(plane)
    speaker = await startSpeaker(plane, node)
  })
  afterAll(() => lab?.dispose())

  test('suffice for a service, from its address to its announcement', async () => {
    const { api } = plane
    await awaitUntil(async () => (await webhookOf(api)).caBundle !== undefined, 'webhooks are registered')
    await api.create(
      {
        ...object('v1', 'Secret', 'router'),
        type: 'kubernetes.io/basic-auth',
        stringData: { password: 'x' },
      },
      object('metallb.io/v1beta2', 'BGPPeer', 'router', {
        myASN: 65001,
        peerASN: 64512,
        peerAddress: '192.168.200.9',
        passwordSecret: { name: 'router' },
      }),
      object(METALLB, 'IPAddressPool', 'first', { addresses: ['198.51.100.0/28'] }),
      object(METALLB, 'BGPAdvertisement', 'all', {}),
    )
    const service = serviceObject('web')
    await api.create(service, slice(service, true))
    await awaitUntil(async () => (await statuses(plane)).length === 1, 'the node says that it announces it')
    const pool = () => api.get(METALLB, 'IPAddressPool', 'first', HOME)
    await awaitUntil(async () => (await pool()).status !== undefined, 'its pool counts it')
  })

  test('suffice when the service comes and goes again and again', async () => {
    const service = serviceObject('web')
    for (const ready of [false, true, false, true]) {
      await plane.api.apply(slice(service, ready))
      const wanted = ready ? 1 : 0
      await awaitUntil(async () => (await statuses(plane)).length === wanted, `it is announced: ${ready}`)
    }
    await countedFor(plane, 'oyez-speaker')
  })

  test('suffice when it is of another type for a while', async () => {
    const service = serviceObject('web')
    for (const type of ['ClusterIP', 'LoadBalancer', 'ClusterIP', 'LoadBalancer']) {
      await plane.api.patch(service, { spec: { type, allocateLoadBalancerNodePorts: null } })
      const wanted = type === 'LoadBalancer' ? 1 : 0
      await awaitUntil(async () => (await statuses(plane)).length === wanted, `it is a ${type}`)
    }
    await countedFor(plane, 'oyez-controller')
  })

  test('suffice to take over what another pod has written', async () => {
    const [status] = await statuses(plane)
    if (status === undefined) throw new Error('there is no ServiceBGPStatus')
    await plane.api.patch(status, { metadata: { ownerReferences: [] } })
    const owners = async () => (await statuses(plane))[0]?.metadata.ownerReferences as unknown[] | undefined
    await awaitUntil(async () => owners().then((all) => all?.length === 1), 'the pod owns it again')
  })

  test('suffice to mend the certificate of the webhooks, and to take over the Lease', async () => {
    await controller.stop()
    const secret = object('v1', 'Secret', 'oyez-webhook-cert')
    await plane.api.patch(secret, { data: { 'tls.crt': '', 'ca.crt': '' } })
    controller = await startController(plane)
    const data = async () =>
      (await plane.api.get('v1', 'Secret', 'oyez-webhook-cert', HOME)).data as Record<string, string>
    await awaitUntil(async () => (await data())['tls.crt'] !== '', 'it has a certificate')
  })

  test('suffice to make the Lease again when somebody deletes it', async () => {
    const lease = object('coordination.k8s.io/v1', 'Lease', 'oyez-controller')
    await plane.api.remove(lease)
    const holder = async () =>
      (
        (await plane.api.get(lease.apiVersion, lease.kind, lease.metadata.name, HOME)).spec as {
          holderIdentity: string
        }
      ).holderIdentity
    await awaitUntil(async () => (await holder()).includes('controller-1'), 'the controller holds it')
  })

  test('let Prometheus in, and nobody else', async () => {
    const scraper = await plane.serviceAccount('monitoring', 'prometheus-k8s')
    const stranger = await plane.serviceAccount(HOME, 'stranger')
    for (const [host, address] of [
      [node, node.address],
      [plane.host, plane.host.address],
    ] as const) {
      const ask = (tokenFile: string) => scrape(host, address, readFileSync(tokenFile, 'utf8'))
      expect(await ask(scraper.tokenFile)).toMatch(/^200 [\s\S]*oyez_build_info/)
      expect(await ask(stranger.tokenFile)).toMatch(/^403 /)
    }
  })

  test('have refused nothing', () => {
    const refused = requests(plane).filter(isRefused)
    expect(refused.map(({ user, verb, resource, name }) => `${user} ${verb} ${resource} ${name}`)).toEqual([])
  })

  test.each(['controller', 'speaker'])('are no wider than used: %s', (component) => {
    const own = rightsIn(shipped).filter(
      ({ role }) => role.endsWith(`oyez-${component}`) || role.endsWith('-metrics'),
    )
    const made = requests(plane).filter((event) => event.user === user(component) && !isRefused(event))
    const unused = own.filter((right) => !made.some((event) => allows(right, event)))
    expect(own.length).toBeGreaterThan(20)
    expect(unused.map(({ role, verb, resource, names }) => [role, verb, resource, names])).toEqual([])
  })

  describe('are named when they lack', () => {
    test.each([
      ['controller', 'services/status', 'patch'],
      ['controller', 'leases', 'get'],
      ['speaker', 'nodes', 'list'],
      ['speaker', 'secrets', 'list'],
    ])('%s without %s %s', async (component, resource, verb) => {
      const without = shipped
        .filter(({ kind }) => kind.endsWith('Role'))
        .map((role) => ({ ...role, rules: withoutRight(role.rules as Rule[], resource, verb) }))
      await plane.api.apply(...without)
      const program = await (component === 'controller' ? restartController() : restartSpeaker())
      if (component === 'controller') await plane.api.create(serviceObject(`poor-${resource.slice(0, 4)}`))
      const verbs = verb === 'list' ? '"list", "watch"' : `"${verb}"`
      const rule = `resources: ["${resource}"], verbs: [${verbs}]`
      try {
        await awaitUntil(() => program().includes(rule), `it names the rule ${rule}`)
        expect(program()).toContain(`the ServiceAccount ${HOME}/oyez-${component} needs a `)
      } finally {
        await plane.api.apply(...shipped.filter(({ kind }) => kind.endsWith('Role')))
      }
    })

    async function restartController() {
      await controller.stop()
      controller = await startController(plane)
      return () => unquoted(controller.output)
    }

    async function restartSpeaker() {
      await speaker.restart()
      return () => unquoted(speaker.log)
    }
  })
})

async function install(plane: ControlPlane, shipped: readonly KubeObject[]): Promise<void> {
  const monitoring: KubeObject = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'monitoring' } }
  const placed = shipped.map((each) =>
    each.kind === 'Service' && each.metadata.name === 'oyez-webhook'
      ? { ...each, spec: { ...(each.spec as object), clusterIP: WEBHOOK_ADDRESS } }
      : each,
  )
  const stdin = [monitoring, ...placed].map((each) => JSON.stringify(each)).join('\n---\n')
  await plane.kubectl(['apply', '--server-side', '-f', '-'], { stdin })
  await plane.kubectl(['wait', '--for=condition=Established', 'crd', '--all', '--timeout=20s'])
}

async function startController(plane: ControlPlane): Promise<LabProcess> {
  const { kubeconfig } = await plane.serviceAccount(HOME, 'oyez-controller')
  const where = ['--kubeconfig', kubeconfig, '--namespace', HOME, '--pod-name', 'controller-1']
  const doors = ['--webhook-port', '443', '--metrics-address', `${plane.host.address}:9120`]
  return plane.host.spawn('controller', [process.execPath, OYEZ, 'controller', ...where, ...doors])
}

async function startSpeaker(plane: ControlPlane, node: Host): Promise<OyezSpeaker> {
  const { kubeconfig } = await plane.serviceAccount(HOME, 'oyez-speaker')
  const args = ['--namespace', HOME, '--pod-name', 'speaker-1', '--metrics-address', `${node.address}:9120`]
  return OyezSpeaker.start(node, { kubeconfig, args })
}

const object = (apiVersion: string, kind: string, name: string, spec?: object): KubeObject => ({
  apiVersion,
  kind,
  metadata: { name, namespace: HOME },
  ...(spec !== undefined && { spec }),
})

const pod = (name: string) =>
  object('v1', 'Pod', name, { nodeName: 'node0', containers: [{ name: 'oyez', image: 'oyez' }] })

const slice = (service: KubeObject, ready: boolean) =>
  sliceObject(service, [{ address: '10.244.0.7', node: 'node0', ready }])

/** Until an Event of that component has been told twice. */
async function countedFor({ api }: ControlPlane, component: string): Promise<void> {
  const twice = async () =>
    (await api.list('v1', 'Event', 'default')).some(
      ({ count, source }) => Number(count) > 1 && (source as { component: string }).component === component,
    )
  await awaitUntil(twice, `an event of ${component} is counted`)
}

const statuses = ({ api }: ControlPlane) => api.list(METALLB, 'ServiceBGPStatus', HOME)

async function webhookOf(api: ControlPlane['api']): Promise<{ caBundle?: string }> {
  const found = await api.get('admissionregistration.k8s.io/v1', 'ValidatingWebhookConfiguration', 'oyez')
  return (found.webhooks as { clientConfig: { caBundle?: string } }[])[0]?.clientConfig ?? {}
}

const requests = (plane: ControlPlane): AuditEvent[] =>
  plane.audit.events().filter((event) => [user('controller'), user('speaker')].includes(event.user))

const isRefused = ({ code }: AuditEvent): boolean => code === 401 || code === 403

/** Whoever applies or updates an object that is not there needs two rights, of which one is logged. */
const verbsOf = ({ verb, code }: AuditEvent): readonly string[] => (code === 201 ? [verb, 'create'] : [verb])

const allows = ({ verb, resource, names, namespace }: Right, event: AuditEvent): boolean =>
  verbsOf(event).includes(verb) &&
  event.resource === resource &&
  (names === undefined || names.includes(event.name)) &&
  (namespace === undefined || namespace === event.namespace)

/** Log lines quote what has blanks. */
const unquoted = (log: string): string => log.replaceAll('\\"', '"')

interface Rule {
  readonly resources?: readonly string[]
  readonly verbs: readonly string[]
}

/** The verb goes from the rules that are about the resource. */
const withoutRight = (rules: readonly Rule[], resource: string, verb: string): readonly Rule[] =>
  rules.flatMap((rule) => {
    if (rule.resources?.includes(resource) !== true) return rule
    const others = { ...rule, resources: rule.resources.filter((one) => one !== resource) }
    const rest = { ...rule, resources: [resource], verbs: rule.verbs.filter((one) => one !== verb) }
    return [others, rest].filter(({ resources, verbs }) => resources.length > 0 && verbs.length > 0)
  })

const SCRAPE = `const [address, token] = process.argv.slice(1)
process.env.NODE_TLS_REJECT_UNAUTHORIZED = '0'
const answer = await fetch('https://' + address + ':9120/metrics', { headers: { authorization: 'Bearer ' + token } })
process.stdout.write(answer.status + ' ' + await answer.text())`

/** Status and body. */
async function scrape(host: Host, address: string, token: string): Promise<string> {
  const argv = [process.execPath, '--input-type=module', '-e', SCRAPE, address, token]
  return (await host.exec(argv)).stdout
}
