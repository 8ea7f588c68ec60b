/**
 * An API server in memory for those who read: lists in pages, watches from a version, bookmarks, a history that can be
 * compacted, selectors as far as they are used. Whatever a server does wrong can be played. Nothing in it waits for
 * real time; what it does, it does in microtasks.
 */
import type { Duplex } from 'node:stream'
import {
  type KubeApi,
  KubeError,
  type KubeRequest,
  type WatchEvent,
  type WatchRequest,
} from '../../src/sources/index.ts'
import { targetOf } from '../../src/sources/kubernetes/target.ts'

type Json = Readonly<Record<string, unknown>>

interface Meta {
  readonly name: string
  readonly namespace?: string
  readonly labels?: Readonly<Record<string, string>>
}

interface Stored extends Json {
  readonly metadata: Meta & { readonly uid: string; readonly resourceVersion: string }
}

interface Change {
  readonly version: number
  readonly collection: string
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED'
  readonly object: Stored
}

/** What is served, as the API has it by default. */
const PLURALS: Readonly<Record<string, string>> = {
  Service: '/api/v1/services',
  Node: '/api/v1/nodes',
  Namespace: '/api/v1/namespaces',
  Secret: '/api/v1/secrets',
  EndpointSlice: '/apis/discovery.k8s.io/v1/endpointslices',
  IPAddressPool: '/apis/metallb.io/v1beta1/ipaddresspools',
  BGPPeer: '/apis/metallb.io/v1beta2/bgppeers',
  BGPAdvertisement: '/apis/metallb.io/v1beta1/bgpadvertisements',
  L2Advertisement: '/apis/metallb.io/v1beta1/l2advertisements',
  Community: '/apis/metallb.io/v1beta1/communities',
  BFDProfile: '/apis/metallb.io/v1beta1/bfdprofiles',
}

/** One request as it arrived: `list services`, `watch nodes 105`. */
export interface Asked {
  readonly verb: 'list' | 'watch'
  readonly resource: string
  readonly query: Readonly<Record<string, unknown>>
}

type Verdict = KubeError | 'hang' | { readonly answer: unknown } | undefined

export class FakeKubeApi implements KubeApi {
  readonly server = 'https://api.example:6443'
  readonly asked: Asked[] = []
  /** Decides about each request before it is served. */
  fault: (asked: Asked) => Verdict = () => undefined
  readonly #served = new Set(Object.values(PLURALS))
  readonly #objects = new Map<string, Stored>()
  readonly #history: Change[] = []
  readonly #watches = new Set<FakeWatch>()
  readonly #hung = new Set<(error: KubeError) => void>()
  #version = 100
  /** Changes up to here are forgotten. */
  #compacted = 0
  #continues = 0

  /** Creates or replaces; objects in the shape of manifests. */
  put(...objects: readonly Json[]): void {
    for (const object of objects) this.#put(object)
  }

  remove(kind: string, namespace: string, name: string): void {
    const collection = collectionOf(kind)
    const key = `${collection} ${namespace}/${name}`
    const before = this.#objects.get(key)
    if (before === undefined) return
    this.#objects.delete(key)
    this.#change(collection, 'DELETED', before)
  }

  /** The CRD, or the API group, is there or not. */
  serve(kind: string, served: boolean): void {
    if (served) this.#served.add(collectionOf(kind))
    else this.#served.delete(collectionOf(kind))
  }

  /** Every watch ends: in good order, or with an error. */
  cut(error?: KubeError): void {
    for (const watch of [...this.#watches]) watch.end(error)
  }

  /** Those who wait for an answer get this one. */
  unhang(error: KubeError): void {
    for (const reject of this.#hung) reject(error)
    this.#hung.clear()
  }

  /** The history so far is forgotten, and so are the lists that are under way. */
  compact(): void {
    this.#compacted = this.#version
    this.#continues++
  }

  bookmark(): void {
    for (const watch of this.#watches)
      watch.push({ type: 'BOOKMARK', object: { metadata: { resourceVersion: String(this.#version) } } })
  }

  /** Sends every watch this line, whatever it is. */
  say(event: WatchEvent): void {
    for (const watch of this.#watches) watch.push(event)
  }

  get watching(): number {
    return this.#watches.size
  }

  /** `list services` and so on, since the last call. */
  takeAsked(): string[] {
    return this.asked.splice(0).map(({ verb, resource }) => `${verb} ${resource}`)
  }

  async request<T>(request: KubeRequest): Promise<T> {
    const asked: Asked = { verb: 'list', resource: resourceIn(request.path), query: request.query ?? {} }
    const verdict = await this.#judge(asked, request.signal)
    if (verdict !== undefined) return verdict.answer as T
    return this.#list(request) as T
  }

  async *watch(request: WatchRequest): AsyncGenerator<WatchEvent> {
    const { path, query = {}, signal, onOpen } = request
    const verdict = await this.#judge({ verb: 'watch', resource: resourceIn(path), query }, signal)
    if (verdict !== undefined) throw notJson()
    const from = Number(query.resourceVersion)
    if (from < this.#compacted) throw gone()
    onOpen?.()
    const watch = new FakeWatch(request, () => this.#watches.delete(watch))
    this.#watches.add(watch)
    for (const change of this.#history) if (change.version > from) this.#deliver(watch, change)
    yield* watch.events()
  }

  portForward(): Promise<Duplex> {
    return Promise.reject(new KubeError('failed', 'there are no pods here'))
  }

  close(): void {
    this.cut()
  }

  async #judge(asked: Asked, signal: AbortSignal | undefined): Promise<{ answer: unknown } | undefined> {
    this.asked.push(asked)
    const verdict = this.fault(asked)
    if (verdict instanceof KubeError) throw verdict
    if (verdict !== 'hang') return verdict
    return new Promise((_, reject) => {
      this.#hung.add(reject)
      signal?.addEventListener('abort', () => reject(new KubeError('failed', 'given up')))
    })
  }

  #put(object: Json): void {
    const { kind, apiVersion: _, metadata, ...rest } = object as Json & { kind: string; metadata: Meta }
    const collection = collectionOf(kind)
    const key = `${collection} ${metadata.namespace ?? ''}/${metadata.name}`
    const before = this.#objects.get(key)
    const uid = before?.metadata.uid ?? `uid-${this.#version + 1}`
    const stored = { ...rest, metadata: { ...metadata, uid, resourceVersion: String(this.#version + 1) } }
    this.#objects.set(key, stored)
    this.#change(collection, before === undefined ? 'ADDED' : 'MODIFIED', stored)
  }

  #change(collection: string, type: Change['type'], object: Stored): void {
    this.#version++
    const metadata = { ...object.metadata, resourceVersion: String(this.#version) }
    const change = { version: this.#version, collection, type, object: { ...object, metadata } }
    this.#history.push(change)
    for (const watch of this.#watches) this.#deliver(watch, change)
  }

  #deliver(watch: FakeWatch, { collection, type, object }: Change): void {
    if (isIn(watch.request, collection, object)) watch.push({ type, object })
  }

  #list({ path, query = {} }: KubeRequest): unknown {
    const collection = collectionIn(path)
    if (!this.#served.has(collection))
      throw new KubeError('not-found', `${path} is not served`, { status: 404 })
    const all = [...this.#objects]
      .filter(([key, object]) => isIn({ path, query }, key.slice(0, key.indexOf(' ')), object))
      .map(([, object]) => object)
      .sort((a, b) => (a.metadata.name < b.metadata.name ? -1 : 1))
    const [epoch = this.#continues, start = 0] = String(query.continue ?? '')
      .split(':')
      .filter(Boolean)
      .map(Number)
    if (epoch !== this.#continues) throw gone()
    const end = start + Number(query.limit ?? all.length)
    const more = end < all.length ? { continue: `${epoch}:${end}` } : {}
    return { items: all.slice(start, end), metadata: { resourceVersion: String(this.#version), ...more } }
  }
}

interface Place {
  readonly path: string
  readonly query?: KubeRequest['query'] | undefined
}

class FakeWatch {
  readonly request: WatchRequest
  readonly #over: () => void
  readonly #waiting: WatchEvent[] = []
  #wake: () => void = () => {}
  #ended = false
  #error: KubeError | undefined

  constructor(request: WatchRequest, over: () => void) {
    this.request = request
    this.#over = over
    request.signal.addEventListener('abort', () => this.end(new KubeError('failed', 'given up')))
  }

  push(event: WatchEvent): void {
    this.#waiting.push(event)
    this.#wake()
  }

  end(error?: KubeError): void {
    this.#ended = true
    this.#error = error
    this.#over()
    this.#wake()
  }

  async *events(): AsyncGenerator<WatchEvent> {
    try {
      for (;;) {
        for (let event = this.#waiting.shift(); event !== undefined; event = this.#waiting.shift())
          yield event
        if (this.#ended) break
        await new Promise<void>((resolve) => {
          this.#wake = resolve
        })
      }
      if (this.#error !== undefined) throw this.#error
    } finally {
      this.#over()
    }
  }
}

function collectionOf(kind: string): string {
  const collection = PLURALS[kind]
  if (collection === undefined) throw new Error(`this API has no ${kind}`)
  return collection
}

const resourceIn = (path: string): string => targetOf(path)?.resource ?? path

/** `/api/v1/namespaces/x/secrets` is a part of `/api/v1/secrets`. */
const collectionIn = (path: string): string => path.replace(/\/namespaces\/[^/]+\//, '/')

function isIn({ path, query = {} }: Place, collection: string, { metadata }: Stored): boolean {
  const { labelSelector, fieldSelector } = query
  return (
    collection === collectionIn(path) &&
    (targetOf(path)?.namespace ?? metadata.namespace) === metadata.namespace &&
    (labelSelector === undefined || metadata.labels?.[String(labelSelector)] !== undefined) &&
    (fieldSelector === undefined || fieldSelector === `metadata.name=${metadata.name}`)
  )
}

export const gone = (): KubeError =>
  new KubeError('gone', 'too old resource version', { status: 410, reason: 'Expired' })
export const unreachable = (): KubeError => new KubeError('unreachable', 'connection refused')
export const forbidden = (): KubeError =>
  new KubeError('forbidden', 'you may not', { status: 403, hint: 'ask for a role' })
export const notJson = (): KubeError => new KubeError('failed', 'the answer is not JSON')

/** Lets everything run that waits for nothing but its turn. */
export async function settled(): Promise<void> {
  for (let turns = 0; turns < 5; turns++) await new Promise((resolve) => setImmediate(resolve))
}
