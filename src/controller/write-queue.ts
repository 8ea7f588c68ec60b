/**
 * Writes to the API server: one at a time for each key, so many at once in all, each again until it is done. When the
 * server itself is in trouble everything rests, and one write at a time probes whether it is back; when a single write
 * is in trouble only that one waits. A key takes one place however often it is pushed, so the queue is never longer
 * than there are Services.
 */
import type { Clock, Random, Timer } from '../../bgp/index.ts'

export type WriteOutcome =
  | { readonly go: 'on' }
  /** Nothing more before then. */
  | { readonly go: 'later'; readonly ms: number }
  /** This write alone is to be tried again: `slowly` when only people can mend it. */
  | { readonly go: 'again'; readonly slowly: boolean }
  /** The server is away, or asks for patience. */
  | { readonly go: 'rest'; readonly ms?: number }

export interface WriteQueueOptions {
  /** Never rejects. */
  readonly write: (key: string) => Promise<WriteOutcome>
  /** Asked before each write; when it says no, nothing goes on until `wake`. */
  readonly mayWrite: () => boolean
  readonly clock: Clock
  readonly random: Random
  /** Writes under way at most. Default 24. */
  readonly parallel?: number
}

export interface WriteQueueCounts {
  /** For their turn. */
  readonly waiting: number
  /** For a later moment. */
  readonly later: number
  readonly inFlight: number
  /** The server is in trouble: a probe at a time. */
  readonly resting: boolean
}

const PARALLEL = 24
/** Between two writes of one key: a Service that changes all the time gets its turn like the others, not theirs. */
const SPACING_MS = 100
const REST = { first: 100, longest: 1_000 }
const AGAIN = { first: 50, longest: 10_000 }
const SLOWLY = { first: 30_000, longest: 600_000 }

export class WriteQueue {
  readonly #options: WriteQueueOptions
  readonly #parallel: number
  readonly #ready = new Set<string>()
  /** Written when nothing else is to be written. */
  readonly #unhurried = new Set<string>()
  readonly #inFlight = new Set<string>()
  /** Pushed while in flight. */
  readonly #again = new Set<string>()
  readonly #later = new Map<string, Timer>()
  /** Failures of single keys in a row. */
  readonly #failures = new Map<string, number>()
  /** Keys written within SPACING_MS, and when; oldest first. */
  readonly #recent = new Map<string, number>()
  #troubles = 0
  #rest: Timer | undefined
  #idle: (() => void)[] = []

  constructor(options: WriteQueueOptions) {
    this.#options = options
    this.#parallel = options.parallel ?? PARALLEL
  }

  get counts(): WriteQueueCounts {
    return {
      waiting: this.#ready.size + this.#unhurried.size,
      later: this.#later.size,
      inFlight: this.#inFlight.size,
      resting: this.#troubles > 0,
    }
  }

  isInFlight(key: string): boolean {
    return this.#inFlight.has(key)
  }

  /** Asks for a write of this key, now. What waited for a later moment is due at this one instead. */
  push(key: string): void {
    this.#later.get(key)?.cancel()
    this.#later.delete(key)
    this.#unhurried.delete(key)
    if (this.#inFlight.has(key)) this.#again.add(key)
    else this.#put(key, 0)
    this.wake()
  }

  /** Asks for a write of this key when there is nothing better to do. */
  pushUnhurried(key: string): void {
    if (this.#ready.has(key) || this.#later.has(key)) return
    if (this.#inFlight.has(key)) this.#again.add(key)
    else this.#unhurried.add(key)
    this.wake()
  }

  /** Nothing is to be written any more; what is in flight goes on. */
  drop(key: string): void {
    this.#later.get(key)?.cancel()
    this.#later.delete(key)
    this.#ready.delete(key)
    this.#unhurried.delete(key)
    this.#again.delete(key)
    this.#failures.delete(key)
  }

  /** Goes on if it may. */
  wake(): void {
    while (this.#ready.size + this.#unhurried.size > 0 && this.#hasRoom() && this.#options.mayWrite()) {
      const from = this.#ready.size > 0 ? this.#ready : this.#unhurried
      for (const key of from) {
        from.delete(key)
        void this.#run(key)
        break
      }
    }
  }

  /** Forgets all that waits; what is in flight goes on. */
  clear(): void {
    for (const timer of this.#later.values()) timer.cancel()
    this.#later.clear()
    this.#ready.clear()
    this.#unhurried.clear()
    this.#again.clear()
    this.#failures.clear()
  }

  /** When everything in flight has been answered. */
  idle(): Promise<void> {
    if (this.#inFlight.size === 0) return Promise.resolve()
    return new Promise((resolve) => this.#idle.push(resolve))
  }

  #hasRoom(): boolean {
    if (this.#rest !== undefined) return false
    return this.#inFlight.size < (this.#troubles > 0 ? 1 : this.#parallel)
  }

  #put(key: string, afterMs: number): void {
    const recent = this.#recent.get(key)
    const spaced = recent === undefined ? 0 : recent + SPACING_MS - this.#options.clock.now()
    const ms = Math.max(afterMs, spaced)
    if (ms > 0) this.#delay(key, ms)
    else this.#ready.add(key)
  }

  #delay(key: string, ms: number): void {
    const due = () => {
      this.#later.delete(key)
      this.#ready.add(key)
      this.wake()
    }
    this.#later.set(key, this.#options.clock.after(ms, due))
  }

  async #run(key: string): Promise<void> {
    this.#inFlight.add(key)
    const outcome = await this.#options.write(key)
    this.#inFlight.delete(key)
    this.#remember(key)
    if (outcome.go !== 'rest') this.#troubles = 0
    if (outcome.go !== 'again') this.#failures.delete(key)
    this.#after(key, outcome, this.#again.delete(key))
    this.wake()
    if (this.#inFlight.size === 0) for (const resolve of this.#idle.splice(0)) resolve()
  }

  #after(key: string, outcome: WriteOutcome, pushed: boolean): void {
    if (outcome.go === 'rest') {
      this.#ready.add(key)
      this.#takeRest(outcome.ms)
    } else if (pushed) this.#put(key, 0)
    else if (outcome.go === 'later') this.#put(key, outcome.ms)
    else if (outcome.go === 'again') {
      const failures = this.#failures.get(key) ?? 0
      this.#failures.set(key, failures + 1)
      this.#delay(key, this.#pause(outcome.slowly ? SLOWLY : AGAIN, failures))
    }
  }

  #remember(key: string): void {
    const now = this.#options.clock.now()
    this.#recent.delete(key)
    this.#recent.set(key, now)
    for (const [old, at] of this.#recent) {
      if (at + SPACING_MS > now) break
      this.#recent.delete(old)
    }
  }

  #takeRest(asked = 0): void {
    if (this.#rest !== undefined) return
    const ms = Math.max(asked, this.#pause(REST, this.#troubles))
    this.#troubles++
    this.#rest = this.#options.clock.after(ms, () => {
      this.#rest = undefined
      this.wake()
    })
  }

  #pause({ first, longest }: typeof REST, failures: number): number {
    return Math.min(first * 2 ** Math.min(failures, 20), longest) * (0.5 + this.#options.random() / 2)
  }
}
