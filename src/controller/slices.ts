/**
 * Long work in slices: the event loop gets its turn every few milliseconds, so that Leases are renewed, watches read
 * and health answered while 100,000 Services are being decided.
 */
import type { Clock, Timer } from '../../bgp/index.ts'

const SLICE_MS = 8
/** Steps between two looks at the clock. */
const STEPS = 16

export class Slices {
  readonly #clock: Clock
  readonly #step: () => boolean
  #next: Timer | undefined

  /** @param step does a little and says whether there is more. */
  constructor(clock: Clock, step: () => boolean) {
    this.#clock = clock
    this.#step = step
  }

  /** There is something to do: now, if nothing is under way. */
  start(): void {
    if (this.#next === undefined) this.#run()
  }

  stop(): void {
    this.#next?.cancel()
    this.#next = undefined
  }

  #run(): void {
    this.#next = undefined
    const end = this.#clock.now() + SLICE_MS
    do {
      for (let at = 0; at < STEPS; at++) if (!this.#step()) return
    } while (this.#clock.now() < end)
    this.#next = this.#clock.soon(() => this.#run())
  }
}
