/**
 * Time, passed in. Protocol code never reads a clock of its own, so tests drive every timer by hand.
 * `now` is monotonic: a step of the wall clock must not expire a hold timer.
 */
export interface Clock {
  /** Milliseconds since some fixed moment; never goes back. */
  now(): number
  /** Calls `fire` once, `ms` from now. */
  after(ms: number, fire: () => void): Timer
  /** Calls `fire` in the next macrotask, after I/O that is already waiting. */
  soon(fire: () => void): Timer
}

export interface Timer {
  cancel(): void
}

/** Numbers in [0, 1), for jitter. Passed in for the same reason as the clock. */
export type Random = () => number

export type LogLevel = 'debug' | 'info' | 'warn' | 'error'

/** Where the library reports what it does; winston's loggers fit, and so does a test's array. */
export type Log = (level: LogLevel, message: string, fields?: Readonly<Record<string, unknown>>) => void
