/** A cluster in memory with one or more controllers, on one manual clock. */
import {
  Alone,
  Controller,
  type ControllerOptions,
  Election,
  type Leadership,
} from '../../../src/controller/index.ts'
import type { KubeApi } from '../../../src/sources/index.ts'
import { FakeCluster, type FakeWatch } from '../../support/fake-kube-writes.ts'
import { ManualClock } from '../../support/manual-clock.ts'
import { seededRandom } from '../../support/seeded-random.ts'

export const NAMESPACE = 'metallb-system'

type Fields = Readonly<Record<string, unknown>>

export interface LogLine {
  readonly level: string
  readonly message: string
  readonly fields: Fields
}

export class World {
  readonly clock = new ManualClock()
  readonly cluster = new FakeCluster(this.clock)
  readonly log: LogLine[] = []
  #seed = 1

  date = (): Date => new Date(Date.UTC(2030, 0, 1) + this.clock.now())

  /** Lets time pass, in steps small enough for promises to keep up. */
  async run(ms: number, step = 5): Promise<void> {
    for (let at = 0; at < ms; at += step) {
      this.clock.advance(Math.min(step, ms - at))
      await new Promise((resolve) => setImmediate(resolve))
    }
  }

  pool(name: string, addresses: readonly string[], spec: Fields = {}, metadata: Fields = {}) {
    return this.cluster.put({
      apiVersion: 'metallb.io/v1beta1',
      kind: 'IPAddressPool',
      metadata: { name, namespace: NAMESPACE, ...metadata },
      spec: { addresses, ...spec },
    })
  }

  service(
    name: string,
    spec: Fields = {},
    { metadata = {}, addresses }: { metadata?: Fields; addresses?: readonly string[] } = {},
  ) {
    return this.cluster.put({
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { name, namespace: 'default', ...metadata },
      spec: {
        type: 'LoadBalancer',
        clusterIPs: ['10.96.0.1'],
        ports: [{ port: 80, protocol: 'TCP' }],
        ...spec,
      },
      ...(addresses !== undefined && {
        status: { loadBalancer: { ingress: addresses.map((ip) => ({ ip })) } },
      }),
    })
  }

  node(name: string, labels: Fields = {}) {
    return this.cluster.put({ apiVersion: 'v1', kind: 'Node', metadata: { name, labels } })
  }

  /** Nodes that announce every service which has endpoints. */
  network(...nodes: readonly string[]): void {
    for (const name of nodes) this.node(name)
    const metadata = { namespace: NAMESPACE }
    this.cluster.put({
      apiVersion: 'metallb.io/v1beta1',
      kind: 'BGPAdvertisement',
      metadata: { ...metadata, name: 'all' },
      spec: {},
    })
    this.cluster.put({
      apiVersion: 'metallb.io/v1beta2',
      kind: 'BGPPeer',
      metadata: { ...metadata, name: 'router' },
      spec: { myASN: 64512, peerASN: 64513, peerAddress: '192.0.2.254' },
    })
  }

  /** One ready endpoint of the service on each of these nodes. */
  endpoints(service: string, ...nodes: readonly string[]) {
    return this.cluster.put({
      apiVersion: 'discovery.k8s.io/v1',
      kind: 'EndpointSlice',
      metadata: { name: service, namespace: 'default', labels: { 'kubernetes.io/service-name': service } },
      addressType: 'IPv4',
      endpoints: nodes.map((nodeName, at) => ({
        addresses: [`10.244.0.${at + 1}`],
        nodeName,
        conditions: { ready: true },
      })),
    })
  }

  controller(options: Partial<ControllerOptions> & { readonly elect?: string } = {}): Actor {
    return new Actor(this, options, this.#seed++)
  }

  /** Events, as `reason object: message`. */
  events(): readonly string[] {
    return this.cluster.all('Event').map((event) => {
      const { reason, involvedObject, message, count } = event as unknown as EventObject
      const times = count > 1 ? ` (x${count})` : ''
      return `${reason} ${involvedObject.kind} ${involvedObject.name}: ${message}${times}`
    })
  }
}

interface EventObject {
  readonly reason: string
  readonly message: string
  readonly count: number
  readonly involvedObject: { readonly kind: string; readonly name: string }
}

/** One controller with its own connection and watch. */
export class Actor {
  readonly controller: Controller
  readonly api: KubeApi
  readonly leadership: Leadership
  readonly watch: FakeWatch

  constructor(
    world: World,
    { elect, ...options }: Partial<ControllerOptions> & { readonly elect?: string },
    seed: number,
  ) {
    const { clock, cluster, date } = world
    const random = seededRandom(seed)
    const log = (level: string, message: string, fields: Fields = {}) => {
      world.log.push({ level, message, fields })
    }
    this.api = cluster.client()
    const identity = elect ?? 'alone'
    this.leadership =
      elect === undefined
        ? new Alone(identity)
        : new Election(this.api, {
            namespace: NAMESPACE,
            name: 'oyez-controller',
            identity,
            clock,
            random,
            log,
            date,
          })
    this.watch = cluster.watch((snapshot, diagnostics) => this.controller.update(snapshot, diagnostics))
    this.controller = new Controller(this.api, {
      leadership: this.leadership,
      namespace: NAMESPACE,
      plan: {},
      moveDelayMs: 0,
      instance: identity,
      identity: this.watch.identity,
      clock,
      random,
      log,
      date,
      ...options,
    })
  }

  start(): this {
    this.controller.start()
    this.watch.sync()
    return this
  }

  /** Dead, from one moment to the next: nothing it sends arrives any more. */
  kill(): void {
    this.api.close()
    this.watch.close()
  }
}
