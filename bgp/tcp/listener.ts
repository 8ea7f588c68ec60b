import { createServer, type Server, type Socket } from 'node:net'
import type { Endpoint, Listener, ListenHandler, ListenOptions } from '../network.ts'
import { type Addon, checked, loadAddon } from './addon.ts'
import { SocketConnection } from './connection.ts'
import { tcpDescriptor } from './descriptor.ts'
import { prepareToListen, setMd5Key } from './options.ts'
import { domainOf, sockaddr } from './sockaddr.ts'

const IGNORED = { onOpen() {}, onData() {}, onDrain() {}, onClose() {} }

/** A listening socket whose MD5 keys (one per peer address, RFC 2385) can change while it listens. */
export class SocketListener implements Listener {
  readonly #server: Server
  readonly #handler: ListenHandler
  readonly #at: Endpoint
  #fd: number | undefined
  #passwords: ReadonlyMap<string, string> = new Map()

  constructor(at: Endpoint, options: ListenOptions, handler: ListenHandler) {
    this.#at = at
    this.#handler = handler
    this.#server = createServer({ allowHalfOpen: false }, (socket) => this.#accepted(socket))
    this.#server.on('error', (error) => handler.onError(error))
    this.#server.on('listening', () => handler.onListening(at))
    this.#open(options.passwords ?? new Map())
  }

  setPasswords(passwords: ReadonlyMap<string, string>): void {
    const addon = loadAddon()
    if (addon instanceof Error || this.#fd === undefined) {
      if (passwords.size > 0) this.#fail(addon instanceof Error ? addon : new Error('the socket is closed'))
      return
    }
    for (const peer of this.#passwords.keys()) if (!passwords.has(peer)) this.#setKey(addon, peer, '')
    for (const [peer, password] of passwords) {
      if (this.#passwords.get(peer) !== password) this.#setKey(addon, peer, password)
    }
    this.#passwords = new Map(passwords)
  }

  close(): void {
    this.#fd = undefined
    this.#server.close()
  }

  #open(passwords: ReadonlyMap<string, string>): void {
    const addon = loadAddon()
    if (!(addon instanceof Error)) this.#openPrepared(addon, passwords)
    // Without the addon a plain listener does, unless a peer's connections must be signed: never run unsigned.
    else if (passwords.size > 0) this.#fail(addon)
    else this.#server.listen({ host: this.#at.address, port: this.#at.port, ipv6Only: true })
  }

  #openPrepared(addon: Addon, passwords: ReadonlyMap<string, string>): void {
    try {
      this.#fd = boundSocket(addon, this.#at)
      this.setPasswords(passwords)
      this.#server.listen({ fd: this.#fd })
    } catch (error) {
      this.#fail(error as Error)
    }
  }

  #setKey(addon: Addon, peer: string, password: string): void {
    try {
      if (domainOf(peer) === domainOf(this.#at.address)) setMd5Key(addon, this.#fd as number, peer, password)
    } catch (error) {
      this.#fail(error as Error)
    }
  }

  #accepted(socket: Socket): void {
    const { remoteAddress: address, remotePort: port } = socket
    // Reset before it was accepted: nobody is there any more.
    if (address === undefined || port === undefined) {
      socket.destroy()
      return
    }
    const remote = { address, port }
    this.#handler.onConnection(new SocketConnection(socket, remote, IGNORED))
  }

  #fail(error: Error): void {
    setImmediate(() => this.#handler.onError(error))
  }
}

function boundSocket(addon: Addon, at: Endpoint): number {
  return tcpDescriptor(addon, at.address, (fd) => {
    prepareToListen(addon, fd, at.address)
    checked(addon.bind(fd, sockaddr(at.address, at.port)), `listen on ${at.address} port ${at.port}`)
  })
}
