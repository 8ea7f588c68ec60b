import type { Clock, Timer } from '../../bgp/clock.ts'

/** Time goes on with every look at it, as it does for those who work. What is to be done `soon` waits for `turn`. */
export class BusyClock implements Clock {
  /** Milliseconds that a look at the clock takes. */
  readonly #perLook: number
  #now = 0
  readonly #soon: (() => void)[] = []

  constructor(perLook = 0) {
    this.#perLook = perLook
  }

  now(): number {
    this.#now += this.#perLook
    return this.#now
  }

  /** Work that takes so long. */
  work(ms: number): void {
    this.#now += ms
  }

  soon(fire: () => void): Timer {
    this.#soon.push(fire)
    return { cancel: () => this.#soon.splice(this.#soon.indexOf(fire), 1) }
  }

  after(): Timer {
    throw new Error('nobody waits here')
  }

  get waiting(): number {
    return this.#soon.length
  }

  /** One turn of the event loop: runs what waits now, and says how long that took. */
  turn(): number {
    const from = this.#now
    for (const fire of this.#soon.splice(0)) fire()
    return this.#now - from
  }

  /** Turn after turn until nothing waits. */
  settle(): void {
    while (this.waiting > 0) this.turn()
  }
}
