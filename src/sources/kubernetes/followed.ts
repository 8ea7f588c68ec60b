/**
 * One resource between the API and the store: what its reflector brings goes into the store a little at a time, so
 * that a list of a hundred thousand never holds up a keepalive; and how it stands with the resource can be asked.
 */
import type { Clock } from '../../../bgp/index.ts'
import type { ClusterStore, Kind } from '../../cluster/index.ts'
import { Holdings, type Identity, keyOf } from './holdings.ts'
import { type KubeObject, Reflector, type ReflectorContext, type Sink } from './reflector.ts'
import type { Resource } from './resources.ts'
import { rawOf } from './trim.ts'
import type { KubeError } from './types.ts'

export interface FollowedContext extends ReflectorContext {
  readonly store: ClusterStore
  /** The store may have changed. */
  touched(): void
  /** There is news of the trouble, or the resource is settled. */
  troubled(followed: Followed): void
  /** An object of this kind came, or went: for those who look for names in them. */
  readonly look?: (key: string, object: KubeObject | undefined) => void
}

/** For this long things are taken in without letting anybody else have a turn. */
const TURN_MS = 3

export class Followed implements Sink {
  readonly resource: Resource
  /** Everything has been listed once, or it is known that there is nothing to list. */
  synced = false
  lastEventAt: number | undefined
  error: KubeError | undefined
  failures = 0
  readonly #context: FollowedContext
  readonly #holdings: Holdings
  readonly #reflector: Reflector
  #changed = false
  #closed = false

  constructor(resource: Resource, context: FollowedContext) {
    this.resource = resource
    this.#context = context
    this.#holdings = new Holdings(resource.identified)
    this.#reflector = new Reflector(resource, this, context)
  }

  start(): void {
    void this.#reflector.run()
  }

  /** What is still on its way is not taken in any more. */
  close(): void {
    this.#closed = true
    this.#reflector.close()
  }

  get size(): number {
    return this.#holdings.size
  }

  identity(key: string): Identity | undefined {
    return this.#holdings.identity(key)
  }

  /** Takes everything of it out of the store. */
  clear(): void {
    for (const key of this.#holdings.vanished()) this.#remove(key)
  }

  async take(items: readonly KubeObject[]): Promise<void> {
    const { clock } = this.#context
    let since = clock.now()
    for (const item of items) {
      if (this.#closed) return
      if (this.#holdings.list(item)) this.#put(item)
      if (clock.now() - since < TURN_MS) continue
      await turn(clock)
      since = clock.now()
    }
    this.lastEventAt = clock.now()
  }

  complete(): void {
    this.clear()
    this.#settle()
  }

  forget(): void {
    this.#holdings.forget()
  }

  change(type: 'put' | 'delete', object: KubeObject): void {
    this.lastEventAt = this.#context.clock.now()
    if (type === 'delete') this.#remove(keyOf(object))
    else if (this.#holdings.put(object)) this.#put(object)
    this.#tell()
  }

  empty(): void {
    if (this.synced && this.size === 0) return
    this.#holdings.forget()
    this.clear()
    this.#settle()
  }

  trouble(error: KubeError | undefined, failures: number): void {
    if (error === this.error && failures === this.failures) return
    this.error = error
    this.failures = failures
    this.#context.troubled(this)
  }

  #settle(): void {
    const first = !this.synced
    this.synced = true
    if (first) this.#context.touched()
    this.#tell()
  }

  #tell(): void {
    if (!this.#changed) return
    this.#changed = false
    this.#context.touched()
  }

  #put(object: KubeObject): void {
    const { apiVersion, kind } = this.resource
    this.#changed = true
    this.#context.store.put(rawOf(object, apiVersion, kind))
    this.#context.look?.(keyOf(object), object)
  }

  #remove(key: string): void {
    if (!this.#holdings.remove(key)) return
    this.#changed = true
    const slash = key.indexOf('/')
    this.#context.store.remove(
      this.resource.kind as Kind,
      key.slice(0, Math.max(slash, 0)),
      key.slice(slash + 1),
    )
    this.#context.look?.(key, undefined)
  }
}

/** Sockets and timers first. */
const turn = (clock: Clock): Promise<void> =>
  new Promise((resolve) => {
    clock.soon(resolve)
  })
