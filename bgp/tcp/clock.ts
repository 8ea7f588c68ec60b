import type { Clock } from '../clock.ts'

/** This machine's monotonic clock and timers. */
export const systemClock: Clock = {
  now: () => performance.now(),
  after(ms, fire) {
    const timer = setTimeout(fire, ms)
    return { cancel: () => clearTimeout(timer) }
  },
  soon(fire) {
    const immediate = setImmediate(fire)
    return { cancel: () => clearImmediate(immediate) }
  },
}
