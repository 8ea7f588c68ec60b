/** GoBGP on a machine of the lab, asked with its own command-line client. It installs nothing in the kernel. */
import { writeFileSync } from 'node:fs'
import { awaitUntil } from './await-until.ts'
import type { Host } from './host.ts'
import type { LabProcess } from './lab-process.ts'

export interface GobgpNeighbor {
  readonly address: string
  readonly asn: number
  /** Default true. */
  readonly passive?: boolean
  readonly password?: string
  /** GTSM (RFC 5082): takes only what comes from the same link. Default false. */
  readonly ttlSecurity?: boolean
  /** Default: the family of the address. */
  readonly families?: readonly ('ipv4' | 'ipv6')[]
}

export interface GobgpOptions {
  readonly asn: number
  readonly routerId: string
  readonly neighbors: readonly GobgpNeighbor[]
}

interface NeighborState {
  readonly conf?: { readonly neighbor_address?: string }
  readonly state?: { readonly neighbor_address?: string; readonly session_state?: number }
}

/** api.PeerState.SessionState of GoBGP 3. */
const ESTABLISHED = 6

export class Gobgp {
  readonly host: Host
  private readonly process: LabProcess

  private constructor(host: Host, process: LabProcess) {
    this.host = host
    this.process = process
  }

  static async start(host: Host, options: GobgpOptions): Promise<Gobgp> {
    const file = host.file('gobgpd.json')
    writeFileSync(file, JSON.stringify(configuration(options), null, 2))
    const argv = [
      'gobgpd',
      '--config-type=json',
      `--config-file=${file}`,
      '--pprof-disable',
      '--api-hosts=127.0.0.1:50051',
    ]
    const process = host.spawn('gobgpd', argv)
    const gobgp = new Gobgp(host, process)
    await process.awaitReady(
      async () => (await gobgp.query('global')).includes(String(options.asn)),
      'answers',
    )
    return gobgp
  }

  get log(): string {
    return this.process.output
  }

  async stop(signal: NodeJS.Signals = 'SIGTERM'): Promise<void> {
    await this.process.stop(signal)
  }

  /** `gobgp ...`; its answer. */
  async query(...args: readonly string[]): Promise<string> {
    return (await this.host.exec(['gobgp', ...args])).stdout
  }

  async established(...addresses: readonly string[]): Promise<void> {
    for (const address of addresses) {
      const what = `GoBGP on ${this.host.name} has an established session with ${address}`
      await awaitUntil(async () => (await this.sessionState(address)) === ESTABLISHED, what)
    }
  }

  /** Prefixes in its table. */
  async routes(family: 'ipv4' | 'ipv6' = 'ipv4'): Promise<string[]> {
    const table = JSON.parse(await this.query('-j', 'global', 'rib', '-a', family)) as Record<string, unknown>
    return Object.keys(table)
  }

  private async sessionState(address: string): Promise<number | undefined> {
    const neighbors = JSON.parse(await this.query('-j', 'neighbor')) as NeighborState[]
    return neighbors.find((neighbor) => neighbor.conf?.neighbor_address === address)?.state?.session_state
  }
}

function configuration({ asn, routerId, neighbors }: GobgpOptions): unknown {
  return {
    global: { config: { as: asn, 'router-id': routerId } },
    neighbors: neighbors.map(neighborConfiguration),
  }
}

function neighborConfiguration(neighbor: GobgpNeighbor): unknown {
  const { address, asn, passive, password, ttlSecurity = false, families } = neighbor
  const own = address.includes(':') ? 'ipv6' : 'ipv4'
  return {
    config: { 'neighbor-address': address, 'peer-as': asn, 'auth-password': password ?? '' },
    'ttl-security': { config: { enabled: ttlSecurity, 'ttl-min': 255 } },
    transport: { config: { 'passive-mode': passive !== false } },
    'afi-safis': (families ?? [own]).map((family) => ({ config: { 'afi-safi-name': `${family}-unicast` } })),
  }
}
