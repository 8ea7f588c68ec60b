/**
 * This node's ServiceBGPStatus objects as the API server has them: listed once, then watched, so that what somebody
 * else deletes (the garbage collector, a user) is noticed.
 */
import type { Clock, Log, Random } from '../../bgp/index.ts'
import {
  Doorbell,
  type KubeApi,
  type KubeError,
  type KubeObject,
  Reflector,
  type Sink,
} from '../sources/index.ts'
import { collectionPath, type Found, Label, SERVICE_STATUS } from './service-status.ts'

export interface OwnObjectOptions {
  readonly api: KubeApi
  readonly node: string
  readonly namespace: string
  readonly clock: Clock
  readonly random: Random
  readonly log: Log
}

export interface OwnObjectHandlers {
  /** Trims it; undefined: it is nobody's business. */
  read(raw: unknown): Found | undefined
  replace(all: Iterable<Found>): void
  put(found: Found): void
  remove(name: string): void
}

export interface OwnObjects {
  close(): void
}

export function followOwnObjects(options: OwnObjectOptions, to: OwnObjectHandlers): OwnObjects {
  const { node, namespace } = options
  const resource = {
    kind: SERVICE_STATUS.kind,
    apiVersion: SERVICE_STATUS.apiVersion,
    path: collectionPath(namespace),
    labelSelector: `${Label.node}=${node}`,
    essential: false,
    identified: false,
  }
  const doorbell = new Doorbell(options.clock, options.random)
  const reflector = new Reflector(resource, new Objects(to, options.log), { ...options, doorbell })
  void reflector.run()
  return { close: () => reflector.close() }
}

/** A server that starts knows neither roles nor CRDs for a moment. */
const WORTH_SAYING = 4

class Objects implements Sink {
  readonly #to: OwnObjectHandlers
  readonly #log: Log
  #listing: Found[] = []
  #hasSaid = false

  constructor(to: OwnObjectHandlers, log: Log) {
    this.#to = to
    this.#log = log
  }

  take(items: readonly KubeObject[]): Promise<void> {
    for (const item of items) {
      const found = this.#to.read(item)
      if (found !== undefined) this.#listing.push(found)
    }
    return Promise.resolve()
  }

  complete(): void {
    this.#to.replace(this.#listing)
    this.#listing = []
  }

  forget(): void {
    this.#listing = []
  }

  change(type: 'put' | 'delete', object: KubeObject): void {
    const found = this.#to.read(object)
    if (type === 'delete') this.#to.remove(object.metadata.name)
    else if (found !== undefined) this.#to.put(found)
  }

  empty(): void {
    this.forget()
    this.#to.replace([])
  }

  trouble(error: KubeError | undefined, failures: number): void {
    if (error === undefined) this.#hasSaid = false
    if (error === undefined || this.#hasSaid || failures < WORTH_SAYING) return
    this.#hasSaid = true
    const { message, hint } = error
    this.#log('warn', `the ServiceBGPStatus objects cannot be read: ${message}`, {
      ...(hint !== undefined && { hint }),
    })
  }
}
