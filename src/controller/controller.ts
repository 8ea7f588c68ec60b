/**
 * The controller: leads or stands by. A new leader first makes sure that it has seen what its predecessor wrote, then
 * converges; one that may not write for a while waits; one that was replaced starts anew when it leads again.
 */
import type { Clock, Log, Random } from '../../bgp/index.ts'
import type { Diagnostic, ObjectKey, Snapshot } from '../cluster/index.ts'
import { EventRecorder, type RecorderCounts } from '../events/index.ts'
import { type AllocationCode, Allocator, type PoolUsage } from '../ipam/index.ts'
import type { PlanOptions } from '../plan/index.ts'
import type { KubeApi, ObjectIdentity } from '../sources/index.ts'
import { type Held, heldAddresses, isShown } from './catch-up.ts'
import { Converge, type ConvergeCounts } from './converge.ts'
import type { Leadership } from './leadership.ts'
import { PoolStatuses } from './pool-statuses.ts'

export interface ControllerOptions {
  readonly leadership: Leadership
  /** Of the metallb.io objects. */
  readonly namespace: string
  readonly plan: PlanOptions
  /** Milliseconds between the report that an address will move, because of a pool, and the move. */
  readonly moveDelayMs: number
  /** Of the pod, for Events. */
  readonly instance: string
  /** uid and resourceVersion as the watch shows them. */
  readonly identity: (kind: string, namespace: string, name: string) => ObjectIdentity | undefined
  /** It leads from now on, or no longer. */
  readonly onLead?: (leads: boolean) => void
  readonly onWritten?: (ms: number) => void
  readonly clock: Clock
  readonly random: Random
  readonly log: Log
  /** Wall clock. */
  readonly date?: () => Date
  /** Status writes under way at most. */
  readonly parallel?: number
}

/** What metrics, health and people may look at. */
export interface ControllerView extends ConvergeCounts {
  readonly leads: boolean
  /** Who leads, as far as is known. */
  readonly leader?: string
  /** A snapshot has been seen. */
  readonly synced: boolean
  /** Leads, and everything has been decided once. */
  readonly settled: boolean
  readonly events: RecorderCounts
}

const COMPONENT = 'oyez-controller'
/** Between two looks whether the watch has caught up, and after how many the list is asked for again. */
const LOOK_MS = 50
const LOOKS = 40
const RETRY_MS = 1_000
/** So long the last writes are waited for when it ends. */
const LAST_ANSWERS_MS = 3_000

export class Controller {
  readonly #api: KubeApi
  readonly #options: ControllerOptions
  readonly #recorder: EventRecorder
  readonly #converge: Converge
  readonly #pools: PoolStatuses
  #term: number | undefined
  #hasBegun = false
  #isBeginning = false
  #snapshot: Snapshot | undefined
  /** Somebody may have led before us. */
  #inherited = true
  #closed = false

  constructor(api: KubeApi, options: ControllerOptions) {
    const { leadership, plan, namespace, clock, random, log, instance, date = () => new Date() } = options
    this.#api = api
    this.#options = options
    const mayWrite = () => this.#hasBegun && leadership.leading
    this.#recorder = new EventRecorder(api, {
      component: COMPONENT,
      instance,
      namespace,
      clock,
      random,
      log,
      date,
      hold: () => this.#converge.isBusy,
    })
    const newAllocator = () => new Allocator(plan.lbClass === undefined ? {} : { lbClass: plan.lbClass })
    this.#pools = new PoolStatuses(api, {
      namespace,
      usage: () => this.#converge.usage(),
      mayWrite,
      clock,
      random,
      log,
    })
    this.#converge = new Converge(api, {
      ...options,
      newAllocator,
      mayWrite,
      date,
      metallbNamespace: namespace,
      tell: this.#recorder.tell,
      onUsage: () => this.#pools.touch(),
    })
  }

  start(): void {
    this.#options.leadership.start({
      onLead: (term, inherited) => this.#lead(term, inherited),
      onPause: () => this.#pause(),
    })
  }

  /** The newest state of the cluster. */
  update(snapshot: Snapshot, diagnostics: readonly Diagnostic[]): void {
    this.#snapshot = snapshot
    this.#converge.update(snapshot, diagnostics)
    void this.#begin()
  }

  view(): ControllerView {
    const { leading, holder } = this.#options.leadership
    const counts = this.#converge.counts
    return {
      ...counts,
      leads: leading,
      ...(holder !== undefined && { leader: holder }),
      synced: this.#snapshot !== undefined,
      settled: this.#hasBegun && counts.firstPassMs !== undefined,
      events: this.#recorder.counts,
    }
  }

  /** How full the pools are; empty unless it leads. */
  pools(): readonly PoolUsage[] {
    return this.#converge.usage()
  }

  /** Services by the outcome of their allocation; empty unless it leads. */
  codes(): ReadonlyMap<AllocationCode, number> {
    return this.#converge.codes()
  }

  /** Stops deciding, waits for the answers to what is under way, steps down, and says what is still to be said. */
  async close(): Promise<void> {
    this.#closed = true
    this.#hasBegun = false
    this.#pools.forget()
    this.#converge.end()
    const answered = this.#converge.idle().then(() => true)
    const isAnswered = await Promise.race([answered, this.#sleep(LAST_ANSWERS_MS).then(() => false)])
    await this.#options.leadership.close(isAnswered)
    await this.#recorder.close()
  }

  #lead(term: number, inherited: boolean): void {
    const resumed = term === this.#term
    this.#term = term
    this.#inherited = inherited
    this.#options.onLead?.(true)
    if (resumed && this.#hasBegun) {
      this.#options.log('info', 'leading again: nobody else has led in between')
      this.#converge.resume()
      this.#pools.touch()
      return
    }
    this.#hasBegun = false
    void this.#begin()
  }

  #pause(): void {
    if (this.#closed) return
    this.#options.log('warn', 'not leading: nothing is written until that changes')
    this.#converge.pause()
    this.#options.onLead?.(false)
  }

  /** Begins the term as soon as it can. */
  async #begin(): Promise<void> {
    if (this.#isBeginning || this.#hasBegun || this.#closed) return
    if (this.#snapshot === undefined || this.#term === undefined) return
    this.#isBeginning = true
    this.#converge.end()
    let term: number
    do {
      term = this.#term
      await this.#converge.idle()
    } while ((this.#inherited && !(await this.#hasCaughtUp())) || term !== this.#term)
    this.#isBeginning = false
    if (this.#closed) return
    this.#hasBegun = true
    this.#pools.forget()
    this.#converge.begin()
    if (!this.#options.leadership.leading) this.#converge.pause()
  }

  /** The watch shows everything that was written before now. False: look again. */
  async #hasCaughtUp(): Promise<boolean> {
    if (this.#closed) return true
    const held = await heldAddresses(this.#api).catch((error: unknown) => {
      this.#options.log(
        'warn',
        `the services cannot be listed: ${error instanceof Error ? error.message : error}`,
      )
      return undefined
    })
    if (held === undefined) {
      await this.#sleep(RETRY_MS * (1 + this.#options.random()))
      return false
    }
    for (let look = 0; look < LOOKS; look++) {
      if (this.#closed || [...held].every(([key, one]) => this.#hasSeen(key, one))) return true
      await this.#sleep(LOOK_MS)
    }
    this.#options.log('warn', 'the watch lags behind: waiting before anything is allocated')
    return false
  }

  #hasSeen(key: ObjectKey, held: Held): boolean {
    const [namespace = '', name = ''] = key.split('/')
    const version = this.#options.identity('Service', namespace, name)?.resourceVersion
    return isShown(held, this.#snapshot?.services.get(key), version)
  }

  #sleep(ms: number): Promise<void> {
    return new Promise((resolve) => this.#options.clock.after(ms, resolve))
  }
}
