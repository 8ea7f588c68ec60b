/**
 * One resource, followed for ever: listed in pages, then watched. What to do next is decided in next-step.ts; this is
 * the loop that does it. No failure ends it, and none of them reaches anybody but as a sentence in `trouble`.
 */
import type { Clock, Random } from '../../../bgp/index.ts'
import type { Doorbell } from './doorbell.ts'
import { refusedByEvent } from './failures.ts'
import { FIRST_STEP, isAsGoodAsEmpty, nextStep, type Outcome, START, type Step } from './next-step.ts'
import type { Resource } from './resources.ts'
import { targetOf } from './target.ts'
import { type KubeApi, KubeError, type WatchEvent } from './types.ts'

/** Where the objects go. */
export interface Sink {
  /** Some of a list. Resolves when there is room for more. */
  take(items: readonly KubeObject[]): Promise<void>
  /** The list is complete: what was not in it is gone. */
  complete(): void
  /** The list was not finished. */
  forget(): void
  change(type: 'put' | 'delete', object: KubeObject): void
  /** Nothing of it can be read, and that is as good as nothing being there. */
  empty(): void
  /** It goes well, or not, and since how many attempts. */
  trouble(error: KubeError | undefined, failures: number): void
}

/** As far as everything that is listed has it. */
export interface KubeObject {
  readonly metadata: { readonly name: string; readonly namespace?: string; readonly resourceVersion: string }
}

export interface ReflectorContext {
  readonly api: KubeApi
  readonly clock: Clock
  readonly random: Random
  readonly doorbell: Doorbell
}

/** Servers send a bookmark each minute, at least for what changes now and then. */
const SILENCE_MS = 90_000
/** Watches are ended by the server after five to ten minutes, so that load finds its balance again. */
const WATCH_S = 300
/** A page from a server under load. */
const LIST_MS = 60_000

export class Reflector {
  readonly #resource: Resource
  readonly #sink: Sink
  readonly #context: ReflectorContext
  readonly #stop = new AbortController()
  #state = START
  #known = false
  /** It can be listed and not be watched, until a watch is accepted. */
  #isWatchRefused = false
  #heldSince: number | undefined

  constructor(resource: Resource, sink: Sink, context: ReflectorContext) {
    this.#resource = resource
    this.#sink = sink
    this.#context = context
  }

  /** Follows until it is closed. Never rejects. */
  async run(): Promise<void> {
    let step: Step = FIRST_STEP
    while (!this.#stop.signal.aborted) {
      await this.#wait(step)
      if (this.#stop.signal.aborted) return
      const outcome = step.do === 'list' ? await this.#list() : await this.#watch()
      if (this.#stop.signal.aborted) return
      step = this.#next(outcome)
    }
  }

  close(): void {
    this.#stop.abort()
  }

  #next(outcome: Outcome & { error?: KubeError }): Step {
    const { clock, random } = this.#context
    const { state, step } = nextStep(this.#state, outcome, { now: clock.now(), random })
    this.#state = state
    if (outcome.error !== undefined) this.#sink.trouble(outcome.error, state.failures)
    if (isAsGoodAsEmpty(state, this.#known, this.#resource.essential)) this.#sink.empty()
    return step
  }

  async #wait({ afterMs, untilHeard }: Step): Promise<void> {
    if (afterMs <= 0) return
    const { clock, doorbell } = this.#context
    const { signal } = this.#stop
    if (untilHeard) return doorbell.wait(afterMs, signal)
    await new Promise<void>((resolve) => {
      const timer = clock.after(afterMs, done)
      signal.addEventListener('abort', done)
      function done(): void {
        timer.cancel()
        signal.removeEventListener('abort', done)
        resolve()
      }
    })
  }

  /**
   * Page by page, at one consistent version of the whole. Not from whatever a server has at hand (resourceVersion=0):
   * that may be older than what we know already, and such lists come in one piece, whatever the limit.
   */
  async #list(): Promise<Outcome> {
    const beganAt = this.#context.clock.now()
    let more: string | undefined
    let came = false
    try {
      for (;;) {
        const page = await this.#page(more)
        came = true
        await this.#sink.take(page.items)
        more = page.more
        if (more !== undefined) continue
        this.#sink.complete()
        this.#known = true
        if (!this.#isWatchRefused) this.#sink.trouble(undefined, 0)
        return { type: 'listed', resourceVersion: page.resourceVersion, beganAt }
      }
    } catch (error) {
      this.#sink.forget()
      return { ...failure('list', error, 0), ...(came && { beganAt }) }
    }
  }

  async #page(more: string | undefined): Promise<Page> {
    const { api, doorbell } = this.#context
    const { path } = this.#resource
    const query = { ...this.#selectors(), limit: this.#state.limit, continue: more }
    const answer = await api.request<unknown>({
      method: 'GET',
      path,
      query,
      timeoutMs: LIST_MS,
      signal: this.#stop.signal,
    })
    doorbell.heard()
    return readPage(answer, path)
  }

  async #watch(): Promise<Outcome> {
    const { api } = this.#context
    let resourceVersion = this.#state.resourceVersion ?? ''
    this.#heldSince = undefined
    try {
      for await (const event of api.watch(this.#watchRequest(resourceVersion)))
        resourceVersion = this.#take(event, resourceVersion)
      return { type: 'ended', resourceVersion, heldMs: this.#heldMs() }
    } catch (error) {
      const failed = failure('watch', error, this.#heldMs())
      // A place in the history that is gone is found again by listing; everything else is not.
      this.#isWatchRefused = failed.kind !== 'gone'
      return { ...failed, resourceVersion }
    }
  }

  #watchRequest(resourceVersion: string) {
    const { clock, doorbell, random } = this.#context
    const timeoutSeconds = Math.round(WATCH_S * (1 + random()))
    return {
      path: this.#resource.path,
      query: { ...this.#selectors(), resourceVersion, allowWatchBookmarks: true, timeoutSeconds },
      silenceMs: SILENCE_MS,
      signal: this.#stop.signal,
      onOpen: () => {
        this.#heldSince = clock.now()
        doorbell.heard()
        this.#isWatchRefused = false
        this.#sink.trouble(undefined, 0)
      },
    }
  }

  #heldMs(): number {
    return this.#heldSince === undefined ? 0 : this.#context.clock.now() - this.#heldSince
  }

  /** Returns the version from which to go on. */
  #take({ type, object }: WatchEvent, before: string): string {
    if (type === 'ERROR') throw refusedByEvent(this.#question(), object)
    const { metadata } = object as { metadata?: { resourceVersion?: unknown } }
    const version = metadata?.resourceVersion
    if (typeof version !== 'string' || version === '') throw malformed(this.#resource.path, 'an event')
    if (type === 'BOOKMARK') return version
    if (!isObject(object)) throw malformed(this.#resource.path, 'an event')
    this.#sink.change(type === 'DELETED' ? 'delete' : 'put', object)
    return version === '0' ? before : version
  }

  #question() {
    const { path } = this.#resource
    return {
      server: this.#context.api.server,
      method: 'GET',
      path,
      target: targetOf(path),
      watching: true,
    } as const
  }

  #selectors() {
    const { labelSelector, fieldSelector } = this.#resource
    return { labelSelector, fieldSelector }
  }
}

function failure(during: 'list' | 'watch', error: unknown, heldMs: number) {
  const known = error instanceof KubeError ? error : new KubeError('failed', String(error))
  const { kind, retryAfterMs } = known
  return {
    type: 'failed',
    during,
    kind,
    heldMs,
    error: known,
    ...(retryAfterMs !== undefined && { retryAfterMs }),
  } as const
}

interface Page {
  readonly items: readonly KubeObject[]
  readonly resourceVersion: string
  readonly more: string | undefined
}

function readPage(answer: unknown, path: string): Page {
  const { items, metadata } = (answer ?? {}) as { items?: unknown; metadata?: Record<string, unknown> | null }
  const { resourceVersion, continue: more } = metadata ?? {}
  if (
    !(Array.isArray(items) || items === null) ||
    typeof resourceVersion !== 'string' ||
    resourceVersion === ''
  )
    throw malformed(path, 'the answer')
  const objects: unknown[] = items ?? []
  if (!objects.every(isObject)) throw malformed(path, 'an item')
  return { items: objects, resourceVersion, more: typeof more === 'string' && more !== '' ? more : undefined }
}

function isObject(value: unknown): value is KubeObject {
  const { metadata } = (value ?? {}) as { metadata?: Partial<KubeObject['metadata']> | null }
  return typeof metadata?.name === 'string' && typeof metadata.resourceVersion === 'string'
}

const malformed = (path: string, what: string): KubeError =>
  new KubeError('failed', `${what} of ${path} has not the shape that a Kubernetes API gives it`, {
    hint: 'check that the address is that of the API server, and not of a proxy',
  })
