/** OpenBGPD on a machine of the lab, asked with bgpctl. It installs nothing in the kernel. */
import { writeFileSync } from 'node:fs'
import { awaitUntil } from './await-until.ts'
import type { Host } from './host.ts'
import type { LabProcess } from './lab-process.ts'

export interface OpenbgpdNeighbor {
  readonly address: string
  readonly asn: number
  /** Default true. */
  readonly passive?: boolean
  /** Further lines of its block: `tcp md5sig password x`, `ttl-security yes` ... */
  readonly lines?: readonly string[]
}

export interface OpenbgpdOptions {
  readonly asn: number
  readonly routerId: string
  readonly neighbors: readonly OpenbgpdNeighbor[]
}

export class Openbgpd {
  readonly host: Host
  private readonly process: LabProcess

  private constructor(host: Host, process: LabProcess) {
    this.host = host
    this.process = process
  }

  static async start(host: Host, options: OpenbgpdOptions): Promise<Openbgpd> {
    const file = host.file('openbgpd.conf')
    // It refuses a configuration that others may read.
    writeFileSync(file, configuration(host, options), { mode: 0o600 })
    const process = host.spawn('openbgpd', [...WITH_ITS_CHROOT, '/usr/sbin/bgpd', '-d', '-f', file])
    const openbgpd = new Openbgpd(host, process)
    await process.awaitReady(
      async () => (await openbgpd.query('show', 'summary')).includes('Neighbor'),
      'answers',
    )
    return openbgpd
  }

  get log(): string {
    return this.process.output
  }

  async stop(signal: NodeJS.Signals = 'SIGTERM'): Promise<void> {
    await this.process.stop(signal)
  }

  /** `bgpctl ...`; its answer. */
  async query(...args: readonly string[]): Promise<string> {
    return (await this.host.exec(['bgpctl', '-s', controlSocket(this.host), ...args])).stdout
  }

  async established(...addresses: readonly string[]): Promise<void> {
    for (const address of addresses) {
      const what = `OpenBGPD on ${this.host.name} has an established session with ${address}`
      await awaitUntil(
        async () => /BGP state = Established/.test(await this.query('show', 'neighbor', address)),
        what,
      )
    }
  }

  /** Prefixes in its table. */
  async routes(): Promise<string[]> {
    const table = JSON.parse(await this.query('-j', 'show', 'rib')) as { rib?: readonly { prefix: string }[] }
    return [...new Set((table.rib ?? []).map(({ prefix }) => prefix))]
  }
}

/** It changes its root to /run/openbgpd, which on Debian only its service makes; so it gets a /run of its own. */
const WITH_ITS_CHROOT = [
  ...['unshare', '--mount', '--', 'sh', '-ec'],
  'mount -t tmpfs tmpfs /run; mkdir /run/openbgpd; exec "$@"',
  'sh',
]

function controlSocket(host: Host): string {
  return host.file('openbgpd.ctl')
}

function configuration(host: Host, { asn, routerId, neighbors }: OpenbgpdOptions): string {
  return [
    `AS ${asn}`,
    `router-id ${routerId}`,
    `socket "${controlSocket(host)}"`,
    'fib-update no',
    'nexthop qualify via default',
    ...neighbors.map(neighborBlock),
    'allow from any',
    'deny to any',
    '',
  ].join('\n')
}

function neighborBlock({ address, asn, passive, lines = [] }: OpenbgpdNeighbor): string {
  const all = [
    `remote-as ${asn}`,
    ...(passive === false ? [] : ['passive']),
    'announce IPv4 unicast',
    'announce IPv6 unicast',
    ...lines,
  ]
  return [`neighbor ${address} {`, ...all.map((line) => `  ${line}`), '}'].join('\n')
}
