/**
 * The demo: the case of a Kafka cluster, told in four scenes. Each scene changes one thing, shows the router's kernel
 * table and what oyez says about it, and checks every claim it makes; a claim that does not hold ends the demo.
 */
import { kernelTable, type Lab, type OyezSpeaker } from '../index.ts'
import { claimAnswers, claimTable, type Table } from './claims.ts'
import {
  buildKafkaNetwork,
  type KafkaNetwork,
  NODE_NAMES,
  type NodeName,
  startSpeakers,
} from './kafka-network.ts'
import { setTrafficPolicyToCluster } from './manifests.ts'
import { claimNoFlap, lookAtSessions } from './sessions.ts'
import { heading, held, say, shown } from './show.ts'

const LOCAL: Table = {
  '192.168.200.240': NODE_NAMES,
  '192.168.200.241': ['node1'],
  '192.168.200.242': ['node2'],
  '192.168.200.243': ['node0'],
}

const CLUSTER = everyServiceVia(NODE_NAMES)

type Speakers = ReadonlyMap<NodeName, OyezSpeaker>

/** Plays all scenes. Afterwards the network is whole again, all speakers running. */
export async function playDemo(lab: Lab): Promise<KafkaNetwork> {
  const network = await sceneNetwork(lab)
  const speakers = await sceneLocal(network)
  await sceneCluster(network, speakers)
  await sceneNodeLeaves(network, speakers)
  return network
}

async function sceneNetwork(lab: Lab): Promise<KafkaNetwork> {
  heading('The network')
  say(PICTURE)
  const network = await buildKafkaNetwork(lab)
  held('three nodes, the router with BIRD and the client are up, each in its own network namespace')
  say(
    '  No cluster runs here: on each node a small server stands in for kube-proxy and the broker; it takes the',
  )
  say('  service addresses as its own and answers with the name of its node.')
  return network
}

async function sceneLocal(network: KafkaNetwork): Promise<Speakers> {
  heading('externalTrafficPolicy: Local, each address goes to the nodes with a broker of that service')
  const speakers = await startSpeakers(network)
  say(`oyez speaker runs on every node and reads ${network.manifests}.`)
  await claimTable(network, LOCAL)
  await showTables(network)
  say(
    '\nThe connections to kafka-bootstrap are spread over three nodes; each broker is reached on its own node only.',
  )
  await showOyez(speakers, 'node1', ['services'])
  await showOyez(speakers, 'node1', ['routes'])
  await showOyez(speakers, 'node1', ['explain', 'kafka/kafka-0'])
  say('\nkafka-0 runs on node1, so node1 announces it. On node0 the same question has another answer:')
  await showOyez(speakers, 'node0', ['explain', 'kafka/kafka-0'])
  say('\nThe requests of the client arrive where the table says:')
  await claimAnswers(network, LOCAL)
  return speakers
}

async function sceneCluster(network: KafkaNetwork, speakers: Speakers): Promise<void> {
  heading('externalTrafficPolicy: Cluster, edited while all runs: every node announces every address')
  const before = await lookAtSessions(network, speakers)
  setTrafficPolicyToCluster(network.manifests)
  say(`Edited ${network.manifests}/services.yaml; the speakers see it by themselves.`)
  await claimTable(network, CLUSTER)
  await showTables(network)
  await showOyez(speakers, 'node0', ['explain', 'kafka/kafka-0'])
  await showOyez(speakers, 'node0', ['peers'])
  say('\nEvery node now takes every address, in the sessions that were up before:')
  await claimNoFlap(network, speakers, before)
  await claimAnswers(network, CLUSTER)
}

async function sceneNodeLeaves(network: KafkaNetwork, speakers: Speakers): Promise<void> {
  heading('The speaker of node2 stops: its next hop leaves every route')
  await speakers.get('node2')?.stop()
  const others = everyServiceVia(['node0', 'node1'])
  await claimTable(network, others)
  await showTables(network)
  shown('router', 'birdc show protocols node2', await network.bird.query('show protocols node2'))
  say('\nThe router was told why (an administrative shutdown), and no request is lost on the node that left:')
  await claimAnswers(network, others)
  say('\nIt starts again, and its next hop is back:')
  await speakers.get('node2')?.restart()
  await claimTable(network, CLUSTER)
}

async function showTables({ router }: KafkaNetwork): Promise<void> {
  shown('router', 'ip route show proto bird', await kernelTable(router, 'proto', 'bird'))
}

async function showOyez(speakers: Speakers, name: NodeName, args: readonly string[]): Promise<void> {
  const speaker = speakers.get(name)
  if (speaker !== undefined) shown(name, `oyez ${args.join(' ')}`, await speaker.print(...args))
}

function everyServiceVia(nodes: readonly NodeName[]): Table {
  return Object.fromEntries(Object.keys(LOCAL).map((address) => [address, nodes]))
}

const PICTURE = `
  client              router (BIRD)                node0 192.168.200.200   kafka-2
  10.10.0.20 ──────── 192.168.200.10 ──── switch ──┼─ node1 192.168.200.201   kafka-0
                      AS 64512                     node2 192.168.200.202   kafka-1
                                                   AS 65001
  kafka-bootstrap 192.168.200.240 (any broker), kafka-0 .241, kafka-1 .242, kafka-2 .243
`
