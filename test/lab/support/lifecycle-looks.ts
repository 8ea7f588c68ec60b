/** What a test sees of oyez in a cluster: routes in BIRD, what the API server says, and who answers a client. */
import { ASK } from '../../../bird-testbed/demo/programs.ts'
import { awaitUntil, type Host, type KubeObject } from '../../../bird-testbed/index.ts'
import type { OyezCluster } from './oyez-cluster.ts'
import { HOME } from './shipped.ts'

export const NODES = ['node0', 'node1'] as const

/** The services that are there all the time, with the addresses that they are to keep. */
export const CLUSTER = { name: 'everywhere', address: '198.51.100.0' } as const
export const LOCAL = { name: 'local', address: '198.51.100.1' } as const
export const PREFIXES = [CLUSTER, LOCAL].map(({ address }) => prefixOf(address))

const STATUS_WRITER = `system:serviceaccount:${HOME}:oyez-controller`
const LEASE = ['coordination.k8s.io/v1', 'Lease'] as const

/** Waits until the router knows an address from exactly these nodes. */
export async function announced(
  { bird }: OyezCluster,
  address: string,
  nodes: readonly string[] = NODES,
): Promise<void> {
  const wanted = nodes.join()
  const agrees = async () => {
    const routes = await bird.routes(prefixOf(address))
    return (
      routes
        .map(({ from }) => from)
        .sort()
        .join() === wanted
    )
  }
  await awaitUntil(agrees, `${address} is announced by ${wanted || 'nobody'}`, { within: 120_000 })
}

/** Waits until both services are announced by both nodes. */
export async function settled(oyez: OyezCluster): Promise<void> {
  for (const { address } of [CLUSTER, LOCAL]) await announced(oyez, address)
}

export async function addressesOf({ cluster }: OyezCluster, name: string): Promise<readonly string[]> {
  const { status } = await cluster.plane.api.get('v1', 'Service', name, 'default')
  const { ingress = [] } =
    (status as { loadBalancer?: { ingress?: readonly { ip: string }[] } }).loadBalancer ?? {}
  return ingress.map(({ ip }) => ip)
}

/** The services whose addresses or conditions oyez has written since a moment (milliseconds since 1970). */
export function statusWrites({ cluster }: OyezCluster, since: number): readonly string[] {
  return cluster.plane.audit
    .events(since)
    .filter(
      ({ user, verb, resource }) =>
        user === STATUS_WRITER && verb === 'patch' && resource === 'services/status',
    )
    .map(({ name }) => name)
}

export interface PodFacts {
  readonly name: string
  readonly node: string
  readonly ready: boolean
  readonly restarts: number
  readonly image: string
}

/** Pods of oyez, or with another namespace those of the services. */
export async function pods({ cluster }: OyezCluster, namespace: string = HOME): Promise<readonly PodFacts[]> {
  return (await cluster.plane.api.list('v1', 'Pod', namespace)).map(podFacts)
}

function podFacts({ metadata, spec, status }: KubeObject): PodFacts {
  const { nodeName = '', containers } = spec as {
    nodeName?: string
    containers: readonly { image: string }[]
  }
  const { containerStatuses = [] } = status as {
    containerStatuses?: readonly { ready: boolean; restartCount: number }[]
  }
  const { ready = false, restartCount: restarts = 0 } = containerStatuses[0] ?? {}
  return { name: metadata.name, node: nodeName, ready, restarts, image: containers[0]?.image ?? '' }
}

/** Names of a workload's pods. */
export async function podsOf(oyez: OyezCluster, workload: string): Promise<readonly string[]> {
  return (await pods(oyez)).map(({ name }) => name).filter((name) => name.startsWith(`${workload}-`))
}

export async function givenAddresses(
  oyez: OyezCluster,
  name: string,
  count: number,
): Promise<readonly string[]> {
  const looks = async () => {
    const addresses = await addressesOf(oyez, name)
    return addresses.length === count && addresses
  }
  return awaitUntil(looks, `${name} has ${count} address(es)`, { within: 60_000 })
}

/** How many sessions, and in the last one updates and withdrawals of each family, BIRD has had from each node. */
export async function updatesHeard({ bird }: OyezCluster): Promise<readonly (readonly number[])[]> {
  const heard = async (node: string) => {
    const text = await bird.query(`show protocols all ${node}`)
    const counts = text.matchAll(/Import (?:updates|withdraws): +(\d+)/g)
    return [bird.timesUp(node), ...[...counts].map(([, count]) => Number(count))]
  }
  return Promise.all(NODES.map(heard))
}

/** Waits until one of the running controllers has the Lease. */
export async function hasLeader(oyez: OyezCluster): Promise<void> {
  const leads = async () => {
    const { spec } = await oyez.cluster.plane.api.get(...LEASE, 'oyez-controller', HOME)
    const { holderIdentity = '' } = spec as { holderIdentity?: string }
    return (await podsOf(oyez, 'oyez-controller')).some((name) => holderIdentity.includes(name))
  }
  await awaitUntil(leads, 'a new controller has the Lease', { within: 60_000 })
}

/** When a node's kubelet was last heard of, milliseconds since 1970. */
export async function heartbeat({ cluster }: OyezCluster, node: string): Promise<number> {
  const { spec } = await cluster.plane.api.get(...LEASE, node, 'kube-node-lease')
  return Date.parse((spec as { renewTime: string }).renewTime)
}

/** Waits until many requests at once are all answered, by pods of exactly these nodes. */
export async function answeredBy(
  { client }: OyezCluster,
  address: string,
  nodes: readonly string[],
): Promise<void> {
  const agrees = async () => (await answering(client, address)).join() === nodes.join()
  await awaitUntil(agrees, `requests to ${address} are answered by ${nodes.join()}`, { within: 90_000 })
}

/** The nodes that answer twenty requests at once; among them the error of each that failed. */
async function answering(client: Host, address: string): Promise<readonly string[]> {
  const { stdout } = await client.exec([process.execPath, ASK, `http://${address}/cgi-bin/who`, '20'])
  const answers = Object.keys(JSON.parse(stdout) as object)
  const nodeIn = (answer: string) =>
    answer.startsWith('{') ? (JSON.parse(answer) as { node: string }).node : answer
  return [...new Set(answers.map(nodeIn))].sort()
}

export function prefixOf(address: string): string {
  return `${address}/${address.includes(':') ? 128 : 32}`
}
