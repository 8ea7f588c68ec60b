/**
 * `/metrics` over HTTP on a loopback address, where whoever can connect may look. Anywhere else over HTTPS (TLS 1.3),
 * and for those alone whom the gate lets in.
 */
import {
  createServer,
  type IncomingMessage,
  type RequestListener,
  type Server,
  type ServerResponse,
} from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import { boundConnections, listenTcp, type Served } from '../api/index.ts'
import type { CertificateSource } from './certificate.ts'
import type { Gate } from './gate.ts'
import type { Figures } from './registry.ts'

export interface MetricsOptions {
  readonly address: string
  readonly port: number
  readonly figures: Pick<Figures, 'read' | 'contentType'>
  /** Absent: HTTP for everybody who can connect. */
  readonly secure?: { readonly certificate: CertificateSource; readonly gate: Pick<Gate, 'admit'> }
  /** The option that names the port, for messages. */
  readonly option: string
  /** A scrape that failed: a bug worth a line in the log. */
  readonly onError?: (error: Error) => void
}

/** Scrapers are few. */
const MOST_CONNECTIONS = 64
const REQUEST_MS = 10_000

/** Rejects when the port cannot be had. */
export async function serveMetrics(options: MetricsOptions): Promise<Served> {
  const { address, port, option, secure } = options
  const server = secure === undefined ? createServer(listener(options)) : await secureServer(options, secure)
  boundConnections(server, MOST_CONNECTIONS)
  server.requestTimeout = REQUEST_MS
  server.headersTimeout = REQUEST_MS
  const served = await listenTcp(server, { address, port }, option)
  return {
    port: served.port,
    async close() {
      secure?.certificate.close()
      await served.close()
    },
  }
}

type Secure = NonNullable<MetricsOptions['secure']>

async function secureServer(options: MetricsOptions, { certificate }: Secure): Promise<Server> {
  const pair = await certificate.current()
  const server = createTlsServer({ ...pair, minVersion: 'TLSv1.3' }, listener(options))
  certificate.onChange((renewed) => server.setSecureContext({ ...renewed, minVersion: 'TLSv1.3' }))
  return server
}

const listener =
  (options: MetricsOptions): RequestListener =>
  (request, response) =>
    void answer(options, request, response).catch((error: unknown) => {
      options.onError?.(error instanceof Error ? error : new Error(String(error)))
      if (!response.headersSent) say(response, 500, 'the metrics could not be made')
    })

async function answer(
  { figures, secure }: MetricsOptions,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const path = request.url?.split('?', 1)[0]
  if (path !== '/metrics') return say(response, 404, 'the path is /metrics')
  if (request.method !== 'GET' && request.method !== 'HEAD') return say(response, 405, 'only GET is possible')
  const verdict = await secure?.gate.admit(request.headers.authorization)
  if (verdict !== undefined && !verdict.allowed) return say(response, verdict.status, verdict.message)
  const text = await figures.read()
  response.writeHead(200, { 'content-type': figures.contentType })
  response.end(request.method === 'HEAD' ? undefined : text)
}

function say(response: ServerResponse, status: number, message: string): void {
  const challenge = status === 401 ? { 'www-authenticate': 'Bearer' } : {}
  const later = status === 503 ? { 'retry-after': '5' } : {}
  response.writeHead(status, { 'content-type': 'text/plain; charset=utf-8', ...challenge, ...later })
  response.end(`${message}\n`)
}
