/**
 * The way of an Event to the API server. Telling one costs its teller nothing: it is put into a bounded queue and
 * written when there is time, at a bounded rate, and never before what matters more (`hold`). The same event about the
 * same object is written once and counted up from then on. What the API server does not take is tried again while the
 * queue has room; nobody waits for it. Rights needed: create and patch on events.
 */
import type { Clock, Log, Random, Timer } from '../../bgp/index.ts'
import { type KubeApi, KubeError, Patch } from '../sources/index.ts'
import { eventBody, eventPatch, namespaceOf, type Source } from './body.ts'
import { sameEvent, type Waiting, WishQueue } from './queue.ts'
import { TokenBucket } from './token-bucket.ts'
import type { EventWish, TellEvent } from './types.ts'

export interface RecorderOptions extends Source {
  /** For Events about objects without a namespace. Default `default`. */
  readonly namespace?: string
  readonly clock: Clock
  readonly random: Random
  readonly log: Log
  /** Events written a second, in the long run. Default 10. */
  readonly perSecond?: number
  /** How many different events may wait. Default 2000: what is minutes old is no news. */
  readonly capacity?: number
  /** True: not now, there is something better to do. Asked before each write. */
  readonly hold?: () => boolean
  /** Wall clock, for the timestamps. */
  readonly date?: () => Date
}

export interface RecorderCounts {
  readonly waiting: number
  readonly written: number
  /** Given up: the queue was full, or the API server refused them. */
  readonly dropped: number
}

const PER_SECOND = 10
const CAPACITY = 2_000
/** Events remembered in order to count them up; the oldest are forgotten and then written anew. */
const REMEMBERED = 4_096
/** Written at the same time. */
const AT_ONCE = 4
const HOLD_MS = 100
/** However much there is to do, one is written after so long. */
const PATIENCE_MS = 5_000
const FIRST_PAUSE_MS = 500
const LONGEST_PAUSE_MS = 30_000
const TIMEOUT_MS = 10_000
const FAREWELL_MS = 1_500

/** Also 403: it is the answer in a namespace that is being deleted, and must not hold up all the others. */
const LASTING: ReadonlySet<KubeError['kind']> = new Set(['invalid', 'not-found', 'conflict', 'forbidden'])

interface Written {
  readonly path: string
  readonly count: number
}

export class EventRecorder {
  readonly #api: KubeApi
  readonly #options: RecorderOptions
  readonly #queue: WishQueue
  readonly #bucket: TokenBucket
  readonly #known = new Map<string, Written>()
  readonly #aborted = new AbortController()
  #inFlight = 0
  #failures = 0
  #written = 0
  #refused = 0
  #serial = 0
  #toldForbidden = false
  #heldSince: number | undefined
  #timer: Timer | undefined
  #closing: (() => void) | undefined

  constructor(api: KubeApi, options: RecorderOptions) {
    const { clock, perSecond = PER_SECOND, capacity = CAPACITY } = options
    this.#api = api
    this.#options = options
    this.#queue = new WishQueue(capacity)
    this.#bucket = new TokenBucket(perSecond, 2 * perSecond, clock.now())
  }

  readonly tell: TellEvent = (wish: EventWish): void => {
    if (this.#closing !== undefined) return
    this.#queue.add(wish, this.#date())
    this.#wake(0)
  }

  get counts(): RecorderCounts {
    return {
      waiting: this.#queue.size + this.#inFlight,
      written: this.#written,
      dropped: this.#queue.dropped + this.#refused,
    }
  }

  /** Writes what waits, for a second or so; the rest is dropped. */
  close(): Promise<void> {
    return new Promise((resolve) => {
      const late = this.#options.clock.after(FAREWELL_MS, () => {
        this.#queue.clear()
        this.#aborted.abort()
        this.#closing?.()
      })
      this.#closing = () => {
        late.cancel()
        this.#timer?.cancel()
        resolve()
      }
      this.#pump()
    })
  }

  #wake(ms: number): void {
    if (this.#timer !== undefined) return
    const { clock } = this.#options
    const pump = () => {
      this.#timer = undefined
      this.#pump()
    }
    this.#timer = ms === 0 ? clock.soon(pump) : clock.after(ms, pump)
  }

  #pump(): void {
    while (this.#queue.size > 0 && this.#inFlight < (this.#failures > 0 ? 1 : AT_ONCE)) {
      const wait = this.#waitMs()
      if (wait > 0) {
        this.#wake(wait)
        return
      }
      const next = this.#queue.take()
      if (next !== undefined) void this.#write(next)
    }
    if (this.#queue.size === 0 && this.#inFlight === 0) this.#closing?.()
  }

  /** On leaving, neither rate nor manners count. */
  #waitMs(): number {
    if (this.#closing !== undefined) return 0
    const now = this.#options.clock.now()
    if (this.#options.hold?.() !== true) this.#heldSince = undefined
    else {
      this.#heldSince ??= now
      if (now - this.#heldSince < PATIENCE_MS) return HOLD_MS
      this.#heldSince = now
    }
    return this.#bucket.take(now)
  }

  async #write(waiting: Waiting): Promise<void> {
    this.#inFlight++
    try {
      await this.#send(waiting)
      this.#written++
      this.#failures = 0
    } catch (error) {
      this.#failed(waiting, error)
    }
    this.#inFlight--
    if (this.#failures > 0 && this.#closing === undefined) this.#wake(this.#pauseMs())
    else this.#pump()
  }

  async #send(waiting: Waiting): Promise<void> {
    const key = sameEvent(waiting.wish)
    const known = this.#known.get(key)
    this.#known.delete(key)
    const written = known === undefined ? await this.#create(waiting) : await this.#countUp(waiting, known)
    this.#known.set(key, written)
    const [oldest] = this.#known.keys()
    if (this.#known.size > REMEMBERED && oldest !== undefined) this.#known.delete(oldest)
  }

  async #create(waiting: Waiting): Promise<Written> {
    const namespace = namespaceOf(waiting, this.#options.namespace ?? 'default')
    const path = `/api/v1/namespaces/${encodeURIComponent(namespace)}/events`
    const body = eventBody(waiting, this.#options, namespace, this.#unique())
    await this.#api.request({ method: 'POST', path, body, ...this.#limits })
    return { path: `${path}/${encodeURIComponent(body.metadata.name)}`, count: waiting.times }
  }

  /** An Event lives for an hour; once it is gone, it is a new one. */
  async #countUp(waiting: Waiting, { path, count: before }: Written): Promise<Written> {
    const count = before + waiting.times
    const body = eventPatch(waiting, count)
    try {
      await this.#api.request({ method: 'PATCH', path, patch: Patch.merge, body, ...this.#limits })
      return { path, count }
    } catch (error) {
      if (error instanceof KubeError && error.kind === 'not-found') return this.#create(waiting)
      throw error
    }
  }

  /** What the server will not take however often it is asked is given up; the rest waits for better times. */
  #failed(waiting: Waiting, error: unknown): void {
    const lasting = error instanceof KubeError && LASTING.has(error.kind)
    const message = error instanceof Error ? error.message : String(error)
    if (lasting || this.#closing !== undefined) {
      this.#refused++
      const first = error instanceof KubeError && error.kind === 'forbidden' && !this.#toldForbidden
      this.#toldForbidden ||= first
      this.#options.log(first ? 'warn' : 'debug', `an Event was not taken: ${message}`, {
        reason: waiting.wish.reason,
      })
      return
    }
    this.#failures++
    if (this.#failures === 1) this.#options.log('warn', `Events wait: ${message}`)
    this.#queue.putBack(waiting)
  }

  #pauseMs(): number {
    const pause = Math.min(FIRST_PAUSE_MS * 2 ** (this.#failures - 1), LONGEST_PAUSE_MS)
    return pause * (0.5 + this.#options.random() / 2)
  }

  get #limits() {
    return { timeoutMs: TIMEOUT_MS, signal: this.#aborted.signal }
  }

  #date(): Date {
    return this.#options.date?.() ?? new Date()
  }

  /** Hex of a moment and a serial number: two controllers, or one after a restart, never choose the same. */
  #unique(): string {
    this.#serial = (this.#serial + 1) % 0x1000
    const chance = Math.floor(this.#options.random() * 0x1000)
    return [this.#date().getTime(), this.#serial, chance].map((n) => n.toString(16).padStart(3, '0')).join('')
  }
}
