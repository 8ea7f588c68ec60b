/**
 * The shell of leader election: does what `lease.ts` decides, one request at a time. Also what there is instead when
 * nobody else runs: `alone`.
 */
import type { Clock, Log, Random, Timer } from '../../bgp/index.ts'
import { type KubeApi, KubeError } from '../sources/index.ts'
import { type LeaseAction, type LeaseEvent, type LeaseState, leads, newLease, step } from './lease.ts'
import { leaseBody, type RawLease, readLease } from './lease-object.ts'

export interface Leadership {
  /** May write at this very moment. */
  readonly leading: boolean
  /** Who leads, as far as is known. */
  readonly holder: string | undefined
  start(handlers: LeadershipHandlers): void
  /**
   * Leads no longer. `release`: another one may take over at once; only when everything that was written has been
   * answered. Else the Lease runs out by itself.
   */
  close(release: boolean): Promise<void>
}

export interface LeadershipHandlers {
  /**
   * From now on. The same term as before: nobody else has led since. `inherited`: somebody may have led before, whose
   * last writes have to be seen first.
   */
  onLead(term: number, inherited: boolean): void
  onPause(): void
}

export interface ElectionOptions {
  readonly namespace: string
  /** Name of the Lease. */
  readonly name: string
  /** Unique to this process. */
  readonly identity: string
  readonly clock: Clock
  readonly random: Random
  readonly log: Log
  /** Wall clock, for people who look at the Lease. */
  readonly date?: () => Date
}

/** Shorter than half a renewal deadline: a hung request must leave time for another one. */
const TIMEOUT_MS = 4_000
const JITTER = 0.2

export class Election implements Leadership {
  readonly #api: KubeApi
  readonly #options: ElectionOptions
  #state: LeaseState
  #handlers: LeadershipHandlers | undefined
  #timer: Timer | undefined
  #closed: (() => void) | undefined
  #trouble: string | undefined
  #isOver = false

  constructor(api: KubeApi, options: ElectionOptions) {
    this.#api = api
    this.#options = options
    this.#state = newLease(options.identity)
  }

  get leading(): boolean {
    return !this.#isOver && leads(this.#state, this.#options.clock.now())
  }

  get holder(): string | undefined {
    return this.#state.seen?.record.holder || undefined
  }

  start(handlers: LeadershipHandlers): void {
    this.#handlers = handlers
    this.#handle({ type: 'tick' })
  }

  close(release: boolean): Promise<void> {
    return new Promise((resolve) => {
      this.#closed = resolve
      if (release) this.#handle({ type: 'stop' })
      else this.#end()
    })
  }

  #end(): void {
    this.#isOver = true
    this.#timer?.cancel()
    this.#closed?.()
  }

  #handle(event: LeaseEvent): void {
    if (this.#isOver) return
    const before = this.holder
    const { state, actions } = step(this.#state, event, this.#options.clock.now())
    this.#state = state
    if (this.holder !== before && this.holder !== undefined)
      this.#options.log('info', 'leader', { holder: this.holder, self: this.holder === state.identity })
    for (const action of actions) this.#run(action)
  }

  #run(action: LeaseAction): void {
    switch (action.type) {
      case 'wait':
        this.#wait(action.jitter ? action.ms * (1 + JITTER * this.#options.random()) : action.ms)
        return
      case 'lead':
        this.#handlers?.onLead(action.term, action.inherited)
        return
      case 'pause':
        this.#handlers?.onPause()
        return
      case 'done':
        this.#end()
        return
      case 'read':
        void this.#ask('GET', action)
        return
      case 'create':
        void this.#ask('POST', action)
        return
      case 'update':
      case 'release':
        void this.#ask('PUT', action)
    }
  }

  #wait(ms: number): void {
    this.#timer?.cancel()
    this.#timer = this.#options.clock.after(ms, () => this.#handle({ type: 'tick' }))
  }

  async #ask(method: 'GET' | 'POST' | 'PUT', action: LeaseAction): Promise<void> {
    const { namespace, name } = this.#options
    const folder = `/apis/coordination.k8s.io/v1/namespaces/${encodeURIComponent(namespace)}/leases`
    const path = method === 'POST' ? folder : `${folder}/${encodeURIComponent(name)}`
    const body = method === 'GET' ? {} : { body: this.#body(action) }
    this.#handle(
      await this.#api.request<RawLease>({ method, path, ...body, timeoutMs: TIMEOUT_MS }).then(
        (raw): LeaseEvent => {
          this.#trouble = undefined
          return { type: method === 'GET' ? 'found' : 'written', record: readLease(raw) }
        },
        (error: unknown) => this.#failure(error, method),
      ),
    )
  }

  #body(action: LeaseAction) {
    const { namespace, name, identity, date = () => new Date() } = this.#options
    const wish = { namespace, name, now: date() }
    if (action.type === 'update' || action.type === 'release') {
      const { resourceVersion, transitions, acquireTime } = action.record
      if (action.type === 'release') return leaseBody({ ...wish, holder: '', transitions, resourceVersion })
      const since = action.renew && acquireTime !== undefined ? { acquireTime } : {}
      const count = action.renew ? transitions : transitions + 1
      return leaseBody({ ...wish, holder: identity, transitions: count, resourceVersion, ...since })
    }
    return leaseBody({ ...wish, holder: identity, transitions: 0 })
  }

  #failure(error: unknown, method: 'GET' | 'POST' | 'PUT'): LeaseEvent {
    const kind = error instanceof KubeError ? error.kind : 'failed'
    // Of a POST, it is the namespace that is missing.
    if (kind === 'not-found' && method !== 'POST') return { type: 'missing' }
    if (kind === 'conflict') return { type: 'conflict' }
    this.#tell(kind, error)
    return { type: 'failed' }
  }

  /** Each kind of trouble once. */
  #tell(kind: string, error: unknown): void {
    if (this.#trouble === kind) return
    this.#trouble = kind
    const { namespace, name } = this.#options
    this.#options.log('warn', `the Lease cannot be had: ${error instanceof Error ? error.message : error}`, {
      lease: `${namespace}/${name}`,
      ...(error instanceof KubeError && error.hint !== undefined && { hint: error.hint }),
    })
  }
}

/** Leads from the start and always: `--leader-elect=false`. */
export class Alone implements Leadership {
  readonly holder: string
  #closed = false

  constructor(identity: string) {
    this.holder = identity
  }

  get leading(): boolean {
    return !this.#closed
  }

  start({ onLead }: LeadershipHandlers): void {
    onLead(1, true)
  }

  async close(): Promise<void> {
    this.#closed = true
  }
}
