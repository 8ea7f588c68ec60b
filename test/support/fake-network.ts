import type { Clock } from '../../bgp/clock.ts'
import type {
  Connection,
  ConnectionHandler,
  Endpoint,
  Listener,
  ListenHandler,
  ListenOptions,
  Network,
  TransportOptions,
} from '../../bgp/network.ts'
import { FakeConnection, type Wire } from './fake-connection.ts'

/**
 * A network in memory: `lan.host(address)` is that host's view of it, a Network. A listener on a wildcard address
 * hears every connection to its host; without one, connections are refused.
 */
export class FakeLan implements Wire {
  readonly clock: Clock
  latency: () => number = () => 0
  segment = Number.POSITIVE_INFINITY
  window = 256 * 1024
  /** Hosts whose packets are dropped. */
  readonly unreachable = new Set<string>()
  /** Every connection attempt. */
  readonly attempts: { at: number; from: string; to: string; options: TransportOptions }[] = []
  readonly #listeners = new Map<string, FakeListener>()
  #nextPort = 40_000

  constructor(clock: Clock) {
    this.clock = clock
  }

  /** A host with these addresses; it dials from the first one of the peer's family. */
  host(...addresses: string[]): Network {
    const like = (other: string) => addresses.filter((a) => a.includes(':') === other.includes(':'))
    return {
      connect: (to, options, handler) => this.#connect(like(to.address)[0] ?? '', to, options, handler),
      listen: (at, options, handler) => this.#listen(like(at.address), at, options, handler),
    }
  }

  isCut(a: Endpoint, b: Endpoint): boolean {
    return this.unreachable.has(a.address) || this.unreachable.has(b.address)
  }

  /** The keys in force on a host's listener. */
  passwordsAt(address: string, port = 179): ReadonlyMap<string, string> | undefined {
    return this.#listeners.get(`${address} ${port}`)?.passwords
  }

  #connect(from: string, to: Endpoint, options: TransportOptions, handler: ConnectionHandler): Connection {
    const address = options.sourceAddress ?? from
    this.attempts.push({ at: this.clock.now(), from: address, to: to.address, options })
    const ours = new FakeConnection(this, { address, port: this.#nextPort++ }, to, handler, options)
    this.clock.after(this.latency(), () => this.#arrive(ours))
    return ours
  }

  #arrive(ours: FakeConnection): void {
    if (ours.isGone || this.isCut(ours.local, ours.remote)) return
    const listener = this.#listeners.get(`${ours.remote.address} ${ours.remote.port}`)
    if (listener === undefined) {
      this.clock.after(this.latency(), () => ours.lose(new Error('connect ECONNREFUSED')))
    } else if (listener.passwords.get(ours.local.address) === ours.options.password) {
      // The answer is under way before anything the acceptor writes.
      this.clock.after(this.latency(), () => ours.opened())
      listener.handler.onConnection(FakeConnection.accept(this, ours))
    }
  }

  #listen(hosts: string[], at: Endpoint, options: ListenOptions, handler: ListenHandler): FakeListener {
    const keys = hosts.map((host) => `${host} ${at.port}`)
    const isTaken = keys.some((key) => this.#listeners.has(key))
    const listener = new FakeListener(handler, options, () => {
      if (!isTaken) for (const key of keys) this.#listeners.delete(key)
    })
    if (!isTaken) for (const key of keys) this.#listeners.set(key, listener)
    this.clock.soon(() =>
      isTaken ? handler.onError(new Error('listen EADDRINUSE')) : handler.onListening(at),
    )
    return listener
  }
}

class FakeListener implements Listener {
  readonly handler: ListenHandler
  passwords: ReadonlyMap<string, string>
  readonly #onClose: () => void

  constructor(handler: ListenHandler, options: ListenOptions, onClose: () => void) {
    this.handler = handler
    this.passwords = options.passwords ?? new Map()
    this.#onClose = onClose
  }

  setPasswords(passwords: ReadonlyMap<string, string>): void {
    this.passwords = passwords
  }

  close(): void {
    this.#onClose()
  }
}
