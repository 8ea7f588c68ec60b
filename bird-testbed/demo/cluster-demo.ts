/**
 * The demo in a real cluster: `npm run demo -- --cluster`. oyez is installed as its users install it, into Kubernetes
 * on three nodes; each scene changes one thing with kubectl and checks what the router and the client see of it.
 */
import { awaitUntil, type KubeObject, kernelTable, type Lab } from '../index.ts'
import { claimTable, type Table } from './claims.ts'
import { claimClients, requestsDuring } from './cluster-claims.ts'
import { applyKafka, installOyez, type KafkaCluster, startKafkaCluster } from './kafka-cluster.ts'
import { NODE_NAMES, type NodeName } from './kafka-network.ts'
import { heading, held, say, shown } from './show.ts'

/** Plays all scenes. */
export async function playClusterDemo(lab: Lab): Promise<KafkaCluster> {
  const kafka = await sceneCluster(lab)
  await sceneInstall(kafka)
  await sceneAddresses(kafka)
  await scenePodMoves(kafka)
  await sceneRestart(kafka)
  return kafka
}

async function sceneCluster(lab: Lab): Promise<KafkaCluster> {
  heading('The cluster')
  say(PICTURE)
  const began = performance.now()
  const kafka = await startKafkaCluster(lab)
  held(`three nodes are Ready, ${seconds(began)} after nothing: kubelet, containerd and kube-proxy on each`)
  await show(kafka, 'get', 'nodes', '-o', 'wide')
  return kafka
}

async function sceneInstall(kafka: KafkaCluster): Promise<void> {
  heading('oyez is installed: kubectl apply -k deploy')
  const began = performance.now()
  await installOyez(kafka)
  held(
    `controller and speakers are ready after ${seconds(began)}, with the rights and limits that are shipped`,
  )
  await show(kafka, 'get', 'pods', '-n', 'oyez-system', '-o', 'wide')
}

async function sceneAddresses(kafka: KafkaCluster): Promise<void> {
  heading('Pool, peer and services are applied: addresses appear, and the router learns them')
  await applyKafka(kafka)
  await claimTable(kafka, await wantedTable(kafka))
  await show(kafka, 'get', 'services', '-n', 'kafka')
  await show(kafka, 'get', 'pods', '-n', 'kafka', '-o', 'wide')
  shown('router', 'ip route show proto bird', await kernelTable(kafka.router, 'proto', 'bird'))
  say(
    '\nexternalTrafficPolicy is Local: each address goes to the nodes with a broker of that service, through',
  )
  say("router, node and kube-proxy to the pod, which sees the client's own address:")
  await claimClients(kafka, await wantedTable(kafka))
}

async function scenePodMoves(kafka: KafkaCluster): Promise<void> {
  const [address = '', from = 'node0'] = await placeOf(kafka, 'kafka-0')
  heading(`The broker kafka-0 leaves ${from}: its route follows it`)
  await show(kafka, 'cordon', from)
  const bootstrap = await addressOf(kafka, 'kafka-bootstrap')
  const failed = await requestsDuring(kafka, bootstrap, async () => {
    await show(kafka, 'delete', 'pod', '-n', 'kafka', 'kafka-0')
    await kafka.cluster.kubectl(['rollout', 'status', '-n', 'kafka', 'statefulset/kafka', '--timeout=120s'])
    await awaitUntil(async () => (await placeOf(kafka, 'kafka-0'))[1] !== from, 'kafka-0 runs elsewhere')
    await claimTable(kafka, await wantedTable(kafka))
  })
  const [, to] = await placeOf(kafka, 'kafka-0')
  held(`${address} moved from ${from} to ${to}; all the while the client asked kafka-bootstrap: ${failed}`)
  await claimClients(kafka, await wantedTable(kafka))
  await show(kafka, 'uncordon', from)
}

async function sceneRestart(kafka: KafkaCluster): Promise<void> {
  heading('The speakers are restarted, one node after the other: kubectl rollout restart')
  const bootstrap = await addressOf(kafka, 'kafka-bootstrap')
  const failed = await requestsDuring(kafka, bootstrap, async () => {
    await show(kafka, 'rollout', 'restart', '-n', 'oyez-system', 'daemonset/oyez-speaker')
    const rolling = ['rollout', 'status', '-n', 'oyez-system', 'daemonset/oyez-speaker', '--timeout=180s']
    await kafka.cluster.kubectl(rolling)
  })
  await claimTable(kafka, await wantedTable(kafka))
  held(`every address is back where it was; all the while the client asked kafka-bootstrap: ${failed}`)
}

/** Where each address has to go by what the API server says: the nodes with a ready broker of that service. */
async function wantedTable({ cluster }: KafkaCluster): Promise<Table> {
  const { api } = cluster.plane
  const services = await api.list('v1', 'Service', 'kafka')
  const pods = (await api.list('v1', 'Pod', 'kafka')).filter(isReady)
  const rows = services.map((service) => {
    const { selector } = service.spec as { selector: Readonly<Record<string, string>> }
    const nodes = pods.filter((pod) => matches(pod, selector)).map(nodeOf)
    return [addressIn(service), [...new Set(nodes)].sort()]
  })
  return Object.fromEntries(rows)
}

/** The address of a broker's service, and the node that its pod is on. */
async function placeOf(kafka: KafkaCluster, broker: string): Promise<[string, NodeName]> {
  const pod = await kafka.cluster.plane.api.get('v1', 'Pod', broker, 'kafka')
  return [await addressOf(kafka, broker), nodeOf(pod)]
}

async function addressOf({ cluster }: KafkaCluster, service: string): Promise<string> {
  return addressIn(await cluster.plane.api.get('v1', 'Service', service, 'kafka'))
}

function addressIn({ status }: KubeObject): string {
  const { loadBalancer } = status as { loadBalancer: { ingress?: readonly { ip: string }[] } }
  return loadBalancer.ingress?.[0]?.ip ?? 'no address'
}

function matches({ metadata }: KubeObject, selector: Readonly<Record<string, string>>): boolean {
  return Object.entries(selector).every(([key, value]) => metadata.labels?.[key] === value)
}

function nodeOf({ spec }: KubeObject): NodeName {
  const { nodeName } = spec as { nodeName?: string }
  return NODE_NAMES.find((name) => name === nodeName) ?? 'node0'
}

function isReady({ status, metadata }: KubeObject): boolean {
  const { conditions = [] } = status as { conditions?: readonly { type: string; status: string }[] }
  const ready = conditions.some((each) => each.type === 'Ready' && each.status === 'True')
  return ready && metadata.deletionTimestamp === undefined
}

async function show({ cluster }: KafkaCluster, ...args: readonly string[]): Promise<void> {
  shown('admin', `kubectl ${args.join(' ')}`, (await cluster.kubectl(args)).stdout)
}

function seconds(began: number): string {
  return `${((performance.now() - began) / 1000).toFixed(1)} s`
}

const PICTURE = `
  client              router (BIRD)                 node0 192.168.200.200
  10.10.0.20 ──────── 192.168.200.10 ──── switch ──┬─ node1 192.168.200.201
                      AS 64512                     ├─ node2 192.168.200.202   AS 65001
                                                   └─ control plane 192.168.200.1
`
