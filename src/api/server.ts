/**
 * The local API: HTTP on a Unix socket, for the CLI and for scripts (`curl --unix-socket`), and on a port of the
 * loopback, for whoever comes through Kubernetes. It only shows; nothing can be changed through it. fastify is loaded
 * here and nowhere else, and only by a running speaker.
 */
import { type FastifyInstance, fastify } from 'fastify'
import { listenTcp } from './listen-tcp.ts'
import { loopbackServer } from './loopback-only.ts'
import { addRoutes } from './routes.ts'
import { claimPath, listenPrivately } from './socket.ts'
import type { SpeakerViews } from './views.ts'

export interface ApiOptions {
  /** Path of the Unix socket; its directory is made when missing. */
  readonly socket: string
  /** Port on 127.0.0.1; 0: one that is free. Absent: none. */
  readonly port?: number
  /** An answer that could not be made: a bug worth a line in the log. */
  readonly onError?: (error: Error) => void
}

export interface ApiServer {
  /** On 127.0.0.1; absent when none was wanted. */
  readonly port?: number
  /** Closes socket, port and all connections, and removes the file. */
  close(): Promise<void>
}

const PATHS =
  'the paths are /v1/status, /v1/peers, /v1/routes, /v1/services, /v1/explain, /v1/pools and /v1/names'

export async function serveApi(views: SpeakerViews, options: ApiOptions): Promise<ApiServer> {
  const { socket, port } = options
  const app = application(views, options)
  await app.ready()
  await claimPath(socket)
  await listenPrivately(app.server, socket)
  if (port === undefined) return { close: () => closeSocket(app) }
  const tcp = await listenOnPort(app, port).catch(async (error: unknown) => {
    await closeSocket(app)
    throw error
  })
  return {
    port: tcp.port,
    async close() {
      await Promise.all([tcp.close(), closeSocket(app)])
    },
  }
}

function application(views: SpeakerViews, { onError }: ApiOptions): FastifyInstance {
  const app = fastify()
  addRoutes(app, views)
  app.setNotFoundHandler(({ method, url }, reply) =>
    reply.code(404).send({ error: `there is no ${method} ${url}`, hint: PATHS }),
  )
  app.setErrorHandler((error: Error & { statusCode?: number }, _, reply) => {
    const status = error.statusCode ?? 500
    if (status >= 500) onError?.(error)
    return reply.code(status).send({ error: error.message })
  })
  return app
}

const listenOnPort = (app: FastifyInstance, port: number) =>
  listenTcp(
    loopbackServer((request, response) => app.routing(request, response)),
    { address: '127.0.0.1', port },
    '--api-port',
  )

async function closeSocket(app: FastifyInstance): Promise<void> {
  const closed = new Promise((resolve) => app.server.close(resolve))
  app.server.closeAllConnections()
  await closed
  await app.close()
}
