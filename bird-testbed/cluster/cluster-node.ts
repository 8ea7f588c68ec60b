/**
 * One node of the cluster: containerd with runc, kubelet and kube-proxy (nftables), on a machine of the lab that has,
 * besides its network, its own mounts and its own control groups. Power cuts, reboots and silent cables are a call.
 */
import { existsSync } from 'node:fs'
import type { CommandResult } from '../command.ts'
import type { Host } from '../host.ts'
import type { Lab } from '../lab.ts'
import type { LabProcess } from '../lab-process.ts'
import { program } from './binaries.ts'
import type { ControlPlane } from './control-plane.ts'
import { Daemon } from './daemon.ts'
import type { Image } from './image.ts'
import { Machine } from './machine.ts'
import { type NodePaths, writeNodeFiles } from './node-files.ts'

export interface NodePlan {
  readonly name: string
  /** With their lengths. */
  readonly addresses: readonly string[]
  readonly podRanges: readonly string[]
  /** Those of all nodes together: what comes from elsewhere to a cluster address is masqueraded. */
  readonly clusterPodRanges: readonly string[]
  readonly labels: Readonly<Record<string, string>>
}

export class ClusterNode {
  readonly name: string
  readonly host: Host
  private readonly lab: Lab
  private readonly plan: NodePlan
  private readonly paths: NodePaths
  private readonly configs: { readonly kubelet: string; readonly proxy: string }
  private readonly images = new Map<string, Image>()
  private running: Running | undefined

  private constructor(
    lab: Lab,
    host: Host,
    plan: NodePlan,
    paths: NodePaths,
    configs: ClusterNode['configs'],
  ) {
    this.lab = lab
    this.host = host
    this.name = plan.name
    this.plan = plan
    this.paths = paths
    this.configs = configs
  }

  /** Its machine and its files; `start` switches it on. */
  static async create(lab: Lab, plane: ControlPlane, plan: NodePlan): Promise<ClusterNode> {
    const host = await lab.addRouter(plan.name, ...plan.addresses)
    const names = [`DNS:${plan.name}`, ...host.addresses.map((address) => `IP:${address}`)]
    const identity = { user: `system:node:${plan.name}`, groups: ['system:nodes'], names }
    const credential = await plane.pki.issue(identity)
    const directory = host.file('node')
    const { podRanges } = plan
    const paths = writeNodeFiles({ directory, ca: plane.pki.ca.cert, credential, podRanges })
    const configs = {
      kubelet: plane.writeConfig(plan.name, { user: credential }),
      proxy: await plane.kubeconfig({ user: 'system:kube-proxy' }),
    }
    return new ClusterNode(lab, host, plan, paths, configs)
  }

  get podRanges(): readonly string[] {
    return this.plan.podRanges
  }

  get kubelet(): Daemon {
    return this.switchedOn().kubelet
  }

  get kubeProxy(): Daemon {
    return this.switchedOn().kubeProxy
  }

  get containerd(): Daemon {
    return this.switchedOn().containerd
  }

  /** Switches it on, for the first time or after a crash; its pods come back as Kubernetes does it. */
  async start(): Promise<void> {
    if (this.running !== undefined) return
    const machine = await Machine.start(this.host, this.host.file('node'), NODE_MOUNTS)
    this.running = { machine, ...this.daemons(machine.inside) }
    await this.lab.setCable(this.host, 'up')
    await this.containerd.start()
    await this.load(...this.images.values())
    this.kubelet.launch()
    this.kubeProxy.launch()
  }

  /**
   * Power cut: nobody is told, no connection is closed; its cable is silent until `start`. What was on its disk stays,
   * what was in its memory (network rules too) is gone.
   */
  async crash(): Promise<void> {
    await this.lab.setCable(this.host, 'silent')
    await this.switchedOn().machine.kill()
    this.running = undefined
    await this.host.exec(['sh', '-c', 'nft flush ruleset; ip link delete cni0; true'])
  }

  /** Its link to the switch: see Lab.setCable. */
  async setCable(state: 'up' | 'silent' | 'down'): Promise<void> {
    await this.lab.setCable(this.host, state)
  }

  /** Brings images onto it; it remembers them over a crash. */
  async load(...images: readonly Image[]): Promise<void> {
    for (const image of images) {
      this.images.set(image.reference, image)
      await this.ctr('images', 'import', '--no-unpack', image.archive)
    }
  }

  /** `ctr -n k8s.io ...` */
  ctr(...args: readonly string[]): Promise<CommandResult> {
    return this.exec(['ctr', '--address', this.paths.containerdSocket, '--namespace', 'k8s.io', ...args])
  }

  /** Runs a command in its network, mounts and control groups. */
  exec(argv: readonly string[]): Promise<CommandResult> {
    return this.switchedOn().machine.exec(argv)
  }

  /** Starts a long-running program there, as a service of the node beside kubelet. */
  spawn(name: string, argv: readonly string[], env: Readonly<Record<string, string>> = {}): LabProcess {
    return this.switchedOn().machine.spawn(name, argv, env)
  }

  private switchedOn(): Running {
    if (this.running === undefined) throw new Error(`${this.name} is not switched on`)
    return this.running
  }

  private daemons(inside: readonly string[]) {
    const plan = (name: string, ...argv: readonly string[]) =>
      new Daemon(this.host, { name, argv: [...inside, ...argv] })
    return {
      containerd: new Daemon(this.host, {
        name: 'containerd',
        argv: [...inside, 'containerd', '--config', this.paths.containerdConfig],
        ready: async () => existsSync(this.paths.containerdSocket) && (await this.ctr('version')).code === 0,
      }),
      kubelet: plan('kubelet', program('kubelet'), ...this.kubeletFlags()),
      kubeProxy: plan('kube-proxy', program('kube-proxy'), ...this.proxyFlags()),
    }
  }

  private kubeletFlags(): string[] {
    const labels = Object.entries(this.plan.labels).map(([key, value]) => `${key}=${value}`)
    return [
      `--config=${this.paths.kubeletConfig}`,
      `--kubeconfig=${this.configs.kubelet}`,
      `--hostname-override=${this.name}`,
      `--node-ip=${this.host.addresses.join()}`,
      `--root-dir=${this.paths.kubeletRoot}`,
      `--cert-dir=${this.paths.kubeletRoot}/pki`,
      `--node-labels=${labels.join()}`,
    ]
  }

  private proxyFlags(): string[] {
    return [
      `--kubeconfig=${this.configs.proxy}`,
      '--proxy-mode=nftables',
      `--hostname-override=${this.name}`,
      `--cluster-cidr=${this.plan.clusterPodRanges.join()}`,
      // The table of tracked connections belongs to the whole machine.
      '--conntrack-max-per-core=0',
    ]
  }
}

interface Running {
  readonly machine: Machine
  readonly containerd: Daemon
  readonly kubelet: Daemon
  readonly kubeProxy: Daemon
}

/**
 * What kubelet would set in the kernel of the whole machine: it reads here that it need not, and what it writes stays
 * here.
 */
const TUNABLES = {
  'vm/overcommit_memory': 1,
  'vm/panic_on_oom': 0,
  'kernel/panic': 10,
  'kernel/panic_on_oops': 1,
  'kernel/keys/root_maxkeys': 1_000_000,
  'kernel/keys/root_maxbytes': 25_000_000,
} as const

const NODE_MOUNTS = [
  'mkdir /run/netns',
  ...Object.entries(TUNABLES).map(([name, value]) => {
    const file = `/run/${name.replaceAll('/', '.')}`
    return `echo ${value} > ${file}; mount --bind ${file} /proc/sys/${name}`
  }),
].join('\n')
