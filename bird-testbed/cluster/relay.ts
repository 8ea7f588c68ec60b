/**
 * Passes connections on, from a Unix socket or a TCP port to another, and can spoil them on command: that is how tests
 * reach an API server in a namespace, and how they cut its watches, let it hang or make etcd slow.
 */
import { createConnection, createServer, type NetConnectOpts, type Server, type Socket } from 'node:net'

/** `unix:/path/to/socket` or `tcp:ADDRESS:PORT`; listening on port 0 takes a free one. */
export type Endpoint = `unix:${string}` | `tcp:${string}`

interface Pair {
  readonly near: Socket
  readonly far: Socket
}

export class Relay {
  private readonly listen: Endpoint
  private readonly target: Endpoint
  private readonly pairs = new Set<Pair>()
  private server: Server | undefined
  private hanging = false
  private delay = 0
  private connections = 0
  private port = 0

  constructor(listen: Endpoint, target: Endpoint) {
    this.listen = listen
    this.target = target
  }

  /** Accepts connections; also again after `refuse`, then on the same port. Returns the TCP port, 0 on a Unix socket. */
  async open(): Promise<number> {
    this.server ??= createServer({ allowHalfOpen: true }, (near) => this.accept(near))
    const { server } = this
    if (!server.listening) {
      await new Promise<void>((resolve, reject) => {
        server.once('error', reject)
        server.listen({ ...place(this.listen), ...this.knownPort() }, resolve).unref()
      })
    }
    this.port = portOf(server)
    return this.port
  }

  /** Connections accepted so far. */
  get accepted(): number {
    return this.connections
  }

  /** Ends every connection there is, with a reset. New ones are taken. */
  cut(): void {
    for (const { near, far } of this.pairs) {
      near.resetAndDestroy()
      far.destroy()
    }
  }

  /** Nothing passes any more, in connections that are open and those to come; none is closed. Until `mend`. */
  hang(): void {
    this.hanging = true
    for (const pair of this.pairs) each(pair, (socket) => socket.pause())
  }

  /** Whatever passes waits this many milliseconds first, in each direction. 0 ends that. */
  slow(milliseconds: number): void {
    this.delay = milliseconds
  }

  /** New connections are refused, and those that are open are cut. Until `open`. */
  async refuse(): Promise<void> {
    const { server } = this
    this.server = undefined
    const closed = new Promise((resolve) =>
      server === undefined ? resolve(undefined) : server.close(resolve),
    )
    this.cut()
    await closed
  }

  /** Undoes hang and slow. */
  mend(): void {
    this.hanging = false
    this.delay = 0
    for (const pair of this.pairs) each(pair, (socket) => socket.resume())
  }

  private knownPort(): { port?: number } {
    return this.port === 0 ? {} : { port: this.port }
  }

  private accept(near: Socket): void {
    this.connections += 1
    const far = createConnection({ ...place(this.target), allowHalfOpen: true } as NetConnectOpts)
    const pair = { near, far }
    this.pairs.add(pair)
    this.pass(near, far)
    this.pass(far, near)
    if (this.hanging) each(pair, (socket) => socket.pause())
  }

  private pass(from: Socket, to: Socket): void {
    from.setNoDelay(true)
    from.on('data', (chunk) => this.later(() => this.write(from, to, chunk)))
    from.on('end', () => this.later(() => to.end()))
    from.on('error', () => to.destroy())
    from.on('close', () => {
      for (const pair of this.pairs) if (pair.near === from || pair.far === from) this.pairs.delete(pair)
      this.later(() => to.end())
    })
  }

  private write(from: Socket, to: Socket, chunk: Buffer): void {
    if (to.destroyed || to.write(chunk)) return
    from.pause()
    to.once('drain', () => {
      if (!this.hanging) from.resume()
    })
  }

  private later(work: () => void): void {
    if (this.delay === 0) work()
    else setTimeout(work, this.delay)
  }
}

function each({ near, far }: Pair, act: (socket: Socket) => void): void {
  act(near)
  act(far)
}

function place(endpoint: Endpoint): { path: string } | { host: string; port: number } {
  const rest = endpoint.slice(endpoint.indexOf(':') + 1)
  if (endpoint.startsWith('unix:')) return { path: rest }
  const colon = rest.lastIndexOf(':')
  return { host: rest.slice(0, colon), port: Number(rest.slice(colon + 1)) }
}

function portOf(server: Server): number {
  const address = server.address()
  return typeof address === 'object' && address !== null ? address.port : 0
}
