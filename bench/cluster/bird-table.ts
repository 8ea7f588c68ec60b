/**
 * BIRD's table, looked at many times a second over one connection to its control socket: when a route is there, when
 * it is gone, how many there are.
 */
import { createConnection, type Socket } from 'node:net'
import { setTimeout as pause } from 'node:timers/promises'

export class BirdTable {
  readonly #socket: Socket
  #received = ''
  #wake: (() => void) | undefined

  private constructor(socket: Socket) {
    this.#socket = socket
    socket.setEncoding('latin1').on('data', (text: string) => {
      this.#received += text
      this.#wake?.()
    })
  }

  static async open(path: string): Promise<BirdTable> {
    const table = new BirdTable(createConnection(path))
    await table.#answer()
    return table
  }

  /** Routes of one protocol. */
  async count(protocol: string): Promise<number> {
    const [, many = '0'] = /(\d+) of /.exec(await this.#ask(`show route protocol ${protocol} count`)) ?? []
    return Number(many)
  }

  /** Whether a protocol has brought the prefix. */
  async has(prefix: string, protocol: string): Promise<boolean> {
    return (await this.#ask(`show route ${prefix} protocol ${protocol}`)).includes(prefix)
  }

  /** Waits, looking every millisecond; resolves to the moment (performance.now) it was seen. Rejects when it takes too long. */
  async until(
    look: () => Promise<boolean>,
    what: string,
    { everyMs = 1, withinMs = 120_000 } = {},
  ): Promise<number> {
    const end = performance.now() + withinMs
    while (!(await look())) {
      if (performance.now() > end) throw new Error(`not within ${withinMs} ms: ${what}`)
      await pause(everyMs)
    }
    return performance.now()
  }

  close(): void {
    this.#socket.destroy()
  }

  #ask(command: string): Promise<string> {
    this.#socket.write(`${command}\n`)
    return this.#answer()
  }

  /** The last line of an answer starts with a code and a space. */
  async #answer(): Promise<string> {
    while (!/^\d{4} .*\n$/m.test(this.#received) || !this.#received.endsWith('\n')) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve
      })
    }
    const answer = this.#received
    this.#received = ''
    return answer
  }
}
