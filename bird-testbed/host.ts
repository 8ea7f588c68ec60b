/**
 * One machine of the lab: a network namespace, held open by a sleeping process, entered through /proc. There is no
 * entry in /run/netns to be left behind, the kernel removes the namespace with its last process, and the same works
 * as root and inside a user namespace.
 */
import { join } from 'node:path'
import { type CommandOptions, type CommandResult, runCommand } from './command.ts'
import { LabProcess } from './lab-process.ts'
import { LAB_MARK } from './processes.ts'

export interface LabIdentity {
  /** Where configurations, control sockets and logs of this lab live; removed with it. */
  readonly directory: string
}

export class Host {
  readonly name: string
  readonly lab: LabIdentity
  /** Addresses without their lengths, in the order given. */
  readonly addresses: string[] = []
  private readonly holder: LabProcess
  private launched = 0

  private constructor(name: string, lab: LabIdentity, holder: LabProcess) {
    this.name = name
    this.lab = lab
    this.holder = holder
  }

  static async create(name: string, lab: LabIdentity): Promise<Host> {
    const holder = new LabProcess(`${name} (namespace)`, HOLD_NAMESPACE, {
      env: { [LAB_MARK]: lab.directory },
      logFile: join(lab.directory, `${name}.holder.log`),
    })
    await holder.awaitReady(() => holder.output.includes('ready'), 'has a network namespace')
    const host = new Host(name, lab, holder)
    await host.setSysctl(QUIET_NETWORK)
    await host.ip('link set lo up')
    return host
  }

  /** The holder's pid: `nsenter --net=/proc/PID/ns/net` enters this machine. */
  get pid(): number {
    return this.holder.pid
  }

  /** Its first IPv4 address. */
  get address(): string {
    return this.addressOf((text) => !text.includes(':'), 'IPv4')
  }

  /** Its first IPv6 address. */
  get address6(): string {
    return this.addressOf((text) => text.includes(':'), 'IPv6')
  }

  /** Runs a command to its end inside; throws unless it ends with 0 (or `anyCode` is set). */
  exec(argv: readonly string[], options: CommandOptions = {}): Promise<CommandResult> {
    return runCommand([...enter(this.pid), ...argv], { ...options, env: this.environment(options.env) })
  }

  /** Starts a long-running program inside. It ends with the lab at the latest. */
  spawn(name: string, argv: readonly string[], env: Readonly<Record<string, string>> = {}): LabProcess {
    this.launched += 1
    return new LabProcess(`${name} on ${this.name}`, [...enter(this.pid), ...argv], {
      env: this.environment(env),
      logFile: this.file(`${name}.${this.launched}.log`),
    })
  }

  /** A path in the lab's directory that belongs to this machine. */
  file(name: string): string {
    return join(this.lab.directory, `${this.name}.${name}`)
  }

  /** Runs iproute2 commands, without the leading `ip`, in one batch. */
  async ip(...commands: readonly string[]): Promise<void> {
    await this.exec(['ip', '-batch', '-'], { input: `${commands.join('\n')}\n` })
  }

  /** Adds addresses (`192.0.2.1/24`) to an interface and remembers them. */
  async addAddresses(device: string, addresses: readonly string[]): Promise<void> {
    if (addresses.length === 0) return
    await this.ip(...addresses.map((address) => `address add ${address} dev ${device}`))
    this.addresses.push(...addresses.map((address) => address.split('/')[0] ?? address))
  }

  /** Writes kernel parameters of this namespace: `net/ipv4/ip_forward` -> 1. */
  async setSysctl(parameters: Readonly<Record<string, number>>): Promise<void> {
    const lines = Object.entries(parameters).map(([key, value]) => `echo ${value} > /proc/sys/${key}`)
    await this.exec(['sh', '-ec', lines.join('\n')])
  }

  private addressOf(is: (text: string) => boolean, family: string): string {
    const found = this.addresses.find(is)
    if (found === undefined) throw new Error(`${this.name} has no ${family} address`)
    return found
  }

  private environment(more: Readonly<Record<string, string>> = {}): Record<string, string> {
    return { ...more, [LAB_MARK]: this.lab.directory }
  }
}

/** A command that enters the namespace held by `pid` and executes what follows. */
export function enter(pid: number): string[] {
  // Outside the user namespace that owns it, an unprivileged user has to enter that one first.
  const owner = process.getuid?.() === 0 ? [] : ['--user', '--preserve-credentials']
  return ['nsenter', `--target=${pid}`, ...owner, '--net', '--']
}

const HOLD_NAMESPACE = ['unshare', '--net', '--', 'sh', '-c', 'echo ready; exec sleep infinity']

/** Addresses are usable at once, and a machine answers ARP only for what its own interface bears. */
const QUIET_NETWORK = {
  'net/ipv6/conf/all/disable_ipv6': 0,
  'net/ipv6/conf/default/accept_dad': 0,
  'net/ipv6/conf/all/accept_dad': 0,
  'net/ipv4/conf/all/arp_ignore': 1,
  'net/ipv4/conf/all/rp_filter': 0,
  'net/ipv4/conf/default/rp_filter': 0,
} as const
