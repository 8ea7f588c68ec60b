/** Listening on a TCP port, with an error that says which option to change. */
import type { AddressInfo, Server } from 'node:net'
import { SocketError } from './socket.ts'

/** Something that is served until it is closed. */
export interface Served {
  /** The one that was asked for, or the one that was free when 0 was. */
  readonly port: number
  /** Ends it, and every connection to it. */
  close(): Promise<void>
}

type HttpServer = Server & { closeAllConnections(): void }

/** Rejects with a SocketError. `address` absent: every address. `option` names the port on the command line. */
export function listenTcp(
  server: HttpServer,
  { address, port }: { readonly address?: string; readonly port: number },
  option: string,
): Promise<Served> {
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      const where = address === undefined ? `port ${port}` : `${address} port ${port}`
      reject(
        new SocketError(`nothing can listen on ${where}: ${reasonOf(error)}; choose another with ${option}`),
      )
    })
    server.listen({ port, ...(address !== undefined && { host: address }) }, () => {
      server.removeAllListeners('error')
      // A connection that cannot be accepted (no file descriptor left) is no reason to end.
      server.on('error', () => {})
      resolve({ port: (server.address() as AddressInfo).port, close: () => close(server) })
    })
  })
}

function reasonOf({ code, message }: NodeJS.ErrnoException): string {
  switch (code) {
    case 'EADDRINUSE':
      return 'another program has it'
    case 'EADDRNOTAVAIL':
      return 'this machine does not have the address'
    case 'EACCES':
      return 'permission denied'
    default:
      return message
  }
}

async function close(server: HttpServer): Promise<void> {
  const closed = new Promise((resolve) => server.close(resolve))
  server.closeAllConnections()
  await closed
}
