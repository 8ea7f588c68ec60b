/**
 * Waiting for a server that does not answer, together. Of all that wait one at a time goes and tries, every half
 * second or so; as soon as somebody is answered all others go, spread over a moment. So a server that is down is
 * hardly asked at all, and one that is back is noticed at once, even after an hour.
 */
import type { Clock, Random, Timer } from '../../../bgp/index.ts'

const SHORTEST_MS = 400
const LONGEST_MS = 800
/** Over which those who wait set out once the server is back. */
const SPREAD_MS = 300

export class Doorbell {
  readonly #clock: Clock
  readonly #random: Random
  /** In the order of their turns. */
  readonly #waiting = new Set<() => void>()
  #timer: Timer | undefined

  constructor(clock: Clock, random: Random) {
    this.#clock = clock
    this.#random = random
  }

  /** Resolves when it is one's turn to try, when the server was heard, or after `longestMs`. */
  wait(longestMs: number, signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const go = () => {
        timer.cancel()
        signal.removeEventListener('abort', go)
        this.#waiting.delete(go)
        resolve()
      }
      const timer = this.#clock.after(longestMs, go)
      signal.addEventListener('abort', go)
      this.#waiting.add(go)
      this.#arm()
    })
  }

  /** The server has answered. */
  heard(): void {
    const waiting = [...this.#waiting]
    this.#waiting.clear()
    this.#timer?.cancel()
    this.#timer = undefined
    for (const go of waiting) this.#clock.after(this.#random() * SPREAD_MS, go)
  }

  #arm(): void {
    if (this.#timer !== undefined || this.#waiting.size === 0) return
    const ms = SHORTEST_MS + this.#random() * (LONGEST_MS - SHORTEST_MS)
    this.#timer = this.#clock.after(ms, () => {
      this.#timer = undefined
      const [first] = this.#waiting
      first?.()
      this.#arm()
    })
  }
}
