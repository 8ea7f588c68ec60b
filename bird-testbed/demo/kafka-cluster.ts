/**
 * The demo's network once more, with a real Kubernetes cluster in it: three nodes with kubelet, containerd and
 * kube-proxy, brokers as pods of a StatefulSet, and oyez installed from deploy/ as its users do it.
 */
import { mkdirSync, writeFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import {
  awaitUntil,
  Bird,
  birdConfig,
  Cluster,
  type Host,
  type KubeObject,
  type Lab,
  oyezImage,
  WEB_IMAGE,
} from '../index.ts'
import { KAFKA_PORT } from './kafka-network.ts'

const ROUTER_ASN = 64512
const CLUSTER_ASN = 65001
const IMAGE = { name: 'localhost/oyez', tag: 'demo' } as const
const path = (name: string) => fileURLToPath(new URL(name, import.meta.url))

export interface KafkaCluster {
  readonly lab: Lab
  readonly cluster: Cluster
  readonly router: Host
  readonly client: Host
  readonly bird: Bird
}

export async function startKafkaCluster(lab: Lab): Promise<KafkaCluster> {
  const router = await lab.addRouter('router', '192.168.200.10/24', 'fd00:200::10/64')
  const client = await lab.addClient('client', { router, address: '10.10.0.20/24', gateway: '10.10.0.10/24' })
  const [image, cluster] = await Promise.all([
    oyezImage(`${IMAGE.name}:${IMAGE.tag}`),
    Cluster.start(lab, { nodes: 3, router }),
  ])
  await cluster.load(image)
  const neighbors = cluster.nodes.map(({ name, host }) => ({ name, address: host.address, asn: CLUSTER_ASN }))
  const bird = await Bird.start(router, birdConfig({ asn: ROUTER_ASN, routerId: router.address, neighbors }))
  return { lab, cluster, router, client, bird }
}

/** `kubectl apply -k` of the shipped manifests with the image that the nodes have; returns the folder applied. */
export async function installOyez({ lab, cluster }: KafkaCluster): Promise<string> {
  const folder = join(lab.directory, 'install')
  mkdirSync(folder)
  const kustomization = {
    apiVersion: 'kustomize.config.k8s.io/v1beta1',
    kind: 'Kustomization',
    resources: [relative(folder, path('../../deploy'))],
    images: [{ name: 'oyez', newName: IMAGE.name, newTag: IMAGE.tag }],
  }
  writeFileSync(join(folder, 'kustomization.yaml'), JSON.stringify(kustomization, null, 2))
  await cluster.kubectl(['apply', '-k', folder])
  for (const workload of ['deployment/oyez-controller', 'daemonset/oyez-speaker']) {
    await cluster.kubectl(['rollout', 'status', '-n', 'oyez-system', workload, '--timeout=180s'])
  }
  return folder
}

/** Pool, peer and services as bird-testbed/kafka has them, and brokers behind the services. */
export async function applyKafka({ cluster }: KafkaCluster): Promise<void> {
  const { api } = cluster.plane
  await api.create({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'kafka' } })
  const network = await objectsIn(cluster, 'metallb.yaml')
  for (const object of network) {
    // The webhook that judges them may need a moment after the controller is ready.
    await awaitUntil(() => api.apply(renamed(object, 'oyez-system')), `${object.kind} is taken`)
  }
  await api.apply(...(await objectsIn(cluster, 'services.yaml')), BROKERS)
  await cluster.kubectl(['rollout', 'status', '-n', 'kafka', 'statefulset/kafka', '--timeout=120s'])
}

/** The files are what `kubectl get -o yaml` printed once: without what only that cluster knew. */
async function objectsIn(cluster: Cluster, file: string): Promise<KubeObject[]> {
  const reading = ['create', '--dry-run=client', '-o', 'json', '-f', path(`../kafka/${file}`)]
  const { stdout } = await cluster.kubectl(reading)
  // One JSON object after the other.
  return stdout.split(/^(?=\{)/m).map((text) => asWritten(JSON.parse(text) as KubeObject))
}

function asWritten({ status: _, ...object }: KubeObject): KubeObject {
  const { name, namespace, labels, annotations } = object.metadata
  const metadata = { name, namespace, labels, annotations }
  return JSON.parse(JSON.stringify({ ...object, metadata })) as KubeObject
}

function renamed(object: KubeObject, namespace: string): KubeObject {
  return { ...object, metadata: { ...object.metadata, namespace } }
}

const FROM_FIELDS = { NODE: 'spec.nodeName', POD: 'metadata.name' } as const

/**
 * Three pods that answer on Kafka's port with the name of their node, one on each where that is possible. A broker
 * that is asked to end says that it is not ready any more and serves on for five seconds: routers hear of it first.
 */
const BROKERS: KubeObject = {
  apiVersion: 'apps/v1',
  kind: 'StatefulSet',
  metadata: { name: 'kafka', namespace: 'kafka' },
  spec: {
    replicas: 3,
    serviceName: 'kafka-bootstrap',
    podManagementPolicy: 'Parallel',
    selector: { matchLabels: { 'app.kubernetes.io/name': 'kafka' } },
    template: {
      metadata: { labels: { 'app.kubernetes.io/name': 'kafka' } },
      spec: {
        terminationGracePeriodSeconds: 6,
        topologySpreadConstraints: [
          {
            maxSkew: 1,
            topologyKey: 'kubernetes.io/hostname',
            whenUnsatisfiable: 'ScheduleAnyway',
            labelSelector: { matchLabels: { 'app.kubernetes.io/name': 'kafka' } },
          },
        ],
        containers: [
          {
            name: 'broker',
            image: WEB_IMAGE,
            env: [
              { name: 'PORT', value: String(KAFKA_PORT) },
              ...Object.entries(FROM_FIELDS).map(([name, fieldPath]) => ({
                name,
                valueFrom: { fieldRef: { fieldPath } },
              })),
            ],
            lifecycle: { preStop: { exec: { command: ['sh', '-c', 'rm /tmp/www/ready; sleep 5'] } } },
            readinessProbe: {
              httpGet: { port: KAFKA_PORT, path: '/ready' },
              periodSeconds: 1,
              failureThreshold: 1,
            },
          },
        ],
      },
    },
  },
}
