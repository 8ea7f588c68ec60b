/** A long-running program of the cluster that tests stop, kill, freeze and start again. */
import type { Host } from '../host.ts'
import type { LabProcess } from '../lab-process.ts'

export interface DaemonPlan {
  readonly name: string
  readonly argv: readonly string[]
  readonly env?: Readonly<Record<string, string>>
  /** Looked at again and again after a start; default: it counts as ready when it runs. */
  readonly ready?: () => Promise<boolean>
}

/** An API server that shares two cores with other labs may take a minute and more. */
const PATIENCE = { within: 110_000 } as const

export class Daemon {
  readonly host: Host
  private readonly plan: DaemonPlan
  private process: LabProcess | undefined

  constructor(host: Host, plan: DaemonPlan) {
    this.host = host
    this.plan = plan
  }

  get log(): string {
    return this.process?.output ?? ''
  }

  get pid(): number | undefined {
    return this.process?.pid
  }

  get running(): boolean {
    return this.process?.running ?? false
  }

  /** Starts it unless it runs, and waits until it is ready. */
  async start(): Promise<void> {
    this.launch()
    await this.ready()
  }

  /** Starts it unless it runs, without waiting. */
  launch(): void {
    if (this.running) return
    this.process = this.host.spawn(this.plan.name, this.plan.argv, this.plan.env)
  }

  async ready(): Promise<void> {
    await this.process?.awaitReady(this.plan.ready ?? (() => true), 'is ready', PATIENCE)
  }

  /** Ends it in its own order (SIGTERM). */
  async stop(): Promise<void> {
    await this.process?.stop()
  }

  /** SIGKILL. */
  async kill(): Promise<void> {
    await this.process?.stop('SIGKILL')
  }

  async restart(): Promise<void> {
    await this.stop()
    await this.start()
  }

  /** Freezes it: connections stay open, nothing is answered. */
  pause(): void {
    this.process?.signal('SIGSTOP')
  }

  resume(): void {
    this.process?.signal('SIGCONT')
  }
}
