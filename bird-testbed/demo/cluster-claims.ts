/** What the client sees of services in the cluster: which node answers, whose address it sees, what fails meanwhile. */
import { awaitUntil, type Host } from '../index.ts'
import type { Table } from './claims.ts'
import type { KafkaCluster } from './kafka-cluster.ts'
import { KAFKA_PORT, NODE_NAMES } from './kafka-network.ts'
import { ASK, KEEP_ASKING } from './programs.ts'
import { BrokenClaim, held } from './show.ts'

interface Answer {
  readonly node: string
  readonly client: string
}

const REQUESTS_PER_NODE = 20

/**
 * Requests to each address reach exactly these nodes, and their pods see the client's own address. A route may be there
 * before the rules of kube-proxy, which writes them once a second at most: they are waited for.
 */
export async function claimClients({ client }: KafkaCluster, wanted: Table): Promise<void> {
  for (const [address, nodes] of Object.entries(wanted)) {
    await awaitUntil(() => isAnswered(client, address), `requests to ${address} are answered`)
    const count = nodes.length * REQUESTS_PER_NODE
    const { stdout } = await client.exec([process.execPath, ASK, whoUrl(address), String(count)])
    const answers = Object.entries(JSON.parse(stdout) as Record<string, number>)
    const byNode = new Map<string, number>()
    const strangers: string[] = []
    for (const [text, times] of answers) {
      const { node, client: from } = answerIn(text)
      byNode.set(node, (byNode.get(node) ?? 0) + times)
      if (from !== client.address) strangers.push(text)
    }
    const seen = [...byNode.keys()].sort()
    const told = seen.map((node) => `${node} ${byNode.get(node)}`).join(', ')
    if (seen.join() !== nodes.join() || strangers.length > 0) {
      throw new BrokenClaim(
        `requests to ${address} should reach ${nodes.join(', ')} as ${client.address}: ${stdout}`,
      )
    }
    held(`${count} requests to ${address}: ${told}, all of them from ${client.address}`)
  }
}

/** A node's route goes and comes once in a scene: as often a connection may be cut by it. */
const MOST_AGAIN = 2 * NODE_NAMES.length

/** Asks without pause while `work` is under way; how many requests were answered, and that none failed. */
export async function requestsDuring(
  { client }: KafkaCluster,
  address: string,
  work: () => Promise<void>,
): Promise<string> {
  const asking = client.spawn('keep-asking', [
    process.execPath,
    KEEP_ASKING,
    `http://${address}:${KAFKA_PORT}/`,
  ])
  await asking.awaitReady(() => asking.output.includes('asking'), 'asks')
  await work()
  await asking.stop()
  const { answered, again, failures } = JSON.parse(asking.output.trim().split('\n').at(-1) ?? '') as {
    answered: number
    again: number
    failures: readonly string[]
  }
  if (failures.length > 0) {
    throw new BrokenClaim(
      `${failures.length} of ${answered + failures.length} requests failed: ${failures[0]}`,
    )
  }
  if (again > MOST_AGAIN) throw new BrokenClaim(`${again} of ${answered} requests were cut and sent again`)
  return `${answered} requests, none failed${again === 0 ? '' : ` (${again} cut by a change, and answered again)`}`
}

/** A few requests in a row, so that every node of the address is among them. */
async function isAnswered(client: Host, address: string): Promise<boolean> {
  const { stdout } = await client.exec([process.execPath, ASK, whoUrl(address), String(REQUESTS_PER_NODE)])
  return Object.keys(JSON.parse(stdout) as object).every((text) => text.startsWith('{'))
}

function whoUrl(address: string): string {
  return `http://${address}:${KAFKA_PORT}/cgi-bin/who`
}

/** A request that failed counts under its error. */
function answerIn(text: string): Answer {
  return text.startsWith('{') ? (JSON.parse(text) as Answer) : { node: text, client: '' }
}
