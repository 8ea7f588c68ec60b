import type { Clock } from '../../bgp/index.ts'

/**
 * How long a new state waits until everybody has been told. States may come faster than they are taken over; those
 * that came meanwhile are then taken over as one, which waited since the first of them came.
 */
export class Turnaround {
  readonly #clock: Pick<Clock, 'now'>
  #running: number | undefined
  #waiting: number | undefined

  constructor(clock: Pick<Clock, 'now'>) {
    this.#clock = clock
  }

  came(): void {
    if (this.#running === undefined) this.#running = this.#clock.now()
    else this.#waiting ??= this.#clock.now()
  }

  /** Seconds since what is done now came. */
  done(): number {
    const now = this.#clock.now()
    const since = this.#running ?? now
    this.#running = this.#waiting
    this.#waiting = undefined
    return (now - since) / 1000
  }
}
