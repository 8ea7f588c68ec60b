/**
 * One line for each status written, and one for many: ten thousand lines in a few seconds are read by nobody, and
 * writing them takes as long as half of the writes themselves.
 */
import type { Clock, Log, Timer } from '../../bgp/index.ts'
import { TokenBucket } from '../events/index.ts'

const PER_SECOND = 20
const BURST = 100
const SUM_MS = 1_000

export class WriteLog {
  readonly #log: Log
  readonly #clock: Clock
  readonly #bucket: TokenBucket
  #more = 0
  #timer: Timer | undefined

  constructor(log: Log, clock: Clock) {
    this.#log = log
    this.#clock = clock
    this.#bucket = new TokenBucket(PER_SECOND, BURST, clock.now())
  }

  /** A status has been written. */
  wrote(fields: Readonly<Record<string, unknown>>): void {
    if (this.#bucket.take(this.#clock.now()) === 0) this.#log('info', 'service status written', fields)
    else this.#count()
  }

  #count(): void {
    this.#more++
    this.#timer ??= this.#clock.after(SUM_MS, () => {
      this.#timer = undefined
      this.#log('info', 'more service statuses written', { services: this.#more })
      this.#more = 0
    })
  }
}
