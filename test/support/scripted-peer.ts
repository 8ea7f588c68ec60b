import type { Clock } from '../../bgp/clock.ts'
import type { Connection, Network } from '../../bgp/network.ts'
import {
  type Capability,
  type DecodedMessage,
  decodeMessage,
  encodeKeepalive,
  encodeNotification,
  encodeOpen,
  type Family,
  MessageFramer,
  type Notification,
  unicast,
} from '../../bgp/wire/index.ts'

/**
 * A peer that does just what a test says, octet by octet, and remembers what it was sent and when. It knows no
 * timers and no rules.
 */
export class ScriptedPeer {
  readonly connections: ScriptedConnection[] = []
  readonly #network: Network
  readonly #clock: Clock
  #listener: { close(): void } | undefined

  constructor(network: Network, clock: Clock) {
    this.#network = network
    this.#clock = clock
  }

  /** Accepts connections; `script` runs for each. */
  listen(script: (connection: ScriptedConnection) => void = () => {}, address = '0.0.0.0'): this {
    this.#listener = this.#network.listen(
      { address, port: 179 },
      {},
      {
        onListening() {},
        onError() {},
        onConnection: (connection) => script(this.#meet(connection)),
      },
    )
    return this
  }

  deafen(): void {
    this.#listener?.close()
  }

  dial(address: string, sourceAddress?: string): ScriptedConnection {
    const options = sourceAddress === undefined ? {} : { sourceAddress }
    return this.#meet(this.#network.connect({ address, port: 179 }, options, IGNORED))
  }

  /** The connection made last. */
  get last(): ScriptedConnection {
    const last = this.connections.at(-1)
    if (last === undefined) throw new Error('there was no connection')
    return last
  }

  #meet(connection: Connection): ScriptedConnection {
    const met = new ScriptedConnection(connection, this.#clock)
    this.connections.push(met)
    return met
  }
}

const IGNORED = { onOpen() {}, onData() {}, onDrain() {}, onClose() {} }

/** What it reads with; as an internal peer, from whom nothing is taken away. */
const FULL = {
  as4: true,
  ebgp: false,
  extendedMessages: true,
  addPath: new Set<Family>(),
  families: new Set<Family>(['ipv4', 'ipv6']),
}

export interface OpenOverrides {
  readonly asn?: number
  readonly holdTime?: number
  readonly routerId?: string
  readonly families?: readonly Family[]
  readonly capabilities?: readonly Capability[]
}

export class ScriptedConnection {
  readonly connection: Connection
  readonly received: { readonly at: number; readonly decoded: DecodedMessage; readonly bytes: Uint8Array }[] =
    []
  /** When the connection went, if it did. */
  closedAt: number | undefined
  /** Called for each message received. */
  onMessage: (decoded: DecodedMessage) => void = () => {}
  readonly #clock: Clock
  readonly #framer = new MessageFramer(65535)

  constructor(connection: Connection, clock: Clock) {
    this.connection = connection
    this.#clock = clock
    connection.handler = {
      onOpen() {},
      onData: (chunk) => this.#read(chunk),
      onDrain() {},
      onClose: () => {
        this.closedAt = clock.now()
      },
    }
  }

  send(...messages: readonly Uint8Array[]): this {
    for (const message of messages) this.connection.write(message)
    return this
  }

  open(overrides: OpenOverrides = {}): this {
    return this.send(openBytes(overrides))
  }

  keepalive(): this {
    return this.send(encodeKeepalive())
  }

  notify(code: number, subcode: number, data: Uint8Array = new Uint8Array(0)): this {
    return this.send(encodeNotification({ code, subcode, data }))
  }

  close(): void {
    this.connection.close()
  }

  /** Types of what was received, in order. */
  get types(): string[] {
    return this.received.map(({ decoded }) => decoded.type)
  }

  count(type: DecodedMessage['type']): number {
    return this.received.filter(({ decoded }) => decoded.type === type).length
  }

  get notification(): Notification | undefined {
    const found = this.received.find(({ decoded }) => decoded.type === 'NOTIFICATION')
    return found?.decoded.type === 'NOTIFICATION' ? found.decoded.message : undefined
  }

  /** `code/subcode` of the NOTIFICATION received, if any. */
  get refusal(): string | undefined {
    const { notification } = this
    return notification && `${notification.code}/${notification.subcode}`
  }

  get isOpen(): boolean {
    return this.closedAt === undefined
  }

  #read(chunk: Uint8Array): void {
    this.#framer.push(chunk)
    for (let bytes = this.#framer.next(); bytes !== undefined; bytes = this.#framer.next()) {
      const decoded = decodeMessage(bytes, FULL)
      this.received.push({ at: this.#clock.now(), decoded, bytes })
      this.onMessage(decoded)
    }
  }
}

export function openBytes(overrides: OpenOverrides = {}): Uint8Array {
  const { asn = 65002, holdTime = 90, routerId = '10.0.0.2', families = ['ipv4'] } = overrides
  const { capabilities = fullCapabilities(asn, families) } = overrides
  return encodeOpen({ asn, holdTime, routerId, capabilities })
}

export function fullCapabilities(asn: number, families: readonly Family[]): Capability[] {
  return [
    ...families.map((family) => ({ type: 'multiprotocol', ...unicast(family) }) as const),
    { type: 'routeRefresh' },
    { type: 'enhancedRefresh' },
    { type: 'extendedMessages' },
    { type: 'as4', asn },
  ]
}
