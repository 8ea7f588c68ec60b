/** The ConfigurationState of the controller: written by the one that leads, about the objects it decides by. */
import { type Log, systemClock } from '../bgp/index.ts'
import type { Diagnostic } from './cluster/index.ts'
import type { KubeApi } from './sources/index.ts'
import { CONTROLLER_COMPONENT, ConfigurationWriter, configurationStatus, ownerOf } from './status/index.ts'

export interface ControllerStateOptions {
  readonly api: KubeApi
  readonly namespace: string
  /** Owner of the object; absent: nobody. */
  readonly pod?: string
  readonly log: Log
}

export class ControllerState {
  readonly #options: ControllerStateOptions
  #diagnostics: readonly Diagnostic[] | undefined
  #writer: ConfigurationWriter | undefined
  #leads = false
  #isClosed = false

  constructor(options: ControllerStateOptions) {
    this.#options = options
  }

  found(diagnostics: readonly Diagnostic[]): void {
    this.#diagnostics = diagnostics
    this.#tell()
  }

  lead(leads: boolean): void {
    if (this.#leads === leads) return
    this.#leads = leads
    this.#writer?.close()
    this.#writer = undefined
    if (leads) void this.#begin()
  }

  close(): void {
    this.#isClosed = true
    this.#writer?.close()
  }

  async #begin(): Promise<void> {
    const { api, namespace, pod, log } = this.#options
    const owner = pod === undefined ? undefined : await ownerOf(api, namespace, pod).catch(() => undefined)
    if (!this.#leads || this.#isClosed || this.#writer !== undefined) return
    this.#writer = new ConfigurationWriter({
      api,
      component: CONTROLLER_COMPONENT,
      namespace,
      ...(owner !== undefined && { owner }),
      clock: systemClock,
      random: Math.random,
      log,
      today: () => new Date(),
    })
    this.#tell()
  }

  #tell(): void {
    if (this.#diagnostics === undefined) return
    // What the speakers go by, they say themselves.
    const ofPools = this.#diagnostics.filter(({ location }) => location.object?.startsWith('IPAddressPool '))
    this.#writer?.want(configurationStatus(ofPools))
  }
}
