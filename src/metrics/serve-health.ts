/**
 * `/healthz` and `/readyz`. Liveness is that there is an answer: the event loop turns. It asks nothing else, since a
 * restart mends nothing else. Readiness names what is missing.
 */
import { createServer, type RequestListener } from 'node:http'
import { boundConnections, listenTcp, type Served } from '../api/index.ts'

export interface HealthOptions {
  /** Absent: every address. */
  readonly address?: string
  readonly port: number
  /** What is missing, in words; empty: ready. */
  missing(): readonly string[]
  /** The option that names the port, for messages. */
  readonly option: string
}

/** Rejects when the port cannot be had. */
export function serveHealth(options: HealthOptions): Promise<Served> {
  const { address, port, option } = options
  const server = createServer(listener(options))
  boundConnections(server, 64)
  server.requestTimeout = 10_000
  return listenTcp(server, { ...(address !== undefined && { address }), port }, option)
}

const listener =
  ({ missing }: HealthOptions): RequestListener =>
  ({ url = '' }, response) => {
    const say = (status: number, body: object) => {
      response.writeHead(status, { 'content-type': 'application/json; charset=utf-8' })
      response.end(`${JSON.stringify(body)}\n`)
    }
    switch (url.split('?', 1)[0]) {
      case '/healthz':
        return say(200, { alive: true })
      case '/readyz': {
        const lacking = missing()
        const ready = lacking.length === 0
        return say(ready ? 200 : 503, { ready, missing: lacking })
      }
      default:
        return say(404, { error: `there is no ${url}`, hint: 'the paths are /healthz and /readyz' })
    }
  }
