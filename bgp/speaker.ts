import type { Clock, Log, Random } from './clock.ts'
import type { NeighborConfig, SpeakerConfig } from './config.ts'
import { ConfigError, checkSpeakerConfig } from './config-checks.ts'
import { type ListenerStatus, Listeners } from './listeners.ts'
import { Neighbor } from './neighbor.ts'
import type { Connection, Endpoint, Network } from './network.ts'
import { turnAway } from './session.ts'
import { canonicalAddress, checkNeighbor } from './settings.ts'
import type { NeighborStatus } from './status.ts'
import { StrangerLog } from './stranger-log.ts'
import { createNetwork, systemClock } from './tcp/index.ts'
import { Cease, ErrorCode } from './wire/index.ts'

/** What a speaker stands on. Each has a default: this machine's network and clock, Math.random, no log. */
export interface SpeakerContext {
  readonly network: Network
  readonly clock: Clock
  readonly random: Random
  readonly log: Log
  /**
   * Something in `status()` has changed: a neighbor's state, or without one a listener's. For a new neighbor it comes
   * for the first time before `add` returns.
   */
  readonly onChange: (neighbor?: Neighbor) => void
}

export interface SpeakerStatus {
  readonly listeners: readonly ListenerStatus[]
  /** Connections from addresses of no neighbor, closed at once. */
  readonly strangers: number
  readonly neighbors: readonly NeighborStatus[]
}

const EVERYWHERE: readonly Endpoint[] = [
  { address: '0.0.0.0', port: 179 },
  { address: '::', port: 179 },
]

/** How long `close` waits for the last NOTIFICATIONs to leave. */
const CLOSE_MS = 500

/**
 * A BGP speaker: the neighbors it talks to and the addresses it listens on.
 *
 * It originates the routes it is given (`Neighbor.setRoutes`) and nothing else: what peers announce is counted and
 * shown, never installed and never passed on.
 */
export class Speaker {
  readonly #config: SpeakerConfig
  readonly #context: SpeakerContext
  readonly #neighbors = new Map<string, Neighbor>()
  readonly #listeners: Listeners
  readonly #strangers: StrangerLog

  /** @throws ConfigError naming every field that is wrong */
  constructor(config: SpeakerConfig, context: Partial<SpeakerContext> = {}) {
    checkSpeakerConfig(config)
    this.#config = config
    this.#context = {
      network: context.network ?? createNetwork(),
      clock: context.clock ?? systemClock,
      random: context.random ?? Math.random,
      log: context.log ?? (() => {}),
      onChange: context.onChange ?? (() => {}),
    }
    this.#strangers = new StrangerLog(this.#context.clock, this.#context.log)
    const { listen = EVERYWHERE } = config
    this.#listeners = new Listeners(listen === 'none' ? [] : listen, {
      ...this.#context,
      onConnection: (connection) => this.#accept(connection),
    })
  }

  /**
   * Adds a neighbor and begins to look for a session with it.
   *
   * @throws ConfigError naming every field that is wrong; also for an address that another neighbor has
   */
  add(config: NeighborConfig): Neighbor {
    const settings = checkNeighbor(config, this.#config)
    const { address } = settings.endpoint
    // Two for one address would take each other's sessions for collisions, for ever.
    if (this.#neighbors.has(address)) {
      throw new ConfigError([{ field: 'address', problem: `${address} is a neighbor already` }])
    }
    const { onChange, ...context } = this.#context
    const neighbor = new Neighbor(settings, { ...context, onChange })
    this.#neighbors.set(address, neighbor)
    this.#listeners.setPasswords(this.#passwords())
    neighbor.start()
    return neighbor
  }

  /** Ends the neighbor's session (Cease/Peer De-configured) and forgets it. */
  remove(neighbor: Neighbor): void {
    if (this.#neighbors.get(neighbor.address) !== neighbor) return
    this.#neighbors.delete(neighbor.address)
    neighbor.stop({ code: ErrorCode.cease, subcode: Cease.peerDeconfigured, data: new Uint8Array(0) })
    this.#listeners.setPasswords(this.#passwords())
  }

  neighbors(): readonly Neighbor[] {
    return [...this.#neighbors.values()]
  }

  /** The neighbor with this address, however it is spelt. */
  neighbor(address: string): Neighbor | undefined {
    return this.#neighbors.get(canonicalAddress(address))
  }

  status(): SpeakerStatus {
    return {
      listeners: this.#listeners.status(),
      strangers: this.#strangers.count,
      neighbors: this.neighbors().map((neighbor) => neighbor.status()),
    }
  }

  /**
   * Ends all sessions (Cease/Administrative Shutdown, with `reason` for their operators, RFC 9003) and stops
   * listening. Resolves when that has been written, or after half a second; nothing of the speaker keeps the process
   * alive then.
   */
  async close(reason?: string): Promise<void> {
    this.#listeners.close()
    const leaving = this.neighbors()
    for (const neighbor of leaving) neighbor.shutdown(reason)
    const timeout = Promise.withResolvers<void>()
    const timer = this.#context.clock.after(CLOSE_MS, timeout.resolve)
    await Promise.race([Promise.all(leaving.map((neighbor) => neighbor.closed())), timeout.promise])
    timer.cancel()
  }

  #accept(connection: Connection): void {
    const neighbor = this.neighbor(connection.remote.address)
    if (neighbor !== undefined) {
      neighbor.accept(connection)
      return
    }
    this.#strangers.note(connection.remote.address)
    turnAway(connection)
  }

  #passwords(): ReadonlyMap<string, string> {
    return new Map(
      this.neighbors().flatMap(({ address, settings: { transport } }) =>
        transport.password === undefined ? [] : [[address, transport.password]],
      ),
    )
  }
}
