/**
 * Two nodes behind a BIRD router, a web service in them, and oyez's image on every node: what installations are tried
 * on. How oyez gets in is the test's business.
 */
import { mkdirSync, writeFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import {
  awaitUntil,
  Bird,
  birdConfig,
  Cluster,
  type Host,
  type KubeObject,
  Lab,
  oyezImage,
} from '../../../bird-testbed/index.ts'
import { webDeployment } from './in-cluster.ts'
import { DEPLOY, HOME, nameOf } from './shipped.ts'

export const IMAGE = { name: 'localhost/oyez', tag: 'lab' } as const
const NODE_ASN = 65001
const ROUTER_ASN = 64512
const METALLB = 'metallb.io/v1beta1'

/** What the pool gives first. */
export const ADDRESS = '198.51.100.0'

export class OyezCluster implements AsyncDisposable {
  readonly lab: Lab
  readonly cluster: Cluster
  readonly bird: Bird
  readonly client: Host

  private constructor(lab: Lab, cluster: Cluster, bird: Bird, client: Host) {
    this.lab = lab
    this.cluster = cluster
    this.bird = bird
    this.client = client
  }

  static async start(title: string): Promise<OyezCluster> {
    const lab = await Lab.create({ title })
    const router = await lab.addRouter('router', '192.168.200.10/24', 'fd00:200::10/64')
    const client = await lab.addClient('client', {
      router,
      address: '10.10.0.20/24',
      gateway: '10.10.0.10/24',
    })
    const image = oyezImage(`${IMAGE.name}:${IMAGE.tag}`)
    const cluster = await Cluster.start(lab, { nodes: 2, router, audit: true })
    await cluster.load(await image)
    const neighbors = cluster.nodes.map(({ name, host }) => ({ name, address: host.address, asn: NODE_ASN }))
    const bird = await Bird.start(
      router,
      birdConfig({ asn: ROUTER_ASN, routerId: router.address, neighbors }),
    )
    await cluster.plane.api.apply(webDeployment('web', 2))
    return new OyezCluster(lab, cluster, bird, client)
  }

  /** A folder for `kubectl apply -k` that takes `resources` (below deploy/) with the image that the nodes have. */
  overlay(name: string, ...resources: readonly string[]): string {
    const folder = join(this.lab.directory, name)
    mkdirSync(folder)
    const kustomization = {
      apiVersion: 'kustomize.config.k8s.io/v1beta1',
      kind: 'Kustomization',
      resources: resources.map((resource) => relative(folder, join(DEPLOY, resource))),
      images: [{ name: 'oyez', newName: IMAGE.name, newTag: IMAGE.tag }],
    }
    writeFileSync(join(folder, 'kustomization.yaml'), JSON.stringify(kustomization))
    return folder
  }

  async rolledOut(): Promise<void> {
    for (const workload of ['deployment/oyez-controller', 'daemonset/oyez-speaker'])
      await this.kubectl('-n', HOME, 'rollout', 'status', workload, '--timeout=170s')
  }

  /** A pool, the router as the peer of every node, and the web service. */
  async configure(namespace: string = HOME): Promise<void> {
    const { api } = this.cluster.plane
    const network: readonly KubeObject[] = [
      object(namespace, METALLB, 'IPAddressPool', 'first', { addresses: [`${ADDRESS}/29`] }),
      object(namespace, METALLB, 'BGPAdvertisement', 'all', {}),
      object(namespace, 'metallb.io/v1beta2', 'BGPPeer', 'router', {
        myASN: NODE_ASN,
        peerASN: ROUTER_ASN,
        peerAddress: this.bird.host.address,
      }),
    ]
    // API servers learn of a webhook's certificate by a watch.
    await awaitUntil(async () => (await api.apply(...network)).length > 0, 'the configuration is taken')
    await api.apply(SERVICE)
  }

  /** Waits until the router knows the address from these nodes and no others. */
  async announcedBy(...nodes: readonly string[]): Promise<void> {
    const wanted = nodes.toSorted().join()
    const agrees = async () => (await this.announcers()).join() === wanted
    await awaitUntil(agrees, `${ADDRESS} is announced by ${wanted || 'nobody'}`, { within: 120_000 })
  }

  async announcers(): Promise<readonly string[]> {
    return (await this.bird.routes(`${ADDRESS}/32`)).map(({ from }) => from).sort()
  }

  async address(): Promise<string | undefined> {
    const { status } = await this.cluster.plane.api.get('v1', 'Service', 'web', 'default')
    return (status as { loadBalancer?: { ingress?: { ip: string }[] } }).loadBalancer?.ingress?.[0]?.ip
  }

  /** Everything of oyez, and everything in its namespace. */
  async objects(): Promise<readonly KubeObject[]> {
    const { api } = this.cluster.plane
    const all = await Promise.all(KINDS.map(([version, kind]) => api.list(version, kind)))
    return all
      .flat()
      .filter(({ metadata }) => metadata.namespace === HOME || metadata.name.includes('oyez'))
      .filter((each) => !OF_KUBERNETES.test(nameOf(each)))
  }

  /** What remains by name, once nothing goes away any more. */
  async leftovers(): Promise<readonly string[]> {
    const names = async () => (await this.objects()).map(nameOf).sort()
    let last = ''
    let unchanged = 0
    const settled = async () => {
      const now = (await names()).join('\n')
      unchanged = now === last && !OF_PODS.test(now) ? unchanged + 1 : 0
      last = now
      return unchanged === 10
    }
    await awaitUntil(settled, 'nothing goes away any more', { within: 60_000, every: 200 })
    return names()
  }

  /** Its stdout; throws unless it ends with 0. */
  async kubectl(...args: readonly string[]): Promise<string> {
    return (await this.cluster.kubectl(args)).stdout
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.lab.dispose()
  }
}

const object = (
  namespace: string,
  apiVersion: string,
  kind: string,
  name: string,
  spec: object,
): KubeObject => ({ apiVersion, kind, metadata: { name, namespace }, spec })

const SERVICE: KubeObject = {
  apiVersion: 'v1',
  kind: 'Service',
  metadata: { name: 'web', namespace: 'default' },
  spec: {
    type: 'LoadBalancer',
    selector: { app: 'web' },
    ports: [{ name: 'http', port: 80, targetPort: 8080 }],
  },
}

/** The garbage collector takes these when their pods are gone. */
const OF_PODS = /^(Pod|ServiceBGPStatus|ConfigurationState) /m

/** What Kubernetes puts into every namespace by itself, and what tells of the past. */
const OF_KUBERNETES =
  /^(Namespace|CustomResourceDefinition) |^ConfigMap .*kube-root-ca|^ServiceAccount .*\/default$/

export const WEBHOOKS = ['admissionregistration.k8s.io/v1', 'ValidatingWebhookConfiguration'] as const

const KINDS = [
  ...['ConfigMap', 'Pod', 'Secret', 'Service', 'ServiceAccount'].map((kind) => ['v1', kind] as const),
  ...['Deployment', 'DaemonSet', 'ReplicaSet', 'ControllerRevision'].map(
    (kind) => ['apps/v1', kind] as const,
  ),
  ...['ClusterRole', 'ClusterRoleBinding', 'Role', 'RoleBinding'].map(
    (kind) => ['rbac.authorization.k8s.io/v1', kind] as const,
  ),
  ['coordination.k8s.io/v1', 'Lease'],
  ['policy/v1', 'PodDisruptionBudget'],
  ['networking.k8s.io/v1', 'NetworkPolicy'],
  ['discovery.k8s.io/v1', 'EndpointSlice'],
  WEBHOOKS,
  ['metallb.io/v1beta2', 'BGPPeer'],
  ...[
    'IPAddressPool',
    'BGPAdvertisement',
    'L2Advertisement',
    'Community',
    'BFDProfile',
    'ConfigurationState',
    'ServiceBGPStatus',
    'ServiceL2Status',
  ].map((kind) => ['metallb.io/v1beta1', kind] as const),
] as const
