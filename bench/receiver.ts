import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { createInterface } from 'node:readline'

/** One line of the receiver: what happened, when (CLOCK_MONOTONIC, ns), and the counts since the last reset. */
export interface ReceiverEvent {
  readonly event: 'listening' | 'ready' | 'open' | 'reached' | 'update' | 'closed'
  readonly at: number
  readonly announced: number
  readonly withdrawn: number
  readonly messages: number
  readonly octets: number
  /** CPU that the watched process had used when the OPENs were exchanged, ns. */
  readonly cpu: number
}

/** Drives receiver.c: the same passive instrument for every speaker. */
export class Receiver {
  readonly #process: ChildProcess
  readonly #events: ReceiverEvent[] = []
  readonly #waiting: (() => void)[] = []

  private constructor(process: ChildProcess) {
    this.#process = process
    if (process.stdout === null) throw new Error('the receiver has no output')
    createInterface(process.stdout).on('line', (line) => {
      this.#events.push(JSON.parse(line) as ReceiverEvent)
      for (const wake of this.#waiting.splice(0)) wake()
    })
  }

  static async start(address: string, port: number): Promise<Receiver> {
    const binary = build()
    const receiver = new Receiver(
      spawn(binary, [address, String(port)], { stdio: ['pipe', 'pipe', 'inherit'] }),
    )
    await receiver.next('listening')
    return receiver
  }

  /** Forgets what came so far and asks for the moment when so many prefixes have come. */
  async expect(announced: number, withdrawn = 0): Promise<void> {
    await this.#obeyed('reset')
    await this.#obeyed(`expect ${announced} ${withdrawn}`)
  }

  async watch(pid: number): Promise<void> {
    await this.#obeyed(`watch ${pid}`)
  }

  async each(on: boolean): Promise<void> {
    await this.#obeyed(`each ${on ? 'on' : 'off'}`)
  }

  /** The next event of this kind; events of other kinds before it are let go. */
  async next(kind: ReceiverEvent['event'], timeoutMs = 300_000): Promise<ReceiverEvent> {
    const deadline = performance.now() + timeoutMs
    for (;;) {
      const at = this.#events.findIndex(({ event }) => event === kind)
      const found = this.#events[at]
      if (found !== undefined) {
        this.#events.splice(0, at + 1)
        return found
      }
      if (performance.now() > deadline) throw new Error(`no '${kind}' from the receiver in ${timeoutMs} ms`)
      await this.#more(deadline - performance.now())
    }
  }

  stop(): void {
    this.#process.kill()
  }

  async #obeyed(command: string): Promise<void> {
    this.#process.stdin?.write(`${command}\n`)
    await this.next('ready')
  }

  #more(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, Math.max(0, ms))
      this.#waiting.push(() => {
        clearTimeout(timer)
        resolve()
      })
    })
  }
}

function build(): string {
  const source = join(import.meta.dirname, 'receiver.c')
  const binary = join(import.meta.dirname, '..', 'dist', 'bench-receiver')
  const { status } = spawnSync('cc', ['-O2', '-Wall', '-Wextra', '-o', binary, source], { stdio: 'inherit' })
  if (status !== 0) throw new Error('bench/receiver.c does not compile; is a C compiler installed?')
  return binary
}
