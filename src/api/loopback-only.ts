/**
 * The API on a TCP port of the loopback, for those who cannot reach the socket: `kubectl port-forward`, and a pod's
 * neighbours. A web page in a browser on the same machine reaches it as well, under a name of its own that it lets
 * point to 127.0.0.1 (DNS rebinding). So only requests that call us by a name of the loopback are answered, and no
 * other origin is ever allowed to read (there are no CORS headers).
 */
import { createServer, type RequestListener, type Server } from 'node:http'
import { boundConnections } from './bound-connections.ts'

const LOOPBACK = /^(localhost|127\.0\.0\.1|\[::1\])(:\d{1,5})?$/i

export const isLoopbackHost = (host: string | undefined): boolean => host !== undefined && LOOPBACK.test(host)

const REFUSAL = `${JSON.stringify({
  error: 'this API answers only to localhost, 127.0.0.1 and [::1]',
  hint: 'send a Host header that names one of them',
})}\n`

/** A server that passes on what may be answered. */
export function loopbackServer(answer: RequestListener): Server {
  const server = createServer((request, response) => {
    if (isLoopbackHost(request.headers.host)) {
      answer(request, response)
      return
    }
    response.writeHead(403, { 'content-type': 'application/json; charset=utf-8' })
    response.end(REFUSAL)
  })
  boundConnections(server, 64)
  server.requestTimeout = 10_000
  return server
}
