/**
 * The other end of the socket, for the CLI: small, since its start is part of every command's time (node:http alone is
 * worth 20 ms, so it is loaded when something is asked). What can go
 * wrong is told apart, because it has different ways out: no speaker, no permission, no such thing.
 */
import type {
  ErrorView,
  ExplainView,
  NamesView,
  PeersView,
  RoutesView,
  ServicesView,
  StatusView,
} from './types.ts'
import type { RouteFilter } from './views.ts'

export type ApiFailure = 'unreachable' | 'denied' | 'not-found' | 'failed'

export class ApiError extends Error {
  readonly kind: ApiFailure
  readonly hint: string | undefined

  constructor(kind: ApiFailure, message: string, hint?: string) {
    super(message)
    this.name = 'ApiError'
    this.kind = kind
    this.hint = hint
  }
}

export interface ApiClient {
  status(): Promise<StatusView>
  peers(): Promise<PeersView>
  routes(filter: RouteFilter): Promise<RoutesView>
  services(): Promise<ServicesView>
  explain(service: string, peer?: string): Promise<ExplainView>
  names(prefix: string): Promise<NamesView>
}

export interface ClientOptions {
  readonly socket: string
  /** The longest silence that is borne. Default 5000. */
  readonly timeoutMs?: number
}

/** Every call makes one connection and rejects with an ApiError. */
export function connectApi(options: ClientOptions): ApiClient {
  const get = <T>(path: string, query: Readonly<Record<string, string | undefined>> = {}): Promise<T> =>
    ask(options, path + queryText(query)) as Promise<T>
  return {
    status: () => get('/v1/status'),
    peers: () => get('/v1/peers'),
    routes: (filter) => get('/v1/routes', { ...filter }),
    services: () => get('/v1/services'),
    explain: (service, peer) => get('/v1/explain', { service, peer }),
    names: (prefix) => get('/v1/names', { prefix: prefix || undefined }),
  }
}

function queryText(query: Readonly<Record<string, string | undefined>>): string {
  const given = Object.entries(query).flatMap(([name, value]) =>
    value === undefined ? [] : `${name}=${encodeURIComponent(value)}`,
  )
  return given.length === 0 ? '' : `?${given.join('&')}`
}

async function ask({ socket, timeoutMs = 5000 }: ClientOptions, path: string): Promise<unknown> {
  const { request } = await import('node:http')
  return new Promise((resolve, reject) => {
    const fail = (error: NodeJS.ErrnoException) => reject(connectionError(error, socket))
    const asking = request({ socketPath: socket, path, agent: false, timeout: timeoutMs }, (response) => {
      const chunks: Buffer[] = []
      response.on('data', (chunk: Buffer) => chunks.push(chunk))
      response.on('error', fail)
      response.on('end', () => {
        const answer = read(Buffer.concat(chunks).toString(), response.statusCode ?? 0, socket)
        if (answer instanceof ApiError) reject(answer)
        else resolve(answer)
      })
    })
    asking.on('timeout', () => asking.destroy(new Error(`it was silent for ${timeoutMs} ms`)))
    asking.on('error', fail)
    asking.end()
  })
}

function read(body: string, status: number, socket: string): unknown {
  let answer: unknown
  try {
    answer = JSON.parse(body)
  } catch {
    return new ApiError('failed', `what listens on ${socket} does not speak like an oyez speaker`)
  }
  if (status === 200) return answer
  const { error, hint } = (answer ?? {}) as Partial<ErrorView>
  return new ApiError(
    status === 404 ? 'not-found' : 'failed',
    error ?? `the speaker answered ${status}`,
    hint,
  )
}

const START =
  'start one with `oyez speaker --node NAME --manifests DIR`, or name the socket of a running one with --socket or OYEZ_SOCKET'

function connectionError(error: NodeJS.ErrnoException, socket: string): ApiError {
  switch (error.code) {
    case 'ENOENT':
      return new ApiError('unreachable', `no speaker is running: there is no socket ${socket}`, START)
    case 'ECONNREFUSED':
      return new ApiError('unreachable', `no speaker is running: nobody answers on ${socket}`, START)
    case 'ENOTSOCK':
      return new ApiError('unreachable', `${socket} is not a socket`, START)
    case 'EACCES':
    case 'EPERM':
      return new ApiError(
        'denied',
        `permission denied on ${socket}`,
        'only root and the user of the speaker may open it',
      )
    default:
      return new ApiError('unreachable', `the speaker on ${socket} does not answer: ${error.message}`)
  }
}
