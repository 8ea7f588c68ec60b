/** A long-running process in a lab's namespace; what it prints goes to a file in the lab's directory. */
import { type ChildProcess, spawn } from 'node:child_process'
import { closeSync, openSync, readFileSync } from 'node:fs'
import { awaitUntil, type Patience } from './await-until.ts'
import { TOOL_PATH } from './command.ts'

export interface LaunchOptions {
  readonly env: Readonly<Record<string, string>>
  readonly logFile: string
}

export class LabProcess {
  readonly name: string
  readonly logFile: string
  private readonly child: ChildProcess

  /** `argv` may begin with a chain of nsenter and unshare: they execute into the program, so the pid is its own. */
  constructor(name: string, argv: readonly string[], { env, logFile }: LaunchOptions) {
    const [file = '', ...args] = argv
    const log = openSync(logFile, 'a')
    // A session of its own: Ctrl-C on the terminal reaches only the lab, which then ends things in its order.
    this.child = spawn(file, args, {
      detached: true,
      stdio: ['ignore', log, log],
      env: { ...process.env, ...env, PATH: TOOL_PATH },
    })
    // A program that cannot be started has an exit but no pid; whoever waits for it reads its log.
    this.child.on('error', () => {})
    closeSync(log)
    this.name = name
    this.logFile = logFile
  }

  get pid(): number {
    if (this.child.pid === undefined) throw new Error(`${this.name} could not be started`)
    return this.child.pid
  }

  get running(): boolean {
    return this.child.pid !== undefined && this.child.exitCode === null && this.child.signalCode === null
  }

  /** Its exit code, or the signal that ended it; undefined while it runs. */
  get ending(): number | NodeJS.Signals | undefined {
    return this.child.exitCode ?? this.child.signalCode ?? undefined
  }

  /** All it has printed so far, stdout and stderr. */
  get output(): string {
    return readFileSync(this.logFile, 'utf8')
  }

  signal(signal: NodeJS.Signals): void {
    this.child.kill(signal)
  }

  /** Sends a signal (default SIGTERM), waits for the end and returns it. */
  async stop(signal: NodeJS.Signals = 'SIGTERM'): Promise<number | NodeJS.Signals> {
    if (this.running) this.child.kill(signal)
    await awaitUntil(() => !this.running, `${this.name} ends after ${signal}`)
    return this.ending ?? -1
  }

  /** Waits like awaitUntil, but stops waiting, with the process's own words, when the process has ended. */
  async awaitReady<T>(
    look: () => T | false | undefined | Promise<T | false | undefined>,
    what: string,
    patience: Patience = {},
  ): Promise<T> {
    const outcome = await awaitUntil<{ seen?: T }>(
      async () => {
        if (!this.running) return {}
        const seen = await look()
        return seen === false || seen === undefined ? undefined : { seen }
      },
      `${this.name}: ${what}`,
      patience,
    )
    if (outcome.seen === undefined) {
      throw new Error(`${this.name} ended with ${this.ending ?? 'no start'} before: ${what}\n${this.output}`)
    }
    return outcome.seen
  }
}
