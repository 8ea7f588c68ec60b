/**
 * oyez in the life of a cluster: installed on two nodes, with both address families, a service of each traffic policy,
 * and pods that stay one per node. What befalls the cluster is the test's business.
 */
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import {
  awaitUntil,
  birdConfig,
  type KubeObject,
  namespaceObject,
  oyezImage,
  serviceObject,
} from '../../../bird-testbed/index.ts'
import { webPods } from './in-cluster.ts'
import { CLUSTER, LOCAL, NODES, pods } from './lifecycle-looks.ts'
import { IMAGE, OyezCluster } from './oyez-cluster.ts'
import { HOME } from './shipped.ts'

const NODE_ASN = 65001
const ROUTER_ASN = 64512
const METALLB = 'metallb.io/v1beta1'

/** Seconds that the routers wait for a sign of life. */
export const HOLD_TIME = 9

/** The second version to roll out: the same content by another name. */
export const UPGRADE = `${IMAGE.name}:lab2`

export async function startLifecycle(): Promise<OyezCluster> {
  const oyez = await OyezCluster.start('lifecycle')
  await bothFamilies(oyez)
  const { api } = oyez.cluster.plane
  await api.remove(await api.get('apps/v1', 'Deployment', 'web', 'default'))
  await api.apply(ONE_POD_PER_NODE)
  await oyez.kubectl('apply', '-k', oyez.overlay('install', ''))
  await oyez.rolledOut()
  // API servers learn of a webhook's certificate by a watch.
  await awaitUntil(async () => (await api.apply(...network(oyez))).length > 0, 'the configuration is taken')
  for (const service of SERVICES) await api.apply(service)
  return oyez
}

/** Every session carries IPv6 too, and the client has an address of it. */
async function bothFamilies({ bird, client, cluster }: OyezCluster): Promise<void> {
  const router = bird.host
  await client.addAddresses('eth0', ['fd00:10::20/64'])
  await router.addAddresses('client', ['fd00:10::10/64'])
  await client.ip('route add default via fd00:10::10')
  // A session that broke is refused for a minute by default.
  const lines = ['error wait time 2, 10;']
  const neighbors = cluster.nodes.map(({ name, host }) => ({
    name,
    address: host.address,
    asn: NODE_ASN,
    lines,
  }))
  const families = ['ipv4', 'ipv6'] as const
  await bird.reconfigure(birdConfig({ asn: ROUTER_ASN, routerId: router.address, neighbors, families }))
}

/** Brings the second image onto the nodes and makes a folder for `kubectl apply -k` that takes it. */
export async function upgradeOverlay(oyez: OyezCluster): Promise<string> {
  await oyez.cluster.load(await oyezImage(UPGRADE))
  const folder = oyez.overlay('upgrade', '')
  const file = join(folder, 'kustomization.yaml')
  const [newName, newTag] = UPGRADE.split(':')
  const kustomization = JSON.parse(readFileSync(file, 'utf8')) as object
  const images = [{ name: 'oyez', newName, newTag }]
  writeFileSync(file, JSON.stringify({ ...kustomization, images }))
  return folder
}

/** Starts a pod on a node and waits until it is ready, which shows that its kubelet is at work; then takes it away. */
export async function runsPods(oyez: OyezCluster, node: string): Promise<void> {
  const { api } = oyez.cluster.plane
  const { spec, ...template } = webPods('witness')
  const metadata = { name: `witness-of-${node}`, namespace: 'witness' }
  await api.apply(namespaceObject('witness'))
  await awaitUntil(
    async () => api.get('v1', 'ServiceAccount', 'default', 'witness'),
    'pods may be made in the namespace',
  )
  await api.apply({
    apiVersion: 'v1',
    kind: 'Pod',
    ...template,
    metadata,
    spec: { ...(spec as object), nodeName: node },
  })
  const isReady = async () => (await pods(oyez, 'witness'))[0]?.ready
  await awaitUntil(isReady, `${node} runs a new pod`, { within: 60_000 })
  await api.remove(await api.get('v1', 'Pod', metadata.name, 'witness'))
  const isGone = async () => (await api.list('v1', 'Pod', 'witness')).length === 0
  await awaitUntil(isGone, `the new pod has left ${node}`)
}

/** A service for the pods that are one per node. */
export function shopService(name: string, spec: Readonly<Record<string, unknown>>): KubeObject {
  return serviceObject(name, { spec: { selector: { app: 'shop' }, ...spec } })
}

const SERVICES = [
  shopService(CLUSTER.name, { externalTrafficPolicy: 'Cluster' }),
  shopService(LOCAL.name, { externalTrafficPolicy: 'Local' }),
]

const APART = {
  topologyKey: 'kubernetes.io/hostname',
  labelSelector: { matchLabels: { app: 'shop' } },
}

/** A pod whose node is drained waits for the node's return. */
const ONE_POD_PER_NODE: KubeObject = {
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name: 'shop' },
  spec: { replicas: NODES.length, selector: { matchLabels: { app: 'shop' } }, template: shopPods() },
}

/** They end in order: first they say that they are not ready, and answer all the same until everybody knows. */
function shopPods(): object {
  const { spec, ...template } = webPods('shop')
  const { containers } = spec as { containers: readonly object[] }
  const endings = {
    readinessProbe: { httpGet: { port: 8080, path: '/ready' }, periodSeconds: 1, failureThreshold: 1 },
    lifecycle: { preStop: { exec: { command: ['sh', '-c', 'rm /tmp/www/ready; sleep 6'] } } },
  }
  return {
    ...template,
    spec: {
      containers: containers.map((container) => ({ ...container, ...endings })),
      affinity: { podAntiAffinity: { requiredDuringSchedulingIgnoredDuringExecution: [APART] } },
      terminationGracePeriodSeconds: 7,
    },
  }
}

function network({ bird }: OyezCluster): readonly KubeObject[] {
  const peer = {
    myASN: NODE_ASN,
    peerASN: ROUTER_ASN,
    peerAddress: bird.host.address,
    holdTime: `${HOLD_TIME}s`,
    dualStackAddressFamily: true,
  }
  const addresses = ['198.51.100.0/28', '2001:db8:100::/124']
  return [
    object(METALLB, 'IPAddressPool', 'both', { addresses }),
    object(METALLB, 'BGPAdvertisement', 'all', {}),
    object('metallb.io/v1beta2', 'BGPPeer', 'router', peer),
  ]
}

const object = (apiVersion: string, kind: string, name: string, spec: object): KubeObject => ({
  apiVersion,
  kind,
  metadata: { name, namespace: HOME },
  spec,
})
