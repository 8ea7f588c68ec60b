import { readFileSync } from 'node:fs'
import { afterAll, beforeAll, expect, test } from 'vitest'
import {
  awaitUntil,
  Bird,
  birdConfig,
  ControlPlane,
  type Host,
  type KubeObject,
  Lab,
  namespaceObject,
  OyezSpeaker,
  serviceObject,
  sliceObject,
} from '../../bird-testbed/index.ts'
import type { PeersView } from '../../src/api/index.ts'
import { describeLab } from './describe-lab.ts'

const HOME = 'oyez-system'
const NODE_ASN = 65001
const BIRD_ASN = 64512
const WEB = '198.51.100.10/32'
const MAIL = '198.51.100.12/32'
const METALLB = 'metallb.io/v1beta1'

describeLab('oyez speaker and a Kubernetes API', ['bird', 'control-plane'], () => {
  let field: Field
  beforeAll(async () => {
    field = await buildField()
  })
  afterAll(() => field?.lab.dispose())

  test('announces services that have addresses, under the rights that the manifests give', async () => {
    await birdHas(field, WEB, MAIL)
    expect(field.oyez.log).not.toMatch(/forbidden/i)
  })

  test('is ready, alive, and answers Prometheus', async () => {
    await awaitUntil(
      async () => (await curl(field, 17_472, '/readyz')).startsWith('{"ready":true'),
      'it is ready',
    )
    expect(await curl(field, 17_472, '/healthz')).toBe('{"alive":true}\n')
    const metrics = await curl(field, 9120, '/metrics')
    expect(metrics).toContain('metallb_bgp_session_up{peer="192.168.200.10:179"} 1\n')
    expect(metrics).toContain(
      'metallb_speaker_announced{service="default/web",protocol="bgp",node="node0",ip="198.51.100.10"} 1\n',
    )
    expect(metrics).toContain('oyez_services{code="NoAddress"} 1\n')
    expect(metrics).toContain('oyez_source_objects{kind="Service"} ')
  })

  test('answers on the loopback port like on its socket', async () => {
    const peers = JSON.parse(await curl(field, 17_473, '/v1/peers')) as PeersView
    expect(peers.peers).toMatchObject([{ name: 'bird', session: { state: 'Established' } }])
    expect(await curl(field, 17_473, '/v1/peers', 'evil.example')).toContain('answers only to localhost')
  })

  test('says what it announces and to whom: ServiceBGPStatus', async () => {
    await statusesAre(field, 'default/mail bird', 'default/web bird')
    const [status] = await field.plane.api.list(METALLB, 'ServiceBGPStatus', HOME)
    expect(status).toMatchObject({
      metadata: {
        name: expect.stringMatching(/^bgp-/),
        labels: { 'metallb.io/node': 'node0', 'metallb.io/service-namespace': 'default' },
        ownerReferences: [{ apiVersion: 'v1', kind: 'Pod', name: 'speaker-1' }],
      },
      status: { node: 'node0', peers: ['bird'] },
    })
  })

  test('says that its configuration is valid: ConfigurationState', async () => {
    await stateIs(field, { result: 'Valid', errorSummary: '' })
    const state = await field.plane.api.get(METALLB, 'ConfigurationState', 'speaker-node0', HOME)
    expect(state).toMatchObject({
      metadata: {
        labels: { 'metallb.io/component-type': 'speaker', 'metallb.io/node-name': 'node0' },
        ownerReferences: [{ name: 'speaker-1' }],
      },
      status: { conditions: [{ type: 'configReconcilerValid', status: 'True', reason: 'Reconciled' }] },
    })
  })

  test('tells of services and sessions as Events', async () => {
    await eventSays(
      field,
      'default',
      'web',
      /^nodeAssigned: announcing from node "node0" with protocol "bgp"$/,
    )
    await eventSays(
      field,
      HOME,
      'bird',
      /^SessionUp: session with 192\.168\.200\.10 from node "node0" is up$/,
    )
    const described = (await field.plane.kubectl(['-n', HOME, 'describe', 'bgppeer', 'bird'])).stdout
    expect(described).toMatch(/SessionUp .*oyez-speaker/)
  })

  test('withdraws when the last endpoint goes, and says why', async () => {
    const { api } = field.plane
    await api.apply(
      sliceObject(serviceObject('mail'), [{ address: '10.244.0.7', node: 'node0', ready: false }]),
    )
    await birdHas(field, WEB)
    await statusesAre(field, 'default/web bird')
    await eventSays(
      field,
      'default',
      'mail',
      /^nodeWithdrawn: no longer announced from node "node0": NoEndpoints: /,
    )
    await api.apply(sliceObject(serviceObject('mail'), [{ address: '10.244.0.7', node: 'node0' }]))
    await birdHas(field, WEB, MAIL)
    await statusesAre(field, 'default/mail bird', 'default/web bird')
  })

  test('a peer for another node that cannot be right harms nobody here', async () => {
    const secret = { passwordSecret: { name: 'nowhere' } }
    const elsewhere = peer('elsewhere', '192.168.200.99', { ...secret, nodeSelectors: [only('node9')] })
    await field.plane.api.create(elsewhere)
    await awaitUntil(() => field.oyez.log.includes('BGPPeer oyez-system/elsewhere'), 'it is in the log')
    await birdHas(field, WEB, MAIL)
    expect(await curl(field, 9120, '/metrics')).toContain('metallb_k8s_client_config_stale_bool 0\n')
    const here = peer('elsewhere', '192.168.200.99', secret)
    await field.plane.api.patch(here, { spec: { nodeSelectors: null } })
    await awaitUntil(async () => (await stateOf(field)).result === 'Invalid', 'now it concerns this node')
    await field.plane.api.remove(elsewhere)
    await stateIs(field, { result: 'Valid', errorSummary: '' })
    await nothingFlapped(field)
  })

  test('a broken object is named and left out; the rest stays in force', async () => {
    const { api } = field.plane
    await api.create(pool('broken', ['198.51.100.0/25']))
    await awaitUntil(async () => (await stateOf(field)).result === 'Invalid', 'the configuration is invalid')
    const { errorSummary } = await stateOf(field)
    expect(errorSummary).toMatch(/IPAddressPool oyez-system\/broken/)
    await birdHas(field, WEB, MAIL)
    expect(await curl(field, 9120, '/metrics')).toContain('metallb_k8s_client_config_stale_bool 1\n')
    await api.remove(pool('broken', []))
    await stateIs(field, { result: 'Valid', errorSummary: '' })
    expect(await curl(field, 9120, '/metrics')).toContain('metallb_k8s_client_config_stale_bool 0\n')
    await nothingFlapped(field)
  })

  test('what somebody deletes is written again', async () => {
    const { api } = field.plane
    const all = await api.list(METALLB, 'ServiceBGPStatus', HOME)
    await api.remove(...all)
    const gone = new Set(all.map(({ metadata }) => metadata.name))
    const fresh = async () =>
      (await api.list(METALLB, 'ServiceBGPStatus', HOME)).filter(({ metadata }) => !gone.has(metadata.name))
    await awaitUntil(async () => (await fresh()).length === 2, 'two others are there')
    await statusesAre(field, 'default/mail bird', 'default/web bird')
  })

  test('the API server goes away: the routes stay, and what changed meanwhile is caught up with', async () => {
    const { plane, oyez } = field
    await plane.apiServer.kill()
    await awaitUntil(() => oyez.log.includes('the API server does not answer'), 'it is in the log')
    await birdHas(field, WEB, MAIL)
    expect(await curl(field, 17_472, '/readyz')).toContain('"ready":true')
    await nothingFlapped(field)
    await plane.apiServer.start()
    await addService(field, 'late', '198.51.100.14')
    await birdHas(field, WEB, MAIL, '198.51.100.14/32')
    await statusesAre(field, 'default/late bird', 'default/mail bird', 'default/web bird')
    await nothingFlapped(field)
  })

  test('a restarted speaker adopts its status objects: none is made twice', async () => {
    const { plane, oyez } = field
    const names = async () =>
      (await plane.api.list(METALLB, 'ServiceBGPStatus', HOME)).map(({ metadata }) => metadata.name).sort()
    const before = await names()
    await plane.api.create(speakerPod('speaker-2'))
    await oyez.stop('SIGKILL')
    field.oyez = await startSpeaker(field, 'speaker-2')
    await birdHas(field, WEB, MAIL, '198.51.100.14/32')
    const owners = async () =>
      (await plane.api.list(METALLB, 'ServiceBGPStatus', HOME)).map(
        ({ metadata }) => (metadata.ownerReferences as { name: string }[])[0]?.name,
      )
    await awaitUntil(
      async () => (await owners()).every((name) => name === 'speaker-2'),
      'the new pod owns them',
    )
    expect(await names()).toEqual(before)
    await statusesAre(field, 'default/late bird', 'default/mail bird', 'default/web bird')
  })

  test('from afar, metrics are for those with a token and the right, over HTTPS', async () => {
    const { plane, oyez } = field
    const overlay = new URL('../../deploy/overlays/prometheus/', import.meta.url).pathname
    await plane.kubectl(['apply', '-f', `${overlay}metrics-rbac.yaml`])
    await oyez.stop()
    field.oyez = await startSpeaker(field, 'speaker-2', '--metrics-address', '0.0.0.0:9120')
    expect(await scrape(field)).toMatch(/^401 a bearer token is needed/)
    expect(await scrape(field, 'nonsense')).toMatch(/^401 the API server does not know this token/)
    const reader = await plane.serviceAccount(HOME, 'reader')
    const token = readFileSync(reader.tokenFile, 'utf8')
    expect(await scrape(field, token)).toMatch(/^403 system:serviceaccount:oyez-system:reader may not get/)
    const other = await plane.serviceAccount(HOME, 'other')
    const right = ['--verb=get', '--non-resource-url=/metrics']
    await plane.kubectl(['create', 'clusterrole', 'scrape', ...right])
    const whom = ['--clusterrole=scrape', `--serviceaccount=${HOME}:other`]
    await plane.kubectl(['create', 'clusterrolebinding', 'scrape', ...whom])
    const metrics = async () => scrape(field, readFileSync(other.tokenFile, 'utf8'))
    expect(await metrics()).toMatch(/^200 [\s\S]*metallb_speaker_announced\{service="default\/web"/)
  })

  test("SIGTERM: the router is told, the session's end is an Event, and all is over in about two seconds", async () => {
    const start = performance.now()
    expect(await field.oyez.stop()).toBe(0)
    expect(performance.now() - start).toBeLessThan(3_000)
    expect(await field.bird.query('show protocols all node0')).toContain('oyez is stopping on this node')
    await eventSays(field, HOME, 'bird', /^SessionDown: session with .* from node "node0" ended: .*Shutdown/)
  })
})

interface Field {
  readonly lab: Lab
  readonly plane: ControlPlane
  readonly bird: Bird
  readonly host: Host
  readonly kubeconfig: string
  oyez: OyezSpeaker
}

async function buildField(): Promise<Field> {
  const lab = await Lab.create({ title: 'the speaker and a Kubernetes API' })
  const plane = await ControlPlane.start(lab)
  const [router, host] = [
    await lab.addRouter('bird', '192.168.200.10/24'),
    await lab.addNode('node0', '192.168.200.200/24'),
  ]
  const neighbors = [{ name: 'node0', address: host.address, asn: NODE_ASN }]
  const bird = await Bird.start(router, birdConfig({ asn: BIRD_ASN, routerId: router.address, neighbors }))
  await plane.kubectl(['apply', '-k', new URL('../../deploy/crds', import.meta.url).pathname])
  await fill(plane, host.address)
  const { kubeconfig } = await plane.serviceAccount(HOME, 'oyez-speaker')
  const built = { lab, plane, bird, kubeconfig, host }
  return { ...built, oyez: await startSpeaker(built, 'speaker-1') }
}

async function fill(plane: ControlPlane, address: string): Promise<void> {
  const { api } = plane
  await api.create(namespaceObject(HOME))
  await plane.kubectl([
    'apply',
    '-f',
    new URL('../../deploy/base/speaker-rbac.yaml', import.meta.url).pathname,
  ])
  await plane.addNode('node0', { addresses: [address] })
  await api.create(speakerPod('speaker-1'))
  await api.create(pool('main', ['198.51.100.0/24']))
  await api.create(peer('bird', '192.168.200.10', { holdTime: '9s' }))
  await api.create(object(METALLB, 'BGPAdvertisement', 'all', {}))
  await api.create(serviceObject('pending'))
  for (const [name, ip] of [
    ['web', '198.51.100.10'],
    ['mail', '198.51.100.12'],
  ] as const)
    await addService({ plane }, name, ip)
}

async function addService({ plane }: Pick<Field, 'plane'>, name: string, ip: string): Promise<void> {
  const service = serviceObject(name)
  await plane.api.create(service, sliceObject(service, [{ address: '10.244.0.7', node: 'node0' }]))
  await plane.api.patch(service, { status: { loadBalancer: { ingress: [{ ip }] } } }, 'status')
}

const startSpeaker = (
  { host, kubeconfig }: Pick<Field, 'host' | 'kubeconfig'>,
  pod: string,
  ...args: readonly string[]
): Promise<OyezSpeaker> => OyezSpeaker.start(host, { kubeconfig, args: ['--pod-name', pod, ...args] })

function object(apiVersion: string, kind: string, name: string, spec: object): KubeObject {
  return { apiVersion, kind, metadata: { name, namespace: HOME }, spec }
}

const pool = (name: string, addresses: readonly string[]) =>
  object(METALLB, 'IPAddressPool', name, { addresses })

const peer = (name: string, peerAddress: string, more: object = {}) =>
  object('metallb.io/v1beta2', 'BGPPeer', name, { myASN: NODE_ASN, peerASN: BIRD_ASN, peerAddress, ...more })

const only = (node: string) => ({ matchLabels: { 'kubernetes.io/hostname': node } })

/** Owner of what the speaker writes; nobody runs it. */
const speakerPod = (name: string) =>
  object('v1', 'Pod', name, { nodeName: 'node0', containers: [{ name: 'speaker', image: 'oyez' }] })

/** Waits until BIRD has these routes from the node, and no others. */
async function birdHas({ bird }: Field, ...prefixes: readonly string[]): Promise<void> {
  const text = (all: readonly string[]) => all.toSorted().join()
  const agrees = async () =>
    text((await bird.routes('protocol node0')).map(({ prefix }) => prefix)) === text(prefixes)
  await awaitUntil(agrees, `BIRD has ${prefixes.join(', ')} from node0`)
}

async function statusesAre({ plane }: Field, ...expected: readonly string[]): Promise<void> {
  const found = async () => {
    const all = await plane.api.list(METALLB, 'ServiceBGPStatus', HOME)
    const lines = all.map(({ status }) => {
      const { serviceNamespace, serviceName, peers } = (status ?? {}) as Record<string, unknown>
      return `${serviceNamespace}/${serviceName} ${peers}`
    })
    return lines.sort().join()
  }
  await awaitUntil(async () => (await found()) === expected.join(), `the statuses are ${expected.join(', ')}`)
}

interface State {
  readonly result: string
  readonly errorSummary: string
}

async function stateOf({ plane }: Field): Promise<Partial<State>> {
  const found = await plane.api
    .get(METALLB, 'ConfigurationState', 'speaker-node0', HOME)
    .catch(() => undefined)
  return (found?.status ?? {}) as Partial<State>
}

async function stateIs(field: Field, expected: State): Promise<void> {
  const agrees = async () => {
    const { result, errorSummary } = await stateOf(field)
    return result === expected.result && errorSummary === expected.errorSummary
  }
  await awaitUntil(agrees, `the ConfigurationState is ${expected.result}`)
}

interface EventFacts {
  readonly involvedObject: { readonly name: string }
  readonly reason: string
  readonly message: string
}

async function eventSays({ plane }: Field, namespace: string, name: string, words: RegExp): Promise<void> {
  const said = async () => {
    const events = (await plane.api.list('v1', 'Event', namespace)) as unknown as EventFacts[]
    const about = events.filter(({ involvedObject }) => involvedObject.name === name)
    return about.some(({ reason, message }) => words.test(`${reason}: ${message}`))
  }
  await awaitUntil(said, `an Event about ${name} says ${words.source}`)
}

async function curl({ host }: Field, port: number, path: string, as = 'localhost'): Promise<string> {
  const url = `http://127.0.0.1:${port}${path}`
  return (await host.exec(['curl', '-s', '--noproxy', '*', '-H', `Host: ${as}`, url])).stdout
}

/** The status and the text of the metrics, asked from another machine. */
async function scrape({ bird, host }: Field, token?: string): Promise<string> {
  const header = token === undefined ? [] : ['-H', `Authorization: Bearer ${token}`]
  const url = `https://${host.address}:9120/metrics`
  const argv = ['curl', '-sk', '--noproxy', '*', '-w', '\\n%{http_code}', ...header, url]
  const { stdout } = await bird.host.exec(argv)
  const end = stdout.lastIndexOf('\n')
  return `${stdout.slice(end + 1)} ${stdout.slice(0, end)}`
}

/** Both ends agree that the session is the same one as at the beginning. */
async function nothingFlapped({ bird, oyez }: Field): Promise<void> {
  const { peers } = (await oyez.json('peers')) as PeersView
  expect(peers.find(({ name }) => name === 'bird')?.session).toMatchObject({ state: 'Established', flaps: 0 })
  expect(bird.timesUp('node0')).toBe(1)
}
