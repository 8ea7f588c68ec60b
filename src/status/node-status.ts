/**
 * What one speaker says about itself to the API server: which services it announces and to whom, whether the
 * configuration is sound, and Events where something changed. Told by the speaker what was decided; everything is
 * written in the background, and nothing here can hold up a route.
 */
import type { Clock, Log, Neighbor, Random } from '../../bgp/index.ts'
import type { Diagnostic } from '../cluster/index.ts'
import type { TellEvent } from '../events/index.ts'
import type { KubeApi } from '../sources/index.ts'
import type { Change } from './announced.ts'
import { type ConfigurationStatus, configurationStatus, speakerComponent } from './configuration-state.ts'
import { ConfigurationWriter } from './configuration-writer.ts'
import { kubeErrorOf } from './kube-error.ts'
import { followOwnObjects, type OwnObjects } from './own-objects.ts'
import { type OwnerReference, ownerOf } from './owner.ts'
import { type Identify, tellServices } from './service-events.ts'
import { ServiceStatuses } from './service-statuses.ts'
import { SessionEvents } from './session-events.ts'
import { Setbacks } from './setback.ts'

export interface NodeStatusOptions {
  readonly api: KubeApi
  readonly node: string
  /** Of the metallb.io objects; the pod is there, too. */
  readonly namespace: string
  /** The speaker's pod: owner of what it writes. Absent outside a cluster. */
  readonly pod?: string
  /** Whether ServiceBGPStatus objects are written. */
  readonly serviceStatus: boolean
  readonly tell: TellEvent
  readonly identify: Identify
  readonly clock: Clock
  readonly random: Random
  readonly log: Log
  /** The wall clock. */
  readonly today: () => Date
}

export interface StatusFigures {
  readonly written: number
  readonly failed: number
  /** Services whose status object waits for a write. */
  readonly pending: number
  /** Events that were not even tried, since there were too many at once. */
  readonly eventsWithheld: number
}

export class NodeStatus {
  readonly #options: NodeStatusOptions
  readonly #sessions: SessionEvents
  /** Before the pod's uid is known nothing can be written. */
  #services: ServiceStatuses | undefined
  #configuration: ConfigurationWriter | undefined
  #objects: OwnObjects | undefined
  readonly #peers = new Map<string, string>()
  #wanted: ConfigurationStatus | undefined
  #isDecided = false
  #withheld = 0
  #isClosed = false

  constructor(options: NodeStatusOptions) {
    this.#options = options
    this.#sessions = new SessionEvents(options)
  }

  get figures(): StatusFigures {
    const counts = [this.#services?.written, this.#configuration?.written]
    const sum = (of: 'done' | 'failed') => counts.reduce((so, one) => so + (one?.[of] ?? 0), 0)
    return {
      written: sum('done'),
      failed: sum('failed'),
      pending: this.#services?.pending ?? this.#peers.size,
      eventsWithheld: this.#withheld,
    }
  }

  /** Finds out whose pod this is and begins to write; until then it only remembers. */
  start(): void {
    void this.#start()
  }

  /** What differs since the last time. */
  announced(changes: readonly Change[]): void {
    const withheld = tellServices(changes, this.#options)
    if (withheld > 0) this.#options.log('info', 'too many changes at once for an Event each', { withheld })
    this.#withheld += withheld
    for (const { key, after } of changes) {
      if (after === undefined) this.#peers.delete(key)
      else this.#peers.set(key, after.peers)
      this.#services?.want(key, after?.peers)
    }
    this.#isDecided = true
    this.#services?.wantedIsKnown()
  }

  /** All findings about the configuration that concern this node, as they are now. */
  configuration(diagnostics: readonly Diagnostic[]): void {
    this.#wanted = configurationStatus(diagnostics)
    this.#configuration?.want(this.#wanted)
  }

  sessionChanged(neighbor: Neighbor): void {
    this.#sessions.look(neighbor)
  }

  /** Stops writing. What is there stays: the garbage collector takes it when the pod is gone. */
  close(): void {
    this.#isClosed = true
    this.#objects?.close()
    this.#services?.close()
    this.#configuration?.close()
  }

  async #start(): Promise<void> {
    const owner = await this.#owner()
    if (this.#isClosed) return
    const { node, serviceStatus } = this.#options
    const writer = { ...this.#options, ...(owner !== undefined && { owner }) }
    this.#configuration = new ConfigurationWriter({ ...writer, component: speakerComponent(node) })
    if (this.#wanted !== undefined) this.#configuration.want(this.#wanted)
    if (!serviceStatus) return
    this.#services = new ServiceStatuses(writer)
    for (const [key, peers] of this.#peers) this.#services.want(key, peers)
    if (this.#isDecided) this.#services.wantedIsKnown()
    this.#objects = followOwnObjects(this.#options, this.#services)
  }

  async #owner(): Promise<OwnerReference | undefined> {
    const { api, namespace, pod, clock, random, log } = this.#options
    const setbacks = new Setbacks(`the pod ${namespace}/${pod} cannot be read`, random, log)
    while (pod !== undefined && !this.#isClosed) {
      try {
        return await ownerOf(api, namespace, pod)
      } catch (error) {
        const ms = setbacks.met(kubeErrorOf(error))
        await new Promise<void>((resolve) => clock.after(ms, resolve))
      }
    }
    return undefined
  }
}
