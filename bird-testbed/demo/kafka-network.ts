/**
 * The demo's network: a Kafka cluster of three nodes, a BIRD router in front of it that takes several next hops per
 * address into its kernel, and a client in another subnet, whose every packet to the cluster crosses that table.
 *
 * No cluster runs here, so something has to stand in for kube-proxy: every node takes the service addresses as its own
 * and answers on port 9092 with its name.
 */
import { cpSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { Bird, birdConfig, type Host, type Lab, OyezSpeaker } from '../index.ts'
import { ANSWER } from './programs.ts'

export const KAFKA_PORT = 9092
const ROUTER_ASN = 64512
const CLUSTER_ASN = 65001

/** The addresses of kafka-bootstrap (.240) and of the brokers (.241 to .243). */
const SERVICE_ADDRESSES = '192.168.200.240/30'

const NODE_ADDRESSES = {
  node0: '192.168.200.200',
  node1: '192.168.200.201',
  node2: '192.168.200.202',
} as const

export type NodeName = keyof typeof NODE_ADDRESSES

export const NODE_NAMES = Object.keys(NODE_ADDRESSES) as NodeName[]

export interface KafkaNetwork {
  readonly lab: Lab
  readonly nodes: ReadonlyMap<NodeName, Host>
  readonly router: Host
  readonly client: Host
  readonly bird: Bird
  /** The folder that the speakers watch: a copy of bird-testbed/kafka. */
  readonly manifests: string
}

export async function buildKafkaNetwork(lab: Lab): Promise<KafkaNetwork> {
  const router = await lab.addRouter('router', '192.168.200.10/24')
  const client = await lab.addClient('client', { router, address: '10.10.0.20/24', gateway: '10.10.0.10/24' })
  const nodes = new Map<NodeName, Host>()
  for (const name of NODE_NAMES) nodes.set(name, await addKafkaNode(lab, name, router))
  const manifests = join(lab.directory, 'manifests')
  cpSync(fileURLToPath(new URL('../kafka', import.meta.url)), manifests, { recursive: true })
  const bird = await Bird.start(router, routerConfig(router))
  return { lab, nodes, router, client, bird, manifests }
}

export async function startSpeakers(network: KafkaNetwork): Promise<Map<NodeName, OyezSpeaker>> {
  const { manifests, nodes } = network
  const started = [...nodes].map(
    async ([name, host]) => [name, await OyezSpeaker.start(host, { manifests })] as const,
  )
  return new Map(await Promise.all(started))
}

/** The short name of a node for its address, as tables show next hops. */
export function nodeAt(address: string): string {
  return NODE_NAMES.find((name) => NODE_ADDRESSES[name] === address) ?? address
}

async function addKafkaNode(lab: Lab, name: NodeName, router: Host): Promise<Host> {
  const node = await lab.addNode(name, `${NODE_ADDRESSES[name]}/24`)
  await node.ip(`route add default via ${router.address}`, `route add local ${SERVICE_ADDRESSES} dev lo`)
  const answering = node.spawn('answer', [process.execPath, ANSWER, name, String(KAFKA_PORT)])
  await answering.awaitReady(() => answering.output.includes('listening'), 'listens')
  return node
}

function routerConfig(router: Host): string {
  const neighbors = NODE_NAMES.map((name) => ({ name, address: NODE_ADDRESSES[name], asn: CLUSTER_ASN }))
  return birdConfig({ asn: ROUTER_ASN, routerId: router.address, neighbors })
}
