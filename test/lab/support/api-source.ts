/** A source that follows a real API server, through a door of its own that tests may spoil. */
import { setTimeout as pause } from 'node:timers/promises'
import { systemClock } from '../../../bgp/index.ts'
import {
  awaitUntil,
  type ControlPlane,
  type KubeObject,
  type LocalDoor,
} from '../../../bird-testbed/index.ts'
import {
  connectKubernetes,
  type KubeApi,
  type KubernetesWatcher,
  watchKubernetes,
} from '../../../src/sources/index.ts'
import { Heard, type SourceUnderTest } from '../../src/sources/contract.ts'

export const HOME = 'metallb-system'

type Fields = Readonly<Record<string, unknown>>

export class ApiSource extends Heard implements SourceUnderTest {
  readonly door: LocalDoor
  readonly log: string[] = []
  readonly #plane: ControlPlane
  readonly #kubeconfig: string
  readonly #applied = new Map<string, KubeObject>()
  #api: KubeApi | undefined
  #watcher: KubernetesWatcher | undefined

  private constructor(plane: ControlPlane, door: LocalDoor, kubeconfig: string) {
    super()
    this.#plane = plane
    this.door = door
    this.#kubeconfig = kubeconfig
  }

  /** @param as whose kubeconfig, for a server; default the administrator's. */
  static async make(
    plane: ControlPlane,
    as: (server: string) => string | Promise<string> = (server) =>
      plane.kubeconfig({ server, user: 'source', groups: ['system:masters'] }),
  ): Promise<ApiSource> {
    const door = await plane.localDoor()
    return new ApiSource(plane, door, await as(door.server))
  }

  start(): void {
    void this.follow()
  }

  async follow(needs: 'controller' | 'speaker' = 'speaker'): Promise<KubernetesWatcher> {
    this.#api = await connectKubernetes({ kubeconfig: this.#kubeconfig })
    this.#watcher = watchKubernetes(this.#api, { namespace: HOME, needs }, this.handlers, {
      clock: systemClock,
      log: (level, message, fields) => this.log.push(`${level} ${message} ${JSON.stringify(fields ?? {})}`),
      random: Math.random,
    })
    return this.#watcher
  }

  get watcher(): KubernetesWatcher | undefined {
    return this.#watcher
  }

  /** Status is written to Services as whoever allocates would. */
  async apply(...objects: readonly Fields[]): Promise<void> {
    for (const { status, ...object } of objects as unknown as readonly KubeObject[]) {
      const whole = object as KubeObject
      await this.#plane.api.apply(whole)
      if (status !== undefined) await this.#plane.api.patch(whole, { status }, 'status')
      this.#applied.set(`${whole.kind} ${whole.metadata.namespace} ${whole.metadata.name}`, whole)
    }
  }

  remove(...objects: readonly Fields[]): Promise<void> {
    return this.#plane.api.remove(...(objects as unknown as readonly KubeObject[]))
  }

  until(isSo: () => boolean): Promise<void> {
    return awaitUntil(isSo, `the source says so: ${isSo}`, { every: 5 }).then(() => {})
  }

  /** There is nothing to wait for when nothing is expected: so a while must do. */
  async quiet(): Promise<void> {
    await pause(300)
  }

  async close(): Promise<void> {
    this.#watcher?.close()
    this.#api?.close()
  }

  /** Also takes away what was applied, but not namespaces, which take their time. */
  async dispose(): Promise<void> {
    await this.close()
    const all = [...this.#applied.values()].filter(({ kind }) => kind !== 'Namespace')
    await this.remove(...(all as unknown as readonly Fields[]))
    await this.door.relay.refuse()
  }
}
