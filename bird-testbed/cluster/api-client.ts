/**
 * The test's own way to the API server: plain HTTPS over a Unix socket that a relay in the server's namespace serves.
 * It is quick (keep-alive, many requests at once) where kubectl takes a tenth of a second each, and it owes nothing to
 * the code under test.
 */

import { readFileSync } from 'node:fs'
import type { IncomingMessage } from 'node:http'
import { Agent, type RequestOptions, request } from 'node:https'
import { setTimeout as pause } from 'node:timers/promises'
import { AT_ONCE, inParallel } from './in-parallel.ts'
import type { Credential } from './pki.ts'

export interface KubeObject {
  readonly apiVersion: string
  readonly kind: string
  readonly metadata: ObjectMeta
  readonly [field: string]: unknown
}

export interface ObjectMeta {
  readonly name: string
  readonly namespace?: string
  readonly uid?: string
  readonly resourceVersion?: string
  readonly generation?: number
  readonly labels?: Readonly<Record<string, string>>
  readonly annotations?: Readonly<Record<string, string>>
  readonly [field: string]: unknown
}

/** An answer other than 2xx; `reason` is Kubernetes' (`AlreadyExists`, `Forbidden` ...). */
export class ApiError extends Error {
  readonly status: number
  readonly reason: string

  constructor(what: string, status: number, reason: string, message: string) {
    super(`${what}: ${status} ${message}`)
    this.status = status
    this.reason = reason
  }
}

export type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'

export interface Door {
  /** Unix socket that leads to the server. */
  readonly socket: string
  readonly ca: string
  readonly credential: Credential
}

const TOO_MANY_REQUESTS = 429
const ATTEMPTS_WHEN_BUSY = 20
const BUSY_MS = 250

const CONTENT = {
  apply: 'application/apply-patch+yaml',
  merge: 'application/merge-patch+json',
  json: 'application/json',
} as const

export class ApiClient {
  private readonly agent: Agent
  private readonly door: Door
  private readonly impersonated: Readonly<Record<string, string | string[]>>
  private readonly resources = new Map<string, Promise<Map<string, Resource>>>()

  constructor(door: Door, impersonated: Readonly<Record<string, string | string[]>> = {}) {
    this.door = door
    this.impersonated = impersonated
    const { ca, credential } = door
    const cert = readFileSync(credential.cert)
    const key = readFileSync(credential.key)
    this.agent = new Agent({ keepAlive: true, maxSockets: AT_ONCE + 16, ca, cert, key })
  }

  /** The same server, asked as somebody else (`system:serviceaccount:oyez-system:oyez-speaker`). */
  as(user: string, ...groups: readonly string[]): ApiClient {
    const asGroups = groups.length === 0 ? {} : { 'Impersonate-Group': [...groups] }
    return new ApiClient(this.door, { 'Impersonate-User': user, ...asGroups })
  }

  /**
   * One request; its parsed answer. Rejects with ApiError unless that is 2xx. A server that is not ready for it, as it
   * says of the objects of a new or deleted definition for a moment, is asked again.
   */
  async request<T = unknown>(
    method: Method,
    path: string,
    body?: unknown,
    contentType: string = CONTENT.json,
  ): Promise<T> {
    const text = body === undefined ? undefined : JSON.stringify(body)
    for (let left = ATTEMPTS_WHEN_BUSY; ; left -= 1) {
      const response = await this.send(method, path, text, contentType)
      const answer = await wholeText(response)
      const status = response.statusCode ?? 0
      if (status >= 200 && status <= 299) return (answer.startsWith('{') ? JSON.parse(answer) : answer) as T
      if (status !== TOO_MANY_REQUESTS || left === 0) throw errorOf(`${method} ${path}`, status, answer)
      await pause(BUSY_MS)
    }
  }

  async get(apiVersion: string, kind: string, name: string, namespace?: string): Promise<KubeObject> {
    return this.request('GET', await this.path({ apiVersion, kind, metadata: meta(name, namespace) }))
  }

  /** All objects of a kind, in one namespace or in all. */
  async list(apiVersion: string, kind: string, namespace?: string): Promise<KubeObject[]> {
    const path = await this.path({ apiVersion, kind, metadata: meta('', namespace) })
    const { items } = await this.request<{ items: KubeObject[] }>('GET', path.replace(/\/$/, ''))
    return items.map((item) => ({ ...item, apiVersion, kind }))
  }

  /** POSTs each, many at once; the answers come in the order given. */
  async create(...objects: readonly KubeObject[]): Promise<KubeObject[]> {
    return inParallel(objects, async (object) => {
      const path = await this.path(object)
      return this.request<KubeObject>('POST', path.slice(0, path.lastIndexOf('/')), object)
    })
  }

  /** Server-side apply of each, many at once: creates or updates. */
  async apply(...objects: readonly KubeObject[]): Promise<KubeObject[]> {
    return inParallel(objects, async (object) => {
      const path = `${await this.path(object)}?fieldManager=lab&force=true`
      return this.request<KubeObject>('PATCH', path, object, CONTENT.apply)
    })
  }

  /** A merge patch of one object, or with `subresource` of its `status`. */
  async patch(object: KubeObject, patch: unknown, subresource = ''): Promise<KubeObject> {
    const path = await this.path(object)
    return this.request('PATCH', subresource === '' ? path : `${path}/${subresource}`, patch, CONTENT.merge)
  }

  /** Replaces one object, or with `subresource` its `status`. */
  async replace(object: KubeObject, subresource = ''): Promise<KubeObject> {
    const path = await this.path(object)
    return this.request('PUT', subresource === '' ? path : `${path}/${subresource}`, object)
  }

  /** Deletes each, many at once; one that is gone already is no error. */
  async remove(...objects: readonly KubeObject[]): Promise<void> {
    await inParallel(objects, async (object) => {
      await this.request('DELETE', await this.path(object)).catch((error: unknown) => {
        if (!(error instanceof ApiError && error.status === 404)) throw error
      })
    })
  }

  /** The path of an object: its kind is looked up in what the server says it serves. */
  async path({ apiVersion, kind, metadata }: KubeObject): Promise<string> {
    const resource = await this.resource(apiVersion, kind)
    const namespace = metadata.namespace ?? (metadata.name === '' ? undefined : 'default')
    const within = resource.namespaced && namespace !== undefined ? `/namespaces/${namespace}` : ''
    return `${groupPath(apiVersion)}${within}/${resource.name}/${metadata.name}`
  }

  private async resource(apiVersion: string, kind: string): Promise<Resource> {
    const known = await this.resources.get(apiVersion)?.catch(() => undefined)
    const found = known?.get(kind) ?? (await this.discover(apiVersion)).get(kind)
    if (found === undefined) throw new Error(`the API server has no ${kind} in ${apiVersion}`)
    return found
  }

  private discover(apiVersion: string): Promise<Map<string, Resource>> {
    const asked = this.request<{ resources: Resource[] }>('GET', groupPath(apiVersion)).then(
      ({ resources }) =>
        new Map(resources.filter(({ name }) => !name.includes('/')).map((each) => [each.kind, each])),
    )
    this.resources.set(apiVersion, asked)
    return asked
  }

  private send(
    method: Method,
    path: string,
    text: string | undefined,
    contentType: string,
  ): Promise<IncomingMessage> {
    const options: RequestOptions = {
      method,
      path,
      agent: this.agent,
      socketPath: this.door.socket,
      servername: 'kubernetes',
      headers: {
        ...this.impersonated,
        ...(text === undefined
          ? {}
          : { 'content-type': contentType, 'content-length': Buffer.byteLength(text) }),
      },
    }
    return new Promise((resolve, reject) => {
      request(options, resolve).on('error', reject).end(text)
    })
  }
}

interface Resource {
  readonly name: string
  readonly kind: string
  readonly namespaced: boolean
}

function groupPath(apiVersion: string): string {
  return apiVersion.includes('/') ? `/apis/${apiVersion}` : `/api/${apiVersion}`
}

function meta(name: string, namespace: string | undefined): ObjectMeta {
  return namespace === undefined ? { name } : { name, namespace }
}

async function wholeText(response: IncomingMessage): Promise<string> {
  let text = ''
  for await (const chunk of response.setEncoding('utf8')) text += String(chunk)
  return text
}

function errorOf(what: string, status: number, answer: string): ApiError {
  try {
    const { reason = '', message = answer } = JSON.parse(answer) as { reason?: string; message?: string }
    return new ApiError(what, status, reason, message)
  } catch {
    return new ApiError(what, status, '', answer)
  }
}
