import type { Clock, Random, Timer } from './clock.ts'
import { LEAST_JITTER } from './fsm/index.ts'

/**
 * Named timers that are restarted far more often than they fire: a hold timer starts anew with every UPDATE. Moving
 * a deadline further away costs nothing here; the timer underneath finds out when it fires, and goes on waiting.
 */
export class Timers<Name extends string> {
  readonly #clock: Clock
  readonly #random: Random
  readonly #fire: (name: Name) => void
  readonly #running = new Map<Name, Running>()

  constructor(clock: Clock, random: Random, fire: (name: Name) => void) {
    this.#clock = clock
    this.#random = random
    this.#fire = fire
  }

  /** `jitter` shortens it to 75..100 % (RFC 4271 section 10). */
  start(name: Name, ms: number, jitter = false): void {
    const deadline =
      this.#clock.now() + (jitter ? ms * (LEAST_JITTER + (1 - LEAST_JITTER) * this.#random()) : ms)
    const running = this.#running.get(name)
    if (running !== undefined && running.wakes <= deadline) running.deadline = deadline
    else this.#arm(name, deadline)
  }

  stop(name: Name): void {
    this.#running.get(name)?.timer.cancel()
    this.#running.delete(name)
  }

  stopAll(): void {
    for (const name of [...this.#running.keys()]) this.stop(name)
  }

  /** Milliseconds until it fires; undefined when it does not run. */
  remaining(name: Name): number | undefined {
    const running = this.#running.get(name)
    return running && Math.max(0, running.deadline - this.#clock.now())
  }

  #arm(name: Name, deadline: number): void {
    this.#running.get(name)?.timer.cancel()
    const timer = this.#clock.after(Math.max(0, deadline - this.#clock.now()), () => this.#woke(name))
    this.#running.set(name, { deadline, wakes: deadline, timer })
  }

  #woke(name: Name): void {
    const running = this.#running.get(name)
    if (running === undefined) return
    if (running.deadline > this.#clock.now()) {
      this.#arm(name, running.deadline)
      return
    }
    this.#running.delete(name)
    this.#fire(name)
  }
}

interface Running {
  deadline: number
  /** When the timer underneath fires: never after the deadline. */
  readonly wakes: number
  readonly timer: Timer
}
