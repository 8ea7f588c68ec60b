/**
 * When to look again. The first change after a quiet time is dealt with at once, with all that came along with it.
 * Changes that follow on its heels wait a little and go together, longer the more each look costs: a flood of changes
 * may take half of the time, never all of it. While they come in numbers they wait longer still, since ten decided and
 * announced together cost little more than one.
 */
import type { Clock, Timer } from '../../../bgp/index.ts'

const SHORTEST_MS = 5
const LONGEST_MS = 40
/** As many changes in one look are a flood. */
const MANY = 3

export class Batch {
  readonly #clock: Clock
  readonly #look: () => void
  #timer: Timer | undefined
  #notBefore = Number.NEGATIVE_INFINITY
  #changes = 0
  #pauseMs = SHORTEST_MS
  #closed = false

  constructor(clock: Clock, look: () => void) {
    this.#clock = clock
    this.#look = look
  }

  /** Something changed. */
  touch(): void {
    this.#changes++
    if (this.#closed || this.#timer !== undefined) return
    const wait = this.#notBefore - this.#clock.now()
    const run = () => this.#run()
    this.#timer = wait > 0 ? this.#clock.after(wait, run) : this.#clock.soon(run)
  }

  close(): void {
    this.#timer?.cancel()
    this.#closed = true
  }

  #run(): void {
    this.#timer = undefined
    this.#pauseMs = this.#changes < MANY ? SHORTEST_MS : Math.min(2 * this.#pauseMs, LONGEST_MS)
    this.#changes = 0
    const began = this.#clock.now()
    this.#look()
    const now = this.#clock.now()
    this.#notBefore = now + Math.max(this.#pauseMs, now - began)
  }
}
