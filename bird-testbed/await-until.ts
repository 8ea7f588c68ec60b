/**
 * Waiting in the lab: always for a condition, never for a time. A test that sleeps is slow on a quick machine and
 * fails on a slow one.
 */
import { setTimeout as pause } from 'node:timers/promises'

export interface Patience {
  /** Milliseconds until giving up. Default 20,000. */
  readonly within?: number
  /** Milliseconds between two looks. Default 40. */
  readonly every?: number
}

/**
 * Looks until `look` answers something other than false or undefined, and returns it. A look that throws counts as
 * "not yet"; the last error is told when time is up.
 */
export async function awaitUntil<T>(
  look: () => T | false | undefined | Promise<T | false | undefined>,
  what: string,
  { within = 20_000, every = 40 }: Patience = {},
): Promise<T> {
  const deadline = performance.now() + within
  for (;;) {
    let trouble = ''
    try {
      const seen = await look()
      if (seen !== false && seen !== undefined) return seen
    } catch (error) {
      trouble = ` (${error instanceof Error ? error.message : String(error)})`
    }
    if (performance.now() > deadline) throw new Error(`not within ${within / 1000} s: ${what}${trouble}`)
    await pause(every)
  }
}
