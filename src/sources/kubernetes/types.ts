/**
 * The API server as the rest of the daemon sees it: one way to ask, one way to watch, one way into a pod, one kind of
 * error. Everything about credentials, TLS, proxies and time-outs stays behind it. Tests implement it in memory.
 */
import type { Duplex } from 'node:stream'

export type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'

/** How a PATCH body is meant; the values are the media types. */
export const Patch = {
  merge: 'application/merge-patch+json',
  strategic: 'application/strategic-merge-patch+json',
  apply: 'application/apply-patch+yaml',
} as const
export type Patch = (typeof Patch)[keyof typeof Patch]

export interface KubeRequest {
  readonly method: Method
  /** `/api/v1/namespaces/default/services/web/status`; names in it already escaped. */
  readonly path: string
  readonly query?: Readonly<Record<string, string | number | boolean | undefined>>
  /** Sent as JSON. */
  readonly body?: unknown
  /** Required with PATCH. */
  readonly patch?: Patch
  /** The answer may be the object's metadata alone, which costs the server less. */
  readonly metadataOnly?: boolean
  /** The longest the whole answer may take. Default 30000. */
  readonly timeoutMs?: number
  readonly signal?: AbortSignal
}

/** One line of a watch, as the server sent it; nothing of `object` has been checked. */
export interface WatchEvent {
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED' | 'BOOKMARK' | 'ERROR'
  readonly object: unknown
}

export interface WatchRequest {
  readonly path: string
  readonly query?: KubeRequest['query']
  /** The server is silent for longer: the watch is over. */
  readonly silenceMs: number
  readonly signal: AbortSignal
  /** The server has accepted the watch; events may be a long time in coming. */
  readonly onOpen?: () => void
}

export interface KubeApi {
  /** URL, for messages. */
  readonly server: string
  /** Of the service account or of the kubeconfig's context, if it names one. */
  readonly namespace?: string
  /** The decoded JSON answer. Rejects with a KubeError and nothing else. */
  request<T>(request: KubeRequest): Promise<T>
  /** Ends when the server ends it; throws a KubeError when it breaks. Lines that are no events are a KubeError. */
  watch(request: WatchRequest): AsyncIterable<WatchEvent>
  /** A stream to a port on the loopback of a pod (pods/portforward). */
  portForward(target: { namespace: string; pod: string; port: number }): Promise<Duplex>
  /** Ends everything that is under way. */
  close(): void
}

/** What can go wrong, told apart by what has to be done about it. */
export type KubeFailure =
  | 'unreachable' // nobody answers, or not in time, or no longer
  | 'unauthorized' // 401
  | 'forbidden' // 403: the message names the missing rule
  | 'not-found' // 404
  | 'conflict' // 409, and AlreadyExists
  | 'gone' // 410: list again
  | 'invalid' // 400, 422: our request is wrong or the object is refused
  | 'busy' // 429, 503, 504: later
  | 'failed' // anything else, also answers that are no JSON

export class KubeError extends Error {
  readonly kind: KubeFailure
  /** HTTP status; absent when there was no answer. */
  readonly status?: number
  /** metav1.Status.reason. */
  readonly reason?: string
  /** What to do about it. */
  readonly hint?: string
  /** From Retry-After. */
  readonly retryAfterMs?: number

  constructor(
    kind: KubeFailure,
    message: string,
    more: {
      readonly status?: number
      readonly reason?: string
      readonly hint?: string
      readonly retryAfterMs?: number
    } = {},
  ) {
    super(message)
    this.name = 'KubeError'
    this.kind = kind
    Object.assign(this, more)
  }
}

/** An object as events and owner references name it. */
export interface ObjectIdentity {
  readonly apiVersion: string
  readonly kind: string
  readonly namespace: string
  readonly name: string
  readonly uid: string
  readonly resourceVersion: string
}
