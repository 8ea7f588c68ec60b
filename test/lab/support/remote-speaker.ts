/** A Speaker of oyez/bgp on a machine of the lab: the library's face, over a socket (see speaker-program.ts). */
import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import type {
  Family,
  NeighborConfig,
  NeighborStatus,
  ReceivedRoute,
  Route,
  SpeakerConfig,
  SpeakerStatus,
} from '../../../bgp/index.ts'
import { ask } from '../../../bird-testbed/control-socket.ts'
import { awaitUntil, type Host, type LabProcess, type Patience } from '../../../bird-testbed/index.ts'
import type { Answer, LogLine, Request } from './speaker-requests.ts'

const PROGRAM = fileURLToPath(new URL('./speaker-program.ts', import.meta.url))

/** The process on one machine in which speakers are opened. */
export class SpeakerProgram {
  readonly process: LabProcess
  private readonly socket: string

  private constructor(process: LabProcess, socket: string) {
    this.process = process
    this.socket = socket
  }

  static async start(host: Host): Promise<SpeakerProgram> {
    const socket = host.file('speakers.sock')
    const process = host.spawn('speakers', [globalThis.process.execPath, PROGRAM, socket])
    await process.awaitReady(() => existsSync(socket), 'listens')
    return new SpeakerProgram(process, socket)
  }

  async open(config: SpeakerConfig, name = config.routerId): Promise<RemoteSpeaker> {
    await this.ask({ call: 'open', speaker: name, config })
    return new RemoteSpeaker(this, name)
  }

  /** The caller knows the shape of the answer. */
  async ask(request: Request): Promise<unknown> {
    const whole = (text: string) => (text.endsWith('\n') ? (JSON.parse(text) as Answer) : undefined)
    const answer = await ask(this.socket, `${JSON.stringify(request)}\n`, whole)
    if (answer.error !== undefined) throw new Error(answer.error)
    return answer.result
  }
}

export class RemoteSpeaker {
  readonly #program: SpeakerProgram
  readonly #name: string

  constructor(program: SpeakerProgram, name: string) {
    this.#program = program
    this.#name = name
  }

  async add(config: NeighborConfig): Promise<RemoteNeighbor> {
    await this.#program.ask({ call: 'add', speaker: this.#name, config })
    return new RemoteNeighbor(this.#program, this.#name, config.address)
  }

  async status(): Promise<SpeakerStatus> {
    return (await this.#program.ask({ call: 'status', speaker: this.#name })) as SpeakerStatus
  }

  async log(): Promise<readonly LogLine[]> {
    return (await this.#program.ask({ call: 'log', speaker: this.#name })) as LogLine[]
  }

  async close(message?: string): Promise<void> {
    await this.#program.ask({ call: 'close', speaker: this.#name, ...(message !== undefined && { message }) })
  }
}

export class RemoteNeighbor {
  readonly address: string
  readonly #program: SpeakerProgram
  readonly #which: { readonly speaker: string; readonly neighbor: string }

  constructor(program: SpeakerProgram, speaker: string, address: string) {
    this.#program = program
    this.#which = { speaker, neighbor: address }
    this.address = address
  }

  async setRoutes(routes: readonly Route[]): Promise<void> {
    await this.#program.ask({ ...this.#which, call: 'set-routes', routes })
  }

  async remove(): Promise<void> {
    await this.#program.ask({ ...this.#which, call: 'remove' })
  }

  async shutdown(message: string): Promise<void> {
    await this.#program.ask({ ...this.#which, call: 'shutdown', message })
  }

  async start(): Promise<void> {
    await this.#program.ask({ ...this.#which, call: 'start' })
  }

  async requestRefresh(family: Family): Promise<boolean> {
    return (await this.#program.ask({ ...this.#which, call: 'refresh', family })) as boolean
  }

  async receivedRoutes(): Promise<readonly ReceivedRoute[]> {
    return (await this.#program.ask({ ...this.#which, call: 'received' })) as ReceivedRoute[]
  }

  async status(): Promise<NeighborStatus> {
    const { speaker } = this.#which
    const { neighbors } = (await this.#program.ask({ call: 'status', speaker })) as SpeakerStatus
    const found = neighbors.find(({ address }) => address === this.address)
    if (found === undefined) throw new Error(`no neighbor ${this.address}`)
    return found
  }

  /** Waits until the status is as wanted, and returns it; the last one seen is told when it does not come. */
  async awaitStatus(
    is: (status: NeighborStatus) => boolean,
    what: string,
    patience?: Patience,
  ): Promise<NeighborStatus> {
    let last: NeighborStatus | undefined
    const look = async () => {
      last = await this.status()
      return is(last) && last
    }
    return awaitUntil(look, `${this.address}: ${what}`, patience).catch((error: Error) => {
      throw new Error(`${error.message}; last seen: ${JSON.stringify(last)}`)
    })
  }

  established(patience?: Patience): Promise<NeighborStatus> {
    return this.awaitStatus(({ state }) => state === 'Established', 'Established', patience)
  }
}
