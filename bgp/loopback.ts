import type { Clock } from './clock.ts'
import type { Connection, ConnectionHandler, Endpoint, ListenHandler, Network } from './network.ts'

/**
 * A network inside this process: who connects meets whoever listens, and octets arrive in the next turn of the event
 * loop. Enough for two speakers that play with each other (see rehearsal.ts); nothing is ever lost or late.
 */
export function createLoopback(clock: Clock): Network {
  const listeners = new Set<ListenHandler>()
  return {
    connect(to, _, handler) {
      const from = { address: to.address, port: 0 }
      const near = new LoopbackConnection(clock, from, to, handler)
      clock.soon(() => meet(near, new LoopbackConnection(clock, to, from, IGNORED), listeners))
      return near
    },
    listen(at, _, handler) {
      listeners.add(handler)
      clock.soon(() => handler.onListening(at))
      return { close: () => listeners.delete(handler), setPasswords() {} }
    },
  }
}

const IGNORED: ConnectionHandler = { onOpen() {}, onData() {}, onDrain() {}, onClose() {} }

function meet(near: LoopbackConnection, far: LoopbackConnection, listeners: Iterable<ListenHandler>): void {
  const [listener] = listeners
  if (listener === undefined) {
    near.gone(new Error('nobody listens'))
    return
  }
  near.other = far
  far.other = near
  listener.onConnection(far)
  near.handler.onOpen()
}

class LoopbackConnection implements Connection {
  readonly local: Endpoint
  readonly remote: Endpoint
  readonly pending = 0
  handler: ConnectionHandler
  other: LoopbackConnection | undefined
  readonly #clock: Clock
  #isGone = false

  constructor(clock: Clock, local: Endpoint, remote: Endpoint, handler: ConnectionHandler) {
    this.#clock = clock
    this.local = local
    this.remote = remote
    this.handler = handler
  }

  write(data: Uint8Array): boolean {
    const { other } = this
    this.#clock.soon(() => other?.take(data))
    return true
  }

  take(data: Uint8Array): void {
    if (!this.#isGone) this.handler.onData(data)
  }

  gone(error?: Error): void {
    if (this.#isGone) return
    this.#isGone = true
    this.handler.onClose(error)
  }

  close(): void {
    const { other } = this
    // After what was written.
    this.#clock.soon(() => {
      other?.gone()
      this.gone()
    })
  }

  abort(): void {
    this.close()
  }

  pause(): void {}
  resume(): void {}

  setOptions(): undefined {
    return undefined
  }
}
