/**
 * Writes the ConfigurationState of one component, when it differs from what is there: after each change of the
 * findings, and every few minutes, since somebody may have deleted it.
 */
import type { Clock, Log, Random, Timer } from '../../bgp/index.ts'
import { type KubeApi, KubeError, Patch } from '../sources/index.ts'
import {
  type Component,
  type ConfigurationStatus,
  compareState,
  stateObject,
  statePath,
  stateStatus,
} from './configuration-state.ts'
import { kubeErrorOf } from './kube-error.ts'
import type { OwnerReference } from './owner.ts'
import { Setbacks } from './setback.ts'

/** Findings often come and go together, while a user applies several objects. */
const SETTLE_MS = 500
const LOOK_AGAIN_MS = 300_000

export interface ConfigurationWriterOptions {
  readonly api: KubeApi
  readonly component: Component
  /** Where the object lives. */
  readonly namespace: string
  readonly owner?: OwnerReference
  readonly clock: Clock
  readonly random: Random
  readonly log: Log
  /** The wall clock. */
  readonly today: () => Date
}

export class ConfigurationWriter {
  readonly written = { done: 0, failed: 0 }
  readonly #options: ConfigurationWriterOptions
  readonly #setbacks: Setbacks
  #wanted: ConfigurationStatus | undefined
  #timer: Timer | undefined
  #isWriting = false
  #isClosed = false

  constructor(options: ConfigurationWriterOptions) {
    const { random, log } = options
    this.#options = options
    this.#setbacks = new Setbacks('the ConfigurationState cannot be written', random, log)
  }

  want(status: ConfigurationStatus): void {
    if (JSON.stringify(status) === JSON.stringify(this.#wanted)) return
    this.#wanted = status
    if (!this.#isWriting) this.#lookIn(SETTLE_MS)
  }

  close(): void {
    this.#isClosed = true
    this.#timer?.cancel()
  }

  #lookIn(ms: number): void {
    if (this.#isClosed) return
    this.#timer?.cancel()
    this.#timer = this.#options.clock.after(ms, () => void this.#look())
  }

  async #look(): Promise<void> {
    const wanted = this.#wanted
    if (wanted === undefined) return
    this.#isWriting = true
    let pause = LOOK_AGAIN_MS * (0.75 + this.#options.random() / 4)
    try {
      await this.#bring(wanted)
      this.#setbacks.over()
    } catch (error) {
      this.written.failed++
      pause = this.#setbacks.met(kubeErrorOf(error))
    }
    this.#isWriting = false
    this.#lookIn(wanted === this.#wanted ? pause : SETTLE_MS)
  }

  async #bring(wanted: ConfigurationStatus): Promise<void> {
    const { component, owner, today } = this.#options
    const { object, status, since } = compareState(await this.#there(), component, wanted, owner)
    if (object) await this.#apply('', stateObject(component, owner))
    const now = `${today().toISOString().slice(0, 19)}Z`
    if (status) await this.#apply('/status', stateStatus(component, wanted, since ?? now))
  }

  async #there(): Promise<unknown> {
    const { api, namespace, component } = this.#options
    try {
      return await api.request<unknown>({ method: 'GET', path: statePath(namespace, component) })
    } catch (error) {
      if (error instanceof KubeError && error.kind === 'not-found') return undefined
      throw error
    }
  }

  async #apply(subresource: string, body: object): Promise<void> {
    const { api, namespace, component } = this.#options
    await api.request({
      method: 'PATCH',
      path: statePath(namespace, component) + subresource,
      query: { fieldManager: component.fieldManager, force: true },
      patch: Patch.apply,
      body,
    })
    this.written.done++
  }
}
