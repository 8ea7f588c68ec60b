/**
 * A network of namespaces: one switch (a bridge in a namespace of its own), nodes and routers on it, clients behind
 * routers. Nothing is made in the machine's own network, so any number of labs run at once with the same addresses.
 *
 *     await using lab = await Lab.create()
 *     const node = await lab.addNode('node0', '192.168.200.200/24')
 *     const router = await lab.addRouter('router', '192.168.200.10/24')
 *     const bird = await Bird.start(router, birdConfig({ ... }))
 *
 * A lab ends when disposed of, and also when its process dies in whatever way (see reaper.ts).
 */
import { type ChildProcess, spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { removeCgroups } from './cluster/cgroups.ts'
import { Host } from './host.ts'
import { endLabProcesses } from './processes.ts'
import { LAB_PREFIX, writeRecord } from './record.ts'

export interface LabOptions {
  /** Told by `main.ts list` and in the record. */
  readonly title?: string
  /** The lab outlives this process; `main.ts down` ends it. Default false. */
  readonly detached?: boolean
}

export interface ClientPlace {
  readonly router: Host
  /** The client's address with its length, in a subnet of its own. */
  readonly address: string
  /** The router's address in that subnet, with its length. */
  readonly gateway: string
}

export class Lab implements AsyncDisposable {
  readonly id: string
  readonly directory: string
  readonly title: string
  readonly hosts = new Map<string, Host>()
  private readonly detached: boolean
  private readonly created = Date.now()
  private readonly reaper: ChildProcess | undefined
  private switchHost: Host | undefined

  private constructor(id: string, directory: string, options: LabOptions) {
    this.id = id
    this.directory = directory
    this.title = options.title ?? 'lab'
    this.detached = options.detached ?? false
    this.reaper = this.detached ? undefined : startReaper(directory)
  }

  static async create(options: LabOptions = {}): Promise<Lab> {
    const id = randomBytes(4).toString('hex')
    const lab = new Lab(id, mkdtempSync(join(tmpdir(), `${LAB_PREFIX}${id}-`)), options)
    lab.record()
    try {
      lab.switchHost = await lab.addHost('switch')
      await lab.switchHost.ip('link add br0 type bridge', 'link set br0 up')
      return lab
    } catch (error) {
      await lab.dispose()
      throw error
    }
  }

  /** A machine on the switch that stands for a Kubernetes node. */
  async addNode(name: string, ...addresses: readonly string[]): Promise<Host> {
    const host = await this.addHost(name)
    await this.plugIn(host, addresses)
    return host
  }

  /** A machine on the switch that forwards, spreading connections over equal next hops by their ports. */
  async addRouter(name: string, ...addresses: readonly string[]): Promise<Host> {
    const host = await this.addNode(name, ...addresses)
    await host.setSysctl(FORWARDING)
    return host
  }

  /** A machine in a subnet behind a router, with its default route through it. */
  async addClient(name: string, { router, address, gateway }: ClientPlace): Promise<Host> {
    const host = await this.addHost(name)
    await host.ip(`link add eth0 type veth peer name ${name} netns ${router.pid}`, 'link set eth0 up')
    await host.addAddresses('eth0', [address])
    await router.ip(`link set ${name} up`)
    await router.addAddresses(name, [gateway])
    await host.ip(`route add default via ${gateway.split('/')[0]}`)
    return host
  }

  /** A namespace with nothing but its loopback. */
  async addHost(name: string): Promise<Host> {
    if (this.hosts.has(name)) throw new Error(`the lab has a machine named ${name} already`)
    const host = await Host.create(name, this)
    this.hosts.set(name, host)
    this.record()
    return host
  }

  /**
   * Cuts a machine off, or mends that. `silent`: its frames vanish in the switch while its link stays up, so that only
   * timers can notice; `down`: its link goes down.
   */
  async setCable(host: Host, state: 'up' | 'silent' | 'down'): Promise<void> {
    await this.theSwitch().ip(`link set ${host.name} ${CABLE[state]}`)
  }

  async dispose(): Promise<void> {
    await endLabProcesses(this.directory)
    await removeCgroups(this.directory)
    rmSync(this.directory, { recursive: true, force: true })
    this.reaper?.stdin?.end()
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.dispose()
  }

  private async plugIn(host: Host, addresses: readonly string[]): Promise<void> {
    await host.ip(
      `link add eth0 type veth peer name ${host.name} netns ${this.theSwitch().pid}`,
      'link set eth0 up',
    )
    await this.theSwitch().ip(`link set ${host.name} master br0 up`)
    await host.addAddresses('eth0', addresses)
  }

  private theSwitch(): Host {
    if (this.switchHost === undefined) throw new Error('the lab has no switch')
    return this.switchHost
  }

  private record(): void {
    const hosts = Object.fromEntries([...this.hosts].map(([name, host]) => [name, host.pid]))
    const { id, title, detached, created } = this
    writeRecord(this.directory, { id, title, detached, created, hosts })
  }
}

function startReaper(directory: string): ChildProcess {
  const program = fileURLToPath(new URL('./reaper.ts', import.meta.url))
  const reaper = spawn(process.execPath, [program, directory], {
    detached: true,
    stdio: ['pipe', 'ignore', 'ignore'],
  })
  // It must not keep the lab's process alive: it is the one that waits.
  reaper.unref()
  if (reaper.stdin instanceof Socket) reaper.stdin.unref()
  return reaper
}

const CABLE = { up: 'master br0 up', silent: 'nomaster', down: 'down' } as const

const FORWARDING = {
  'net/ipv4/ip_forward': 1,
  'net/ipv6/conf/all/forwarding': 1,
  'net/ipv4/fib_multipath_hash_policy': 1,
  'net/ipv6/fib_multipath_hash_policy': 1,
} as const
