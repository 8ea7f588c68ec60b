import { Socket } from 'node:net'
import type { Connection, ConnectionHandler, Endpoint, Network, TransportOptions } from '../network.ts'
import { loadAddon } from './addon.ts'
import { RefusedConnection, SocketConnection } from './connection.ts'
import { tcpDescriptor } from './descriptor.ts'
import { SocketListener } from './listener.ts'
import { needsAddon, prepareToConnect, TOS_CS6 } from './options.ts'

/**
 * The network of this machine. The only place of the library that opens sockets.
 *
 * The addon makes the descriptor and sets what must be in force before the first SYN; from then on it is an ordinary
 * node:net socket. Without the addon plain sockets serve peers that need none of it, and the others are refused:
 * a session that was to be signed never runs unsigned.
 */
export function createNetwork(): Network {
  return {
    connect,
    listen: (at, options, handler) => new SocketListener(at, options, handler),
  }
}

function connect(to: Endpoint, options: TransportOptions, handler: ConnectionHandler): Connection {
  try {
    const socket = openSocket(to, options)
    const connection = new SocketConnection(socket, to, handler)
    const source = options.sourceAddress
    // In the same turn as the descriptor is wrapped: later, Node would silently connect a fresh socket without it.
    socket.connect({ host: to.address, port: to.port, ...(source !== undefined && { localAddress: source }) })
    return connection
  } catch (error) {
    return new RefusedConnection(to, handler, error as Error)
  }
}

function openSocket(to: Endpoint, options: TransportOptions): Socket {
  const addon = loadAddon()
  if (!(addon instanceof Error)) {
    const prepare = (fd: number) => prepareToConnect(addon, fd, to.address, options)
    return new Socket({ fd: tcpDescriptor(addon, to.address, prepare) })
  }
  const need = needsAddon(options)
  if (need !== undefined) throw new Error(`${to.address} wants ${need}, but ${addon.message}`)
  return markedSocket()
}

/** Marks its packets where Node can (24 and later); elsewhere an unmarked session is better than none. */
function markedSocket(): Socket {
  const socket = new Socket()
  const mark: unknown = Reflect.get(socket, 'setTypeOfService')
  if (typeof mark === 'function') Reflect.apply(mark, socket, [TOS_CS6])
  return socket
}
