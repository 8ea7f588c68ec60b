/**
 * The part of an API server that status writers meet, in memory: objects with a status subresource (ignored on
 * creation), generateName, apply and merge patches, resource versions, watches. It answers at once, in the order asked.
 */
import { type KubeApi, KubeError, type KubeRequest, type WatchEvent } from '../../src/sources/index.ts'

interface Stored {
  metadata: { name: string; resourceVersion: string; [field: string]: unknown }
  [field: string]: unknown
}

type Answer = (request: KubeRequest) => unknown

export class StatusApi implements KubeApi {
  readonly server = 'https://api.test'
  /** By path. */
  readonly objects = new Map<string, Stored>()
  readonly requests: KubeRequest[] = []
  /** Fails every request with this, while it is set. */
  failure: KubeError | undefined
  /** Answers of paths that are no objects. */
  readonly answers = new Map<string, Answer>()
  readonly #watches = new Set<(event: WatchEvent) => void>()
  #version = 100

  request<T>(request: KubeRequest): Promise<T> {
    this.requests.push(request)
    try {
      return Promise.resolve(this.#answer(request) as T)
    } catch (error) {
      return Promise.reject(error)
    }
  }

  async *watch({ signal }: { readonly signal: AbortSignal }): AsyncGenerator<WatchEvent> {
    const events: WatchEvent[] = []
    let wake = Promise.withResolvers<void>()
    const take = (event: WatchEvent) => {
      events.push(event)
      wake.resolve()
    }
    this.#watches.add(take)
    signal.addEventListener('abort', () => wake.resolve())
    while (!signal.aborted) {
      await wake.promise
      wake = Promise.withResolvers()
      yield* events.splice(0)
    }
    this.#watches.delete(take)
  }

  portForward(): Promise<never> {
    return Promise.reject(new KubeError('failed', 'not here'))
  }

  close(): void {}

  /** Requests that write, as `POST /path`. */
  get writes(): readonly string[] {
    return this.requests
      .filter(({ method }) => method !== 'GET')
      .map(({ method, path }) => `${method} ${path}`)
  }

  forget(): void {
    this.requests.length = 0
  }

  put(path: string, object: { metadata?: object; [field: string]: unknown }): void {
    const name = path.slice(path.lastIndexOf('/') + 1)
    const metadata = { name, ...object.metadata, resourceVersion: `${++this.#version}` }
    this.#store(path, { ...object, metadata })
  }

  remove(path: string): void {
    const object = this.objects.get(path)
    if (object === undefined) throw new KubeError('not-found', `${path} not found`, { status: 404 })
    this.objects.delete(path)
    this.#version++
    for (const tell of this.#watches) tell({ type: 'DELETED', object })
  }

  #store(path: string, object: Stored): Stored {
    const type = this.objects.has(path) ? 'MODIFIED' : 'ADDED'
    this.objects.set(path, object)
    for (const tell of this.#watches) tell({ type, object })
    return object
  }

  #answer(request: KubeRequest): unknown {
    if (this.failure !== undefined) throw this.failure
    const { method, path, body } = request
    const special = this.answers.get(path)
    if (special !== undefined) return special(request)
    if (method === 'POST') return this.#create(path, body as Stored & { metadata: { generateName?: string } })
    if (method === 'PATCH') return this.#patch(request)
    if (method === 'DELETE') return this.remove(path)
    const object = this.objects.get(path)
    if (object !== undefined) return object
    if (/\/(servicebgpstatuses)$/.test(path)) return this.#list(path)
    throw new KubeError('not-found', `${path} not found`, { status: 404 })
  }

  #list(path: string) {
    const items = [...this.objects].filter(([at]) => at.startsWith(`${path}/`)).map(([, object]) => object)
    return { metadata: { resourceVersion: `${this.#version}` }, items }
  }

  #create(path: string, body: Stored & { metadata: { generateName?: string } }): Stored {
    const version = `${++this.#version}`
    const name = body.metadata.name ?? `${body.metadata.generateName}${version}`
    const { status: _, ...rest } = body
    return this.#store(`${path}/${name}`, {
      ...rest,
      metadata: { ...body.metadata, name, resourceVersion: version },
    })
  }

  #patch({ path, body, patch }: KubeRequest): Stored {
    const isStatus = path.endsWith('/status')
    const at = isStatus ? path.slice(0, -'/status'.length) : path
    const before = this.objects.get(at)
    if (before === undefined && (isStatus || patch !== 'application/apply-patch+yaml'))
      throw new KubeError('not-found', `${at} not found`, { status: 404 })
    const { metadata = {}, status } = body as { metadata?: object; status?: object }
    const resourceVersion = `${++this.#version}`
    const name = at.slice(at.lastIndexOf('/') + 1)
    const base = { ...(before ?? (body as object)) }
    const merged = isStatus ? { ...base, status: { ...(before?.status as object), ...status } } : base
    return this.#store(at, {
      ...merged,
      metadata: { name, ...before?.metadata, ...metadata, resourceVersion },
    })
  }
}

/** Lets promises run that are ready. */
export async function settled(): Promise<void> {
  for (let turn = 0; turn < 20; turn++) await Promise.resolve()
}
