/**
 * FRR on a machine of the lab: zebra and bgpd with their sockets and files in the lab's directory. FRR insists on
 * running as a member of the group frrvty and on writing below /var/tmp; each daemon therefore gets a mount namespace
 * of its own where both are so, which works for root and inside a user namespace, and touches nothing of the machine.
 */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { awaitUntil } from './await-until.ts'
import { ask } from './control-socket.ts'
import type { Host } from './host.ts'
import type { LabProcess } from './lab-process.ts'

const PROGRAMS = '/usr/lib/frr'

export class Frr {
  readonly host: Host
  private readonly directory: string
  private processes: LabProcess[] = []

  private constructor(host: Host) {
    this.host = host
    this.directory = host.file('frr')
  }

  /** Starts zebra and bgpd and waits until both answer. `config` is bgpd's (see frrConfig). */
  static async start(host: Host, config: string): Promise<Frr> {
    const frr = new Frr(host)
    mkdirSync(frr.directory)
    writeFileSync(join(frr.directory, 'group'), groupsWithRootInFrrvty())
    writeFileSync(join(frr.directory, 'zebra.conf'), `hostname ${host.name}\n`)
    writeFileSync(join(frr.directory, 'bgpd.conf'), config)
    await frr.restart()
    return frr
  }

  /** What zebra and bgpd have logged since their last start. */
  get log(): string {
    return this.processes.map((process) => process.output).join('\n')
  }

  /** Stops both daemons (default: SIGTERM; SIGKILL: they vanish) and waits for their end. */
  async stop(signal: NodeJS.Signals = 'SIGTERM'): Promise<void> {
    for (const process of this.processes.toReversed()) await process.stop(signal)
    this.processes = []
  }

  async restart(): Promise<void> {
    await this.stop()
    await this.startDaemon('zebra')
    await this.startDaemon('bgpd')
  }

  /** Any command of vtysh for bgpd (or zebra); its answer as vtysh prints it. */
  query(command: string, daemon: 'bgpd' | 'zebra' = 'bgpd'): Promise<string> {
    return ask(join(this.directory, `${daemon}.vty`), `enable\0${command}\0`, secondAnswer)
  }

  /** Configuration commands, one after another, as after `configure terminal`. */
  async configure(...commands: readonly string[]): Promise<void> {
    const all = ['enable', 'configure terminal', ...commands, 'end']
    const socket = join(this.directory, 'bgpd.vty')
    const answers = await ask(socket, `${all.join('\0')}\0`, (received) => answersIn(received, all.length))
    const failed = answers.findIndex(({ code }) => code !== 0)
    if (failed >= 0) throw new Error(`FRR refuses "${all[failed]}": ${answers[failed]?.text}`)
  }

  /** A `show ... json` command, parsed. The caller knows the shape. */
  async json(command: string): Promise<unknown> {
    return JSON.parse(await this.query(`${command} json`))
  }

  /** The session's state (`Established`, `Active`, ...) by the neighbour's address. */
  async sessionState(address: string): Promise<string> {
    const all = (await this.json(`show bgp neighbors ${address}`)) as Record<string, { bgpState?: string }>
    return all[address]?.bgpState ?? 'unknown'
  }

  /** Waits until the sessions with these addresses are established. */
  async established(...addresses: readonly string[]): Promise<void> {
    for (const address of addresses) {
      const what = `FRR on ${this.host.name} has an established session with ${address}`
      await awaitUntil(async () => (await this.sessionState(address)) === 'Established', what)
    }
  }

  /** Prefix -> next hops of all its paths, in ascending order, from bgpd's table. */
  async routes(family: 'ipv4' | 'ipv6' = 'ipv4'): Promise<Map<string, readonly string[]>> {
    const table = (await this.json(`show bgp ${family} unicast`)) as BgpTable
    return new Map(Object.entries(table.routes ?? {}).map(([prefix, paths]) => [prefix, pathNextHops(paths)]))
  }

  private async startDaemon(name: 'zebra' | 'bgpd'): Promise<void> {
    const at = (file: string) => join(this.directory, file)
    const files = ['-f', at(`${name}.conf`), '-i', at(`${name}.pid`), '-z', at('zserv.api')]
    const argv = [join(PROGRAMS, name), ...files, '--vty_socket', this.directory, '-P', '0', ...AS_ROOT]
    const process = this.host.spawn(name, [
      'unshare',
      '--mount',
      '--',
      'sh',
      '-ec',
      OWN_ETC_GROUP,
      at('group'),
      ...argv,
    ])
    this.processes.push(process)
    await process.awaitReady(
      async () => (await this.query('show version', name)).includes('FRRouting'),
      'answers',
    )
  }
}

const AS_ROOT = ['-u', 'root', '-g', 'root', '--log', 'stdout']

/** A shell script: $0 is the group file, the arguments are the daemon's command line. */
const OWN_ETC_GROUP = 'mount --bind "$0" /etc/group; mount -t tmpfs tmpfs /var/tmp; exec "$@"'

function groupsWithRootInFrrvty(): string {
  const others = readFileSync('/etc/group', 'utf8')
    .split('\n')
    .filter((line) => !/^(root|frrvty):/.test(line))
  return ['root:x:0:', 'frrvty:x:0:root', ...others].join('\n')
}

interface BgpTable {
  readonly routes?: Readonly<Record<string, readonly BgpPath[]>>
}

interface BgpPath {
  readonly nexthops?: readonly { readonly ip?: string; readonly scope?: string }[]
}

function pathNextHops(paths: readonly BgpPath[]): string[] {
  const global = paths.flatMap((path) => path.nexthops ?? []).filter((hop) => hop.scope !== 'link-local')
  return global.flatMap((hop) => hop.ip ?? []).sort()
}

interface Answer {
  readonly text: string
  readonly code: number
}

/** Each answer ends with three zero octets and its result code. */
function answersIn(received: string, count: number): Answer[] | undefined {
  const answers: Answer[] = []
  let from = 0
  while (answers.length < count) {
    const end = received.indexOf('\0\0\0', from)
    if (end < 0 || received.length < end + 4) return undefined
    answers.push({ text: received.slice(from, end), code: received.charCodeAt(end + 3) })
    from = end + 4
  }
  return answers
}

function secondAnswer(received: string): string | undefined {
  return answersIn(received, 2)?.[1]?.text
}
