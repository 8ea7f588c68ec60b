/**
 * A real cluster in the lab: control plane with all controllers and the scheduler, and nodes with kubelet, containerd
 * and kube-proxy. No Docker: everything is a process in a namespace, and gone with the lab.
 *
 *     await using lab = await Lab.create()
 *     const router = await lab.addRouter('router', '192.168.200.10/24', 'fd00:200::10/64')
 *     const cluster = await Cluster.start(lab, { nodes: 2, router })
 *     await cluster.kubectl(['apply', '-f', '-'], { stdin: manifests })
 *
 * Nodes are node0, node1 ... at 192.168.200.200 and fd00:200::200 upwards; their pods' addresses come from
 * 10.244.I.0/24 and fd00:244:0:I::/64. There is no DNS inside the cluster.
 */
import { awaitUntil } from '../await-until.ts'
import type { CommandResult } from '../command.ts'
import type { Host } from '../host.ts'
import type { Lab } from '../lab.ts'
import type { KubeObject } from './api-client.ts'
import { program } from './binaries.ts'
import { ClusterNode, type NodePlan } from './cluster-node.ts'
import { ControlPlane, type ControlPlaneOptions } from './control-plane.ts'
import { SERVICE_RANGES, schedulerFlags } from './control-plane-flags.ts'
import { Daemon } from './daemon.ts'
import type { Image } from './image.ts'
import { pauseImage, webImage } from './images.ts'

export interface ClusterOptions extends Omit<ControlPlaneOptions, 'controllers'> {
  /** How many. Default 2. */
  readonly nodes?: number
  /** Where the nodes' default route leads, and so their answers to clients. Default: the control plane. */
  readonly router?: Host
  /** Further images to bring onto every node. */
  readonly images?: readonly Image[]
  /** Labels of each node by its number. */
  readonly labels?: (index: number) => Readonly<Record<string, string>>
}

export class Cluster {
  readonly plane: ControlPlane
  readonly scheduler: Daemon
  readonly nodes: readonly ClusterNode[]

  private constructor(plane: ControlPlane, scheduler: Daemon, nodes: readonly ClusterNode[]) {
    this.plane = plane
    this.scheduler = scheduler
    this.nodes = nodes
  }

  /** Resolves when every node is Ready. */
  static async start(lab: Lab, options: ClusterOptions = {}): Promise<Cluster> {
    const plans = nodePlans(options)
    const standard = Promise.all([pauseImage(), webImage()])
    const plane = await ControlPlane.start(lab, { ...options, controllers: ['*'] })
    const nodes = await Promise.all(plans.map((plan) => ClusterNode.create(lab, plane, plan)))
    const cluster = new Cluster(plane, await planScheduler(plane), nodes)
    await plane.api.create(PROXY_RIGHTS)
    await cluster.connect(options.router ?? plane.host)
    cluster.scheduler.launch()
    await Promise.all(nodes.map(async (node) => node.start()))
    await cluster.load(...(await standard), ...(options.images ?? []))
    await cluster.ready()
    return cluster
  }

  /** One node by its name. */
  node(name: string): ClusterNode {
    const found = this.nodes.find((node) => node.name === name)
    if (found === undefined) throw new Error(`the cluster has no node ${name}`)
    return found
  }

  /** `kubectl ...` as the administrator. */
  kubectl(
    args: readonly string[],
    options: { stdin?: string; anyCode?: boolean } = {},
  ): Promise<CommandResult> {
    return this.plane.kubectl(args, options)
  }

  /** `helm ...` as the administrator. */
  helm(args: readonly string[], options: { anyCode?: boolean } = {}): Promise<CommandResult> {
    return this.plane.host.exec([program('helm'), ...args], { ...options, env: this.plane.environment })
  }

  /** Brings images onto every node. */
  async load(...images: readonly Image[]): Promise<void> {
    await Promise.all(this.nodes.map((node) => node.load(...images)))
  }

  /** Waits until these nodes are Ready; default all. */
  async ready(...names: readonly string[]): Promise<void> {
    const wanted = names.length === 0 ? this.nodes.map(({ name }) => name) : names
    const areReady = async () => {
      const ready = (await this.plane.api.list('v1', 'Node'))
        .filter(isReady)
        .map(({ metadata }) => metadata.name)
      return wanted.every((name) => ready.includes(name))
    }
    await awaitUntil(areReady, `nodes ${wanted.join(', ')} are Ready`, { within: 110_000 })
  }

  /**
   * Through which node the API server reaches cluster addresses, and so webhooks: its own machine has no kube-proxy.
   * Default node0.
   */
  async reachServicesThrough(node: ClusterNode): Promise<void> {
    await this.plane.host.ip(`route replace ${SERVICE_RANGES.ipv4} via ${node.host.address}`)
  }

  private async connect(gateway: Host): Promise<void> {
    const hosts = [this.plane.host, ...this.nodes.map(({ host }) => host)]
    for (const host of hosts) await host.ip(...this.routesToPods(host))
    for (const { host } of this.nodes) await host.ip(...defaultRoutes(host, gateway))
    const [first] = this.nodes
    if (first !== undefined) await this.reachServicesThrough(first)
  }

  private routesToPods(from: Host): string[] {
    const others = this.nodes.filter(({ host }) => host !== from)
    return others.flatMap((node) =>
      node.podRanges.map((range) => {
        const via = node.host.addresses.find((address) => sameFamily(address, range))
        return `route add ${range} via ${via}`
      }),
    )
  }
}

/** kube-proxy's own user is bound to nothing by default. */
const PROXY_RIGHTS: KubeObject = {
  apiVersion: 'rbac.authorization.k8s.io/v1',
  kind: 'ClusterRoleBinding',
  metadata: { name: 'lab-kube-proxy' },
  roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'system:node-proxier' },
  subjects: [{ apiGroup: 'rbac.authorization.k8s.io', kind: 'User', name: 'system:kube-proxy' }],
}

function nodePlans({ nodes = 2, dualStack = true, labels = () => ({}) }: ClusterOptions): NodePlan[] {
  const families = dualStack ? (['ipv4', 'ipv6'] as const) : (['ipv4'] as const)
  return Array.from({ length: nodes }, (_, index) => ({
    name: `node${index}`,
    addresses: families.map((family) => NODE_ADDRESS[family](index)),
    podRanges: families.map((family) => POD_RANGE[family](index)),
    clusterPodRanges: families.map((family) => CLUSTER_POD_RANGE[family]),
    labels: labels(index),
  }))
}

const NODE_ADDRESS = {
  ipv4: (index: number) => `192.168.200.${200 + index}/24`,
  ipv6: (index: number) => `fd00:200::${200 + index}/64`,
} as const

const POD_RANGE = {
  ipv4: (index: number) => `10.244.${index}.0/24`,
  ipv6: (index: number) => `fd00:244:0:${index}::/64`,
} as const

const CLUSTER_POD_RANGE = { ipv4: '10.244.0.0/16', ipv6: 'fd00:244::/48' } as const

async function planScheduler(plane: ControlPlane): Promise<Daemon> {
  const config = await plane.kubeconfig({ user: 'system:kube-scheduler' })
  return new Daemon(plane.host, {
    name: 'kube-scheduler',
    argv: [program('kube-scheduler'), ...schedulerFlags(config)],
  })
}

/** Without one, what runs in a node's own network gets no route to a cluster address before kube-proxy sees it. */
function defaultRoutes(host: Host, gateway: Host): string[] {
  return host.addresses.flatMap((own) => {
    // A gateway's first address of a family is the one on the switch.
    const via = gateway.addresses.find((address) => sameFamily(own, address))
    return via === undefined ? [] : [`route add default via ${via}`]
  })
}

function sameFamily(one: string, other: string): boolean {
  return one.includes(':') === other.includes(':')
}

function isReady(node: KubeObject): boolean {
  const { conditions = [] } = node.status as { conditions?: readonly { type: string; status: string }[] }
  return conditions.some(({ type, status }) => type === 'Ready' && status === 'True')
}
