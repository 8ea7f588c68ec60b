import { type ChildProcess, spawn } from 'node:child_process'
import { connect, type Socket } from 'node:net'

/** A child process whose output is kept for the error message when it dies early. */
export function daemon(command: string, args: readonly string[]): ChildProcess {
  const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'] })
  let output = ''
  for (const stream of [child.stdout, child.stderr]) {
    stream?.on('data', (chunk: Buffer) => {
      output = (output + chunk.toString()).slice(-4000)
    })
  }
  child.on('exit', (code) => {
    if (code !== null && code !== 0) console.error(`${command} ended with ${code}:\n${output}`)
  })
  return child
}

export async function ended(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  await new Promise((resolve) => child.once('exit', resolve))
}

export async function stopped(child: ChildProcess): Promise<void> {
  child.kill('SIGKILL')
  await ended(child)
}

/** Tries until it works: a daemon's control socket appears some time after its start. */
export async function eventually<T>(attempt: () => Promise<T>, timeoutMs = 60_000): Promise<T> {
  const deadline = performance.now() + timeoutMs
  for (;;) {
    try {
      return await attempt()
    } catch (error) {
      if (performance.now() > deadline) throw error
      await new Promise((resolve) => setTimeout(resolve, 20))
    }
  }
}

/** A control socket that answers text with text. */
export class ControlSocket {
  readonly #socket: Socket
  readonly #isComplete: (answer: string) => boolean
  #answer = ''
  #done: ((answer: string) => void) | undefined

  private constructor(socket: Socket, isComplete: (answer: string) => boolean) {
    this.#socket = socket
    this.#isComplete = isComplete
    socket.on('data', (chunk: Buffer) => this.#take(chunk.toString('latin1')))
  }

  static async open(path: string, isComplete: (answer: string) => boolean): Promise<ControlSocket> {
    const socket = connect(path)
    await new Promise<void>((resolve, reject) => {
      socket.once('connect', resolve)
      socket.once('error', reject)
    })
    return new ControlSocket(socket, isComplete)
  }

  ask(text: string): Promise<string> {
    this.#answer = ''
    return new Promise((resolve) => {
      this.#done = resolve
      this.#socket.write(text)
    })
  }

  /** For daemons that greet. */
  greeting(): Promise<string> {
    return new Promise((resolve) => {
      this.#done = resolve
      this.#take('')
    })
  }

  close(): void {
    this.#socket.destroy()
  }

  #take(text: string): void {
    this.#answer += text
    if (this.#done === undefined || !this.#isComplete(this.#answer)) return
    const done = this.#done
    this.#done = undefined
    done(this.#answer)
  }
}
