import type { Socket } from 'node:net'
import type { Connection, ConnectionHandler, Endpoint, TransportOptions } from '../network.ts'
import { loadAddon } from './addon.ts'
import { needsAddon, setTtl } from './options.ts'

/** How long an orderly close waits for the peer to read our last octets and close its side. */
const LINGER_MS = 2000

const NOWHERE: Endpoint = { address: '', port: 0 }

/** A Connection over a node:net socket: forwards events, and ends so that the peer can read our NOTIFICATION. */
export class SocketConnection implements Connection {
  handler: ConnectionHandler
  readonly #socket: Socket
  #remote: Endpoint
  #local: Endpoint = NOWHERE
  #error: Error | undefined
  #closing = false

  constructor(socket: Socket, remote: Endpoint, handler: ConnectionHandler) {
    this.#socket = socket
    this.#remote = remote
    this.handler = handler
    socket.setNoDelay(true)
    socket.on('connect', () => this.#opened())
    socket.on('data', (chunk) => this.#closing || this.handler.onData(chunk))
    socket.on('drain', () => this.#closing || this.handler.onDrain())
    socket.on('error', (error) => {
      this.#error = error
    })
    socket.on('close', () => this.handler.onClose(this.#error))
    if (socket.readyState === 'open') this.#learnEndpoints()
  }

  get local(): Endpoint {
    return this.#local
  }

  get remote(): Endpoint {
    return this.#remote
  }

  get pending(): number {
    return this.#socket.writableLength
  }

  write(data: Uint8Array): boolean {
    return this.#closing || this.#socket.destroyed ? true : this.#socket.write(data)
  }

  pause(): void {
    this.#socket.pause()
  }

  resume(): void {
    this.#socket.resume()
  }

  setOptions(options: TransportOptions): Error | undefined {
    const { ttl, minTtl } = options
    const wanted = { ...(ttl !== undefined && { ttl }), ...(minTtl !== undefined && { minTtl }) }
    if (needsAddon(wanted) === undefined) return undefined
    const addon = loadAddon()
    if (addon instanceof Error) return addon
    try {
      setTtl(addon, descriptor(this.#socket), this.#remote.address, wanted)
      return undefined
    } catch (error) {
      return error as Error
    }
  }

  /**
   * Write, half-close, drain, then close: closing with unread input would make the kernel send RST, which destroys
   * the NOTIFICATION in the peer's receive queue (RFC 4271 section 6 wants it delivered).
   */
  close(): void {
    if (this.#closing) return
    this.#closing = true
    if (this.#socket.connecting) this.abort()
    else this.#linger()
  }

  #linger(): void {
    this.#socket.end()
    this.#socket.resume()
    const timer = setTimeout(() => this.#socket.destroy(), LINGER_MS)
    this.#socket.once('close', () => clearTimeout(timer))
  }

  abort(): void {
    this.#closing = true
    if (this.#socket.connecting) this.#socket.destroy()
    else this.#socket.resetAndDestroy()
  }

  #opened(): void {
    this.#learnEndpoints()
    if (!this.#closing) this.handler.onOpen()
  }

  #learnEndpoints(): void {
    const { localAddress, localPort, remoteAddress, remotePort } = this.#socket
    this.#local = { address: localAddress ?? '', port: localPort ?? 0 }
    this.#remote = { address: remoteAddress ?? this.#remote.address, port: remotePort ?? this.#remote.port }
  }
}

/** A connection that could not even be tried; says why in the next turn, as every failure does. */
export class RefusedConnection implements Connection {
  readonly local = NOWHERE
  readonly pending = 0
  readonly remote: Endpoint
  handler: ConnectionHandler

  constructor(remote: Endpoint, handler: ConnectionHandler, why: Error) {
    this.remote = remote
    this.handler = handler
    setImmediate(() => this.handler.onClose(why))
  }

  write(): boolean {
    return true
  }

  pause(): void {}
  resume(): void {}
  close(): void {}
  abort(): void {}

  setOptions(): undefined {
    return undefined
  }
}

/** Node keeps the descriptor to itself; its handle has carried `fd` since the beginning. */
function descriptor(socket: Socket): number {
  return (socket as unknown as { _handle: { fd: number } })._handle.fd
}
