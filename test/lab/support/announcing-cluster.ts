/**
 * An API server, one controller, a speaker on each node and BIRD as their router, all programs as built and with the
 * rights that deploy/ ships: what faults are tried on. Every Service it makes has an endpoint on node0, and both nodes
 * announce it.
 */
import {
  awaitUntil,
  Bird,
  birdConfig,
  ControlPlane,
  type ControlPlaneOptions,
  type Host,
  type KubeObject,
  Lab,
  OyezSpeaker,
  type Patience,
  serviceObject,
  sliceObject,
} from '../../../bird-testbed/index.ts'
import { ControllerProgram, installController, NAMESPACE, PATIENCE, pool } from './controller-program.ts'

export const NODE_ASN = 65001
export const ROUTER_ASN = 64512
export const METALLB = 'metallb.io/v1beta1'

const ROOT = new URL('../../../', import.meta.url).pathname

/** What an empty cluster needs before oyez can start in it: definitions, rights, a pool and an advertisement. */
export async function installOyez(plane: ControlPlane): Promise<void> {
  await installController(plane)
  await plane.kubectl(['apply', '-f', `${ROOT}deploy/base/speaker-rbac.yaml`])
  await plane.api.create(pool('main', ['10.0.0.0/16']), metallbObject('BGPAdvertisement', 'all', {}))
}

export const metallbObject = (kind: string, name: string, spec: object): KubeObject => ({
  apiVersion: kind === 'BGPPeer' ? 'metallb.io/v1beta2' : METALLB,
  kind,
  metadata: { name, namespace: NAMESPACE },
  spec,
})

/** The router as every node's peer, unless `more` says otherwise. */
export const routerPeer = (name: string, peerAddress: string, more: object = {}): KubeObject =>
  metallbObject('BGPPeer', name, { myASN: NODE_ASN, peerASN: ROUTER_ASN, peerAddress, ...more })

/** BIRD, waiting for these nodes. */
export function routerFor(router: Host, nodes: readonly Host[]): Promise<Bird> {
  const neighbors = nodes.map(({ name, address }) => ({ name, address, asn: NODE_ASN }))
  return Bird.start(
    router,
    birdConfig({ asn: ROUTER_ASN, routerId: router.address, kernel: false, neighbors }),
  )
}

export class AnnouncingCluster {
  readonly lab: Lab
  readonly plane: ControlPlane
  readonly bird: Bird
  readonly nodes: readonly Host[]
  readonly speakers: OyezSpeaker[] = []
  #controller: ControllerProgram | undefined

  private constructor(lab: Lab, plane: ControlPlane, bird: Bird, nodes: readonly Host[]) {
    this.lab = lab
    this.plane = plane
    this.bird = bird
    this.nodes = nodes
  }

  /** Without controller and speakers; see `startPrograms`. */
  static async prepare(
    title: string,
    { nodes: count = 1, ...options }: ControlPlaneOptions & { readonly nodes?: number } = {},
  ): Promise<AnnouncingCluster> {
    const lab = await Lab.create({ title })
    const plane = await ControlPlane.start(lab, options)
    const router = await lab.addRouter('router', '192.168.200.10/24')
    const nodes: Host[] = []
    for (let at = 0; at < count; at++)
      nodes.push(await lab.addNode(`node${at}`, `192.168.200.${200 + at}/24`))
    const bird = await routerFor(router, nodes)
    await installOyez(plane)
    await plane.api.create(routerPeer('router', router.address))
    for (const { name, address } of nodes) await plane.addNode(name, { addresses: [address] })
    return new AnnouncingCluster(lab, plane, bird, nodes)
  }

  static async start(
    title: string,
    options: ControlPlaneOptions & { readonly nodes?: number } = {},
  ): Promise<AnnouncingCluster> {
    const cluster = await AnnouncingCluster.prepare(title, options)
    await cluster.startPrograms()
    return cluster
  }

  async startPrograms(): Promise<void> {
    this.#controller = await ControllerProgram.start(this.plane, 'controller')
    const { kubeconfig } = await this.plane.serviceAccount(NAMESPACE, 'oyez-speaker')
    for (const node of this.nodes) this.speakers.push(await OyezSpeaker.start(node, { kubeconfig }))
    await this.#controller.says('leader')
    await this.bird.established(...this.nodes.map(({ name }) => name))
  }

  get controller(): ControllerProgram {
    if (this.#controller === undefined) throw new Error('no controller has been started')
    return this.#controller
  }

  /** Of node0. */
  get speaker(): OyezSpeaker {
    const [first] = this.speakers
    if (first === undefined) throw new Error('no speaker has been started')
    return first
  }

  async createService(name: string, more: object = {}): Promise<void> {
    const service = serviceObject(name, more)
    await this.plane.api.create(service, sliceObject(service, [{ address: '10.244.0.7', node: 'node0' }]))
  }

  /** Creates a Service and waits for its route from every node; its address. */
  async announce(name: string, patience: Patience = PATIENCE): Promise<string> {
    await this.createService(name)
    const address = await awaitUntil(() => this.addressOf(name), `Service ${name} has an address`, patience)
    await this.routed(address, patience)
    return address
  }

  async addressOf(name: string): Promise<string | undefined> {
    const { status } = await this.plane.api.get('v1', 'Service', name, 'default')
    return (status as { loadBalancer?: { ingress?: { ip: string }[] } }).loadBalancer?.ingress?.[0]?.ip
  }

  /** Waits until BIRD has the address from every node. */
  routed(address: string, patience: Patience = PATIENCE): Promise<boolean> {
    return this.announcedBy(
      address,
      this.nodes.map(({ name }) => name),
      patience,
    )
  }

  /** Waits until BIRD has the address from these nodes and no others. */
  announcedBy(address: string, nodes: readonly string[], patience: Patience = PATIENCE): Promise<boolean> {
    const agrees = async () => (await this.announcers(address)).join() === nodes.toSorted().join()
    return awaitUntil(agrees, `${address} is announced by ${nodes.join() || 'nobody'}`, patience)
  }

  async announcers(address: string): Promise<readonly string[]> {
    return (await this.bird.routes(`${address}/32`)).map(({ from }) => from).sort()
  }

  async lease(): Promise<LeaseFacts> {
    const { spec } = await this.plane.api.get('coordination.k8s.io/v1', 'Lease', 'oyez-controller', NAMESPACE)
    return spec as LeaseFacts
  }

  /** What a component says of the configuration. */
  async configurationState(component: string): Promise<ConfigurationFacts> {
    const { status } = await this.plane.api.get(METALLB, 'ConfigurationState', component, NAMESPACE)
    return (status ?? {}) as ConfigurationFacts
  }
}

export interface LeaseFacts {
  readonly holderIdentity: string
  readonly renewTime: string
  readonly leaseTransitions: number
}

export interface ConfigurationFacts {
  readonly result?: string
  readonly errorSummary?: string
}

/** What BIRD has received from a node over its present session: route by route, not message by message. */
export async function received(bird: Bird, node: string): Promise<{ updates: number; withdraws: number }> {
  const said = await bird.query(`show protocols all ${node}`)
  const count = (what: string) => Number(new RegExp(`Import ${what}: +(\\d+)`).exec(said)?.[1])
  return { updates: count('updates'), withdraws: count('withdraws') }
}

/** What a RouteWatch has seen. */
export interface Seen {
  readonly looks: number
  /** Routes that were not there at a look. */
  readonly lacked: readonly string[]
  /** How many sessions began, and how many routes were taken back one by one: what may happen between two looks. */
  readonly sessions: number
  readonly withdrawals: number
}

/** Looks ten times a second whether the router lacks one of the routes. */
export class RouteWatch implements AsyncDisposable {
  readonly #bird: Bird
  readonly #nodes: readonly string[]
  readonly #prefixes: readonly string[]
  readonly #before: Happened
  readonly #running: Promise<void>
  readonly #lacked: string[] = []
  #looks = 0
  #stopped = false

  private constructor(bird: Bird, nodes: readonly string[], addresses: readonly string[], before: Happened) {
    this.#bird = bird
    this.#nodes = nodes
    this.#prefixes = addresses.map((address) => `${address}/32`)
    this.#before = before
    this.#running = this.#watch()
  }

  static async over(
    { bird, nodes }: Pick<AnnouncingCluster, 'bird' | 'nodes'>,
    ...addresses: readonly string[]
  ): Promise<RouteWatch> {
    const names = nodes.map(({ name }) => name)
    return new RouteWatch(bird, names, addresses, await happened(bird, names))
  }

  async stop(): Promise<Seen> {
    await this[Symbol.asyncDispose]()
    const { sessions, withdrawals } = await happened(this.#bird, this.#nodes)
    return {
      looks: this.#looks,
      lacked: this.#lacked,
      sessions: sessions - this.#before.sessions,
      withdrawals: withdrawals - this.#before.withdrawals,
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stopped = true
    await this.#running
  }

  async #watch(): Promise<void> {
    while (!this.#stopped) {
      const next = performance.now() + 100
      for (const node of this.#nodes) await this.#look(node)
      this.#looks++
      await new Promise((resolve) => setTimeout(resolve, Math.max(0, next - performance.now())))
    }
  }

  async #look(node: string): Promise<void> {
    const there = new Set((await this.#bird.routes(`protocol ${node}`)).map(({ prefix }) => prefix))
    const missing = this.#prefixes.filter((prefix) => !there.has(prefix))
    this.#lacked.push(...missing.map((prefix) => `${prefix} from ${node} at ${new Date().toISOString()}`))
  }
}

type Happened = Pick<Seen, 'sessions' | 'withdrawals'>

async function happened(bird: Bird, nodes: readonly string[]): Promise<Happened> {
  const counts = await Promise.all(nodes.map((node) => received(bird, node)))
  return {
    sessions: nodes.reduce((sum, node) => sum + bird.timesUp(node), 0),
    withdrawals: counts.reduce((sum, { withdraws }) => sum + withdraws, 0),
  }
}
