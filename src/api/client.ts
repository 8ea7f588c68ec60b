/**
 * The other end of the socket, for the CLI: small, since its start is part of every command's time (node:http alone is
 * worth 20 ms, so it is loaded when something is asked). What can go
 * wrong is told apart, because it has different ways out: no speaker, no permission, no such thing.
 */
import type { Duplex } from 'node:stream'
import type {
  ErrorView,
  ExplainView,
  NamesView,
  PeersView,
  PoolsView,
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
  pools(): Promise<PoolsView>
  names(prefix: string): Promise<NamesView>
}

interface Patience {
  /** The longest silence that is borne. Default 5000. */
  readonly timeoutMs?: number
}

export interface SocketOptions extends Patience {
  /** Path of the Unix socket of a speaker on this machine. */
  readonly socket: string
}

export interface StreamOptions extends Patience {
  /** A new connection to a speaker that is elsewhere; what it rejects with, the call rejects with. */
  readonly connect: () => Promise<Duplex>
  /** What messages call the speaker. */
  readonly name: string
}

export type ClientOptions = SocketOptions | StreamOptions

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
    pools: () => get('/v1/pools'),
    names: (prefix) => get('/v1/names', { prefix: prefix || undefined }),
  }
}

function queryText(query: Readonly<Record<string, string | undefined>>): string {
  const given = Object.entries(query).flatMap(([name, value]) =>
    value === undefined ? [] : `${name}=${encodeURIComponent(value)}`,
  )
  return given.length === 0 ? '' : `?${given.join('&')}`
}

async function ask(options: ClientOptions, path: string): Promise<unknown> {
  const { timeoutMs = 5000 } = options
  const name = 'socket' in options ? options.socket : options.name
  const { request } = await import('node:http')
  const way = await wayTo(options, timeoutMs)
  return new Promise((resolve, reject) => {
    const fail = (error: NodeJS.ErrnoException) => reject(connectionError(error, name))
    const asking = request({ ...way, path, timeout: timeoutMs }, (response) => {
      const chunks: Buffer[] = []
      response.on('data', (chunk: Buffer) => chunks.push(chunk))
      response.on('error', fail)
      response.on('end', () => {
        const answer = read(Buffer.concat(chunks).toString(), response.statusCode ?? 0, name)
        if (answer instanceof ApiError) reject(answer)
        else resolve(answer)
      })
    })
    asking.on('timeout', () => asking.destroy(silence(timeoutMs)))
    asking.on('error', fail)
    asking.end()
  })
}

const silence = (ms: number): Error => new Error(`it was silent for ${ms} ms`)

/** A connection that comes too late is closed when it comes. */
async function wayTo(
  options: ClientOptions,
  timeoutMs: number,
): Promise<{ socketPath: string; agent: false } | { createConnection: () => Duplex; host: string }> {
  if ('socket' in options) return { socketPath: options.socket, agent: false }
  const { connect, name } = options
  const connecting = connect()
  const late = Promise.withResolvers<never>()
  const timer = setTimeout(() => {
    late.reject(connectionError(silence(timeoutMs), name))
    connecting.then((stream) => stream.destroy()).catch(() => {})
  }, timeoutMs)
  const stream = await Promise.race([connecting, late.promise]).finally(() => clearTimeout(timer))
  return { createConnection: () => stream, host: '127.0.0.1' }
}

function read(body: string, status: number, name: string): unknown {
  let answer: unknown
  try {
    answer = JSON.parse(body)
  } catch {
    return new ApiError('failed', `what listens on ${name} does not speak like an oyez speaker`)
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
