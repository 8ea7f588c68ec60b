import type { Clock, Log } from './clock.ts'

/** Connections from addresses of no neighbor: counted always, reported now and then, since anyone can make them. */
const PERIOD_MS = 60_000

export class StrangerLog {
  readonly #clock: Clock
  readonly #log: Log
  #next = Number.NEGATIVE_INFINITY
  #unlogged = 0
  #count = 0

  constructor(clock: Clock, log: Log) {
    this.#clock = clock
    this.#log = log
  }

  /** How many there were. */
  get count(): number {
    return this.#count
  }

  /** `unlogged` are those since the last report. */
  note(from: string): void {
    this.#count += 1
    if (this.#clock.now() < this.#next) {
      this.#unlogged += 1
      return
    }
    const unlogged = this.#unlogged
    this.#log('warn', 'connection from no configured neighbor closed', { from, unlogged })
    this.#next = this.#clock.now() + PERIOD_MS
    this.#unlogged = 0
  }
}
