/**
 * IPAddressPool.status: how many addresses are given out and how many are left. For people who look, so it is written
 * when it has changed, once a second at most, and never before what matters more.
 */
import type { Clock, Log, Random, Timer } from '../../bgp/index.ts'
import type { PoolUsage } from '../ipam/index.ts'
import { type KubeApi, KubeError, Patch } from '../sources/index.ts'

export interface PoolStatusesOptions {
  /** Of the pools. */
  readonly namespace: string
  readonly usage: () => readonly PoolUsage[]
  readonly mayWrite: () => boolean
  readonly clock: Clock
  readonly random: Random
  readonly log: Log
}

/** int64 in the API; counts beyond what a double holds exactly are capped. */
interface PoolStatus {
  readonly assignedIPv4: number
  readonly assignedIPv6: number
  readonly availableIPv4: number
  readonly availableIPv6: number
}

interface RawPool {
  readonly metadata?: { readonly name?: string }
  readonly status?: Partial<PoolStatus> | null
}

const EVERY_MS = 1_000
const LONGEST_MS = 60_000
/** A right that is missing needs a person. */
const FORBIDDEN_MS = 300_000

export class PoolStatuses {
  readonly #api: KubeApi
  readonly #options: PoolStatusesOptions
  /** As the API server has them; undefined until it was asked. */
  #known: Map<string, string> | undefined
  #timer: Timer | undefined
  #lastAt: number | undefined
  #failures = 0
  #isWriting = false
  /** Touched since the writing began. */
  #isDirty = false
  #term = 0
  #said: string | undefined

  constructor(api: KubeApi, options: PoolStatusesOptions) {
    this.#api = api
    this.#options = options
  }

  /** The usage may have changed. */
  touch(): void {
    this.#isDirty = true
    if (this.#timer !== undefined || this.#isWriting) return
    const { clock } = this.#options
    const since = this.#lastAt === undefined ? EVERY_MS : clock.now() - this.#lastAt
    this.#wakeAfter(Math.max(0, EVERY_MS - since))
  }

  /** Somebody else may write them from now on. */
  forget(): void {
    this.#timer?.cancel()
    this.#timer = undefined
    this.#known = undefined
    this.#failures = 0
    this.#term++
  }

  #wakeAfter(ms: number): void {
    this.#timer = this.#options.clock.after(ms, () => {
      this.#timer = undefined
      void this.#bring()
    })
  }

  async #bring(): Promise<void> {
    if (!this.#options.mayWrite()) return
    this.#isDirty = false
    const term = this.#term
    this.#lastAt = this.#options.clock.now()
    this.#isWriting = true
    const wait = await this.#writeAll(term).then(
      () => this.#succeeded(),
      (error: unknown) => this.#failed(error),
    )
    this.#isWriting = false
    if (term === this.#term && wait > 0) this.#wakeAfter(wait)
    else if (this.#isDirty) this.touch()
  }

  async #writeAll(term: number): Promise<void> {
    this.#known ??= await this.#ask()
    for (const usage of this.#options.usage()) {
      const status = statusOf(usage)
      const text = JSON.stringify(status)
      if (term !== this.#term || this.#known?.get(usage.name) === text) continue
      if (!this.#options.mayWrite()) return
      await this.#write(usage.name, status)
      this.#known?.set(usage.name, text)
    }
  }

  async #ask(): Promise<Map<string, string>> {
    const { items = [] } = await this.#api.request<{ items?: readonly RawPool[] }>({
      method: 'GET',
      path: this.#path,
    })
    return new Map(items.map(({ metadata, status }) => [metadata?.name ?? '', textOf(status ?? {})]))
  }

  /** A pool that has just been deleted is no trouble. */
  async #write(name: string, status: PoolStatus): Promise<void> {
    const path = `${this.#path}/${encodeURIComponent(name)}/status`
    try {
      await this.#api.request({ method: 'PATCH', path, patch: Patch.merge, body: { status } })
    } catch (error) {
      if (!(error instanceof KubeError) || error.kind !== 'not-found') throw error
    }
  }

  #succeeded(): number {
    this.#failures = 0
    this.#said = undefined
    return 0
  }

  #failed(error: unknown): number {
    const problem = error instanceof KubeError ? error : new KubeError('failed', String(error))
    if (this.#said !== problem.kind) {
      this.#said = problem.kind
      const hint = problem.hint === undefined ? {} : { hint: problem.hint }
      this.#options.log('warn', `the status of IPAddressPools cannot be written: ${problem.message}`, hint)
    }
    const pause = Math.min(EVERY_MS * 2 ** Math.min(this.#failures, 10), LONGEST_MS)
    this.#failures++
    this.#known = undefined
    return (problem.kind === 'forbidden' ? FORBIDDEN_MS : pause) * (0.75 + this.#options.random() / 4)
  }

  get #path(): string {
    return `/apis/metallb.io/v1beta1/namespaces/${encodeURIComponent(this.#options.namespace)}/ipaddresspools`
  }
}

const statusOf = ({ assigned, available }: PoolUsage): PoolStatus => ({
  assignedIPv4: assigned.ipv4,
  assignedIPv6: assigned.ipv6,
  availableIPv4: available.ipv4,
  availableIPv6: available.ipv6,
})

const textOf = ({ assignedIPv4, assignedIPv6, availableIPv4, availableIPv6 }: Partial<PoolStatus>): string =>
  JSON.stringify({ assignedIPv4, assignedIPv6, availableIPv4, availableIPv6 })
