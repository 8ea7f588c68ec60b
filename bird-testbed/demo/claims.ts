/** What the demo claims, and the check of each claim against the router's kernel, BIRD, the client and oyez. */
import { awaitUntil, kernelRoutes } from '../index.ts'
import { KAFKA_PORT, type KafkaNetwork, type NodeName, nodeAt } from './kafka-network.ts'
import { ASK } from './programs.ts'
import { BrokenClaim, held } from './show.ts'

/** Service address -> the nodes that its packets go to. */
export type Table = Readonly<Record<string, readonly NodeName[]>>

/** Waits until the router's kernel holds exactly this table. */
export async function claimTable(network: Pick<KafkaNetwork, 'router'>, wanted: Table): Promise<void> {
  let seen = ''
  const agrees = async () => {
    seen = tableText(await bgpTable(network))
    return seen === tableText(wanted)
  }
  try {
    await awaitUntil(agrees, 'the table', { within: 30_000 })
  } catch {
    throw new BrokenClaim(`the router's kernel should send\n${tableText(wanted)}\nbut it sends\n${seen}`)
  }
  for (const [address, nodes] of Object.entries(wanted)) held(`${address} goes to ${nodes.join(', ')}`)
}

/** Sends requests from the client and compares the nodes that answer with the table. */
export async function claimAnswers({ client }: KafkaNetwork, wanted: Table): Promise<void> {
  for (const [address, nodes] of Object.entries(wanted)) {
    const count = nodes.length * REQUESTS_PER_NODE
    const url = `http://${address}:${KAFKA_PORT}/`
    const { stdout } = await client.exec([process.execPath, ASK, url, String(count)])
    const tally = JSON.parse(stdout) as Record<string, number>
    const told = Object.entries(tally).map(([node, answers]) => `${node} ${answers}`)
    if (Object.keys(tally).sort().join() !== nodes.join()) {
      throw new BrokenClaim(
        `requests to ${address} should reach ${nodes.join(', ')}, but: ${told.join(', ')}`,
      )
    }
    held(`${count} requests of the client to ${address}: ${told.sort().join(', ')}`)
  }
}

/** By chance alone one of three nodes stays without a request once in 10^10 runs. */
const REQUESTS_PER_NODE = 20

async function bgpTable({ router }: Pick<KafkaNetwork, 'router'>): Promise<Table> {
  const routes = (await kernelRoutes(router)).filter(({ protocol }) => protocol === 'bird')
  const rows = routes.map(({ prefix, nextHops }) => [prefix.replace('/32', ''), nextHops.map(nodeAt)])
  return Object.fromEntries(rows)
}

function tableText(table: Table): string {
  const rows = Object.entries(table).map(([address, nodes]) => `  ${address} to ${nodes.join(', ')}`)
  return rows.length === 0 ? '  nothing' : rows.sort().join('\n')
}
