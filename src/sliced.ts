/**
 * Long work in short slices. The process that decides a hundred thousand services also answers keepalives: whatever
 * takes long is written as steps, and between slices of a few milliseconds the event loop sees to everything else.
 */
import type { Clock } from '../bgp/index.ts'

/** Long enough to get on with it, too short for anybody to notice. */
const SLICE_MS = 4

/** Asking for the time costs as much as a small step. */
const STEPS_AT_ONCE = 16

/**
 * Starts at once; work that is short is done before this returns. Steps must be short, and are never overtaken by
 * others of the same work. `onEnd` hears what was thrown, if anything was: the work is over then, too.
 */
export function inSlices(work: Iterator<unknown>, clock: Clock, onEnd: (error?: unknown) => void): void {
  let done: boolean
  try {
    done = runSlice(work, clock)
  } catch (error) {
    onEnd(error)
    return
  }
  if (done) onEnd()
  else clock.soon(() => inSlices(work, clock, onEnd))
}

/** Whether that was the last one. */
function runSlice(work: Iterator<unknown>, clock: Clock): boolean {
  const until = clock.now() + SLICE_MS
  do {
    for (let step = 0; step < STEPS_AT_ONCE; step++) if (work.next().done) return true
  } while (clock.now() < until)
  return false
}
