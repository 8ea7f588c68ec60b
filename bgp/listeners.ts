import type { Clock, Log, Random } from './clock.ts'
import type { Connection, Endpoint, Network } from './network.ts'
import { Timers } from './timers.ts'

/**
 * The sockets that peers connect to, shared by all neighbors. An address that cannot be listened on, mostly because
 * another speaker has it, costs only the passive side: it is reported, tried again ever more rarely, and sessions are
 * still dialled.
 */
export interface ListenerStatus extends Endpoint {
  readonly state: 'opening' | 'listening' | 'failed'
  readonly error?: string
}

interface Context {
  readonly network: Network
  readonly clock: Clock
  readonly random: Random
  readonly log: Log
  readonly onConnection: (connection: Connection) => void
  readonly onChange: () => void
}

const FIRST_RETRY_MS = 1_000
const LONGEST_RETRY_MS = 60_000

export class Listeners {
  readonly #sockets: readonly ListeningSocket[]

  constructor(endpoints: readonly Endpoint[], context: Context) {
    this.#sockets = endpoints.map((at) => new ListeningSocket(at, context))
  }

  /** MD5 keys by peer address (RFC 2385), all of them. */
  setPasswords(passwords: ReadonlyMap<string, string>): void {
    for (const socket of this.#sockets) socket.setPasswords(passwords)
  }

  status(): ListenerStatus[] {
    return this.#sockets.map((socket) => socket.status)
  }

  close(): void {
    for (const socket of this.#sockets) socket.close()
  }
}

class ListeningSocket {
  status: ListenerStatus
  readonly #at: Endpoint
  readonly #context: Context
  readonly #timers: Timers<'retry'>
  #listener: ReturnType<Network['listen']> | undefined
  #passwords: ReadonlyMap<string, string> = new Map()
  #failures = 0

  constructor(at: Endpoint, context: Context) {
    this.#at = at
    this.#context = context
    this.#timers = new Timers(context.clock, context.random, () => this.#open())
    this.status = { ...at, state: 'opening' }
    this.#open()
  }

  setPasswords(passwords: ReadonlyMap<string, string>): void {
    this.#passwords = passwords
    this.#listener?.setPasswords(passwords)
  }

  close(): void {
    this.#timers.stopAll()
    this.#listener?.close()
    this.#listener = undefined
  }

  #open(): void {
    const { network, onConnection } = this.#context
    const listener = network.listen(
      this.#at,
      { passwords: this.#passwords },
      {
        onListening: () => this.#listening(),
        onConnection,
        onError: (error) => this.#listener === listener && this.#failed(error),
      },
    )
    this.#listener = listener
  }

  #listening(): void {
    this.#failures = 0
    this.status = { ...this.#at, state: 'listening' }
    this.#context.log('info', 'listening for peers', { ...this.#at })
    this.#context.onChange()
  }

  #failed(error: Error): void {
    this.close()
    const isNews = this.status.error !== error.message
    this.status = { ...this.#at, state: 'failed', error: error.message }
    const message = 'cannot listen for peers; sessions are still dialled from this side'
    this.#context.log(isNews ? 'warn' : 'debug', message, { ...this.#at, error: error.message })
    this.#timers.start(
      'retry',
      Math.min(FIRST_RETRY_MS * 2 ** Math.min(this.#failures, 10), LONGEST_RETRY_MS),
      true,
    )
    this.#failures += 1
    if (isNews) this.#context.onChange()
  }
}
