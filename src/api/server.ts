/**
 * The local API: HTTP on a Unix socket, for the CLI and for scripts (`curl --unix-socket`). It only shows; nothing
 * can be changed through it. fastify is loaded here and nowhere else, and only by a running speaker.
 */
import { fastify } from 'fastify'
import { addRoutes } from './routes.ts'
import { claimPath, listenPrivately } from './socket.ts'
import type { SpeakerViews } from './views.ts'

export interface ApiOptions {
  /** Path of the Unix socket; its directory is made when missing. */
  readonly socket: string
  /** An answer that could not be made: a bug worth a line in the log. */
  readonly onError?: (error: Error) => void
}

export interface ApiServer {
  /** Closes the socket and all connections, and removes the file. */
  close(): Promise<void>
}

const PATHS = 'the paths are /v1/status, /v1/peers, /v1/routes, /v1/services, /v1/explain and /v1/names'

export async function serveApi(views: SpeakerViews, { socket, onError }: ApiOptions): Promise<ApiServer> {
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
  await app.ready()
  await claimPath(socket)
  await listenPrivately(app.server, socket)
  return {
    async close() {
      const closed = new Promise((resolve) => app.server.close(resolve))
      app.server.closeAllConnections()
      await closed
      await app.close()
    },
  }
}
