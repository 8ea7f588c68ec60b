/**
 * Keeps the ServiceBGPStatus objects of this node as they should be. Two maps, what should be and what is there, and a
 * queue of services to compare; each comparison yields at most one write (service-status.ts), so it does not matter
 * what happened in between: a restart, a lost answer, an object deleted by hand.
 *
 * Ten thousand services are ten thousand objects and twice as many writes, for nobody's immediate benefit. So writes
 * go out at a steady low pace, two at a time, and nothing is written before the objects there are have been listed:
 * a restart adopts them.
 */
import type { Clock, Log, Random, Timer } from '../../bgp/index.ts'
import type { ObjectKey } from '../cluster/index.ts'
import { TokenBucket } from '../events/index.ts'
import { type KubeApi, type KubeRequest, Patch } from '../sources/index.ts'
import { FoundObjects } from './found-objects.ts'
import { kubeErrorOf } from './kube-error.ts'
import {
  type Author,
  collectionPath,
  type Found,
  newServiceStatus,
  nextStep,
  ownershipPatch,
  readServiceStatus,
  type Step,
  statusPatch,
} from './service-status.ts'
import { Setbacks } from './setback.ts'

const PARALLEL = 2

export interface ServiceStatusOptions extends Author {
  readonly api: KubeApi
  readonly clock: Clock
  readonly random: Random
  readonly log: Log
  /** Writes per second once the burst is used up. Default 10, after 50 at once. */
  readonly pace?: { readonly perSecond: number; readonly burst: number }
}

export class ServiceStatuses {
  /** Answers of the API server, by how they came out; since the start. */
  readonly written = { done: 0, failed: 0 }
  readonly #options: ServiceStatusOptions
  readonly #pace: TokenBucket
  readonly #setbacks: Setbacks
  readonly #wanted = new Map<ObjectKey, string>()
  readonly #found = new FoundObjects()
  /** Services whose first step has been done; they come before the others, so that no object stays half made. */
  readonly #begun = new Set<ObjectKey>()
  readonly #queue = new Set<ObjectKey>()
  readonly #inFlight = new Set<ObjectKey>()
  #isListed = false
  #isWantedKnown = false
  #isClosed = false
  #pause: Timer | undefined

  constructor(options: ServiceStatusOptions) {
    const { clock, random, log, pace = { perSecond: 10, burst: 50 } } = options
    this.#options = options
    this.#pace = new TokenBucket(pace.perSecond, pace.burst, clock.now())
    this.#setbacks = new Setbacks('the ServiceBGPStatus objects cannot be written', random, log)
  }

  /** Services that wait for a write, or for a look. */
  get pending(): number {
    return this.#begun.size + this.#queue.size + this.#inFlight.size
  }

  /** All that is wanted has been told once; before that, what is there cannot be judged. */
  wantedIsKnown(): void {
    if (this.#isWantedKnown) return
    this.#isWantedKnown = true
    if (this.#pause === undefined) this.#wait(0)
  }

  /** The peers a service is announced to, joined by commas; absent: it is not announced from here. */
  want(key: ObjectKey, peers: string | undefined): void {
    if (peers === undefined) this.#wanted.delete(key)
    else this.#wanted.set(key, peers)
    this.#look(key)
  }

  /** Undefined when it is no object of this node's. */
  read(raw: unknown): Found | undefined {
    return readServiceStatus(raw, this.#options)
  }

  /** All objects there are. */
  replace(all: Iterable<Found>): void {
    this.#found.clear()
    for (const found of all) this.#found.put(found)
    this.#isListed = true
    for (const key of this.#wanted.keys()) this.#look(key)
    for (const key of this.#found.services) this.#look(key)
  }

  /** One object as it is now. */
  put(found: Found): void {
    if (this.#found.put(found)) this.#look(found.key)
  }

  /** One object that is no longer there. */
  remove(name: string): void {
    const key = this.#found.remove(name)
    if (key !== undefined) this.#look(key)
  }

  close(): void {
    this.#isClosed = true
    this.#pause?.cancel()
    this.#begun.clear()
    this.#queue.clear()
  }

  #look(key: ObjectKey, queue = this.#queue): void {
    if (this.#isClosed || this.#inFlight.has(key)) return
    queue.add(key)
    if (this.#pause === undefined) this.#wait(0)
  }

  /** The queue goes on later; at once means: after whatever is being done now. */
  #wait(ms: number): void {
    const { clock } = this.#options
    const goOn = () => {
      this.#pause = undefined
      this.#goOn()
    }
    this.#pause = ms === 0 ? clock.soon(goOn) : clock.after(ms, goOn)
  }

  #goOn(): void {
    if (!this.#isListed || !this.#isWantedKnown || this.#isClosed) return
    for (const key of this.#waiting()) {
      if (this.#inFlight.size >= PARALLEL || this.#pause !== undefined) return
      const step = nextStep(this.#wanted.get(key), this.#found.of(key))
      const wait = step === undefined ? 0 : this.#pace.take(this.#options.clock.now())
      if (wait > 0) {
        this.#wait(wait)
        return
      }
      this.#begun.delete(key)
      this.#queue.delete(key)
      if (step !== undefined) void this.#perform(key, step)
    }
  }

  *#waiting(): Generator<ObjectKey> {
    yield* this.#begun
    yield* this.#queue
  }

  async #perform(key: ObjectKey, step: Step): Promise<void> {
    this.#inFlight.add(key)
    const after = await this.#write(key, step)
    this.#inFlight.delete(key)
    if (after !== undefined) this.#look(key, after)
    else if (this.#pause === undefined && !this.#isClosed) this.#wait(0)
  }

  /** Returns where the service is to wait for its next look; undefined: there is nothing more to do. */
  async #write(key: ObjectKey, step: Step): Promise<Set<ObjectKey> | undefined> {
    try {
      const answer = await this.#options.api.request<unknown>(this.#requestFor(key, step))
      this.written.done++
      if (step.type === 'delete') this.remove(step.name)
      else this.#answered(answer)
      this.#setbacks.over()
      return this.#begun
    } catch (error) {
      return this.#failed(step, error)
    }
  }

  #answered(answer: unknown): void {
    const found = this.read(answer)
    if (found !== undefined) this.#found.put(found)
  }

  #requestFor(key: ObjectKey, step: Step): KubeRequest {
    const { namespace, node } = this.#options
    const all = collectionPath(namespace)
    switch (step.type) {
      case 'create':
        return { method: 'POST', path: all, body: newServiceStatus(key, this.#options) }
      case 'own':
        return patch(`${all}/${step.name}`, ownershipPatch(this.#options))
      case 'tell':
        return patch(`${all}/${step.name}/status`, statusPatch(key, this.#wanted.get(key) ?? '', node))
      case 'delete':
        return { method: 'DELETE', path: `${all}/${step.name}` }
    }
  }

  /** What failed goes to the end: one object that cannot be written must not keep the others waiting. */
  #failed(step: Step, thrown: unknown): Set<ObjectKey> | undefined {
    const error = kubeErrorOf(thrown)
    if (error.kind === 'not-found' && step.type !== 'create') {
      this.remove(step.name)
      return this.#queue
    }
    this.written.failed++
    const ms = this.#setbacks.met(error)
    // The same request would be refused again; another wish for this service asks anew.
    if (error.kind === 'invalid' || this.#isClosed) return undefined
    this.#pause?.cancel()
    this.#wait(ms)
    return this.#queue
  }
}

const patch = (path: string, body: object): KubeRequest => ({
  method: 'PATCH',
  path,
  body,
  patch: Patch.merge,
})
