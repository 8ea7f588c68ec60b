/**
 * The making of trace steps, and the words they share. A step says what was asked, how it came out and with which
 * facts; nothing in the decisions is a bare boolean.
 */
import type { Labels } from '../cluster/index.ts'
import type { ReasonCode, TraceStep } from './types.ts'

export const passed = (rule: string, message: string): TraceStep => ({ rule, ok: true, message })

export const failed = (rule: string, code: ReasonCode, message: string): TraceStep => ({
  rule,
  ok: false,
  code,
  message,
})

/** `1 endpoint`, `3 endpoints`. */
export const count = (n: number, noun: string, plural = `${noun}s`): string =>
  `${n === 0 ? 'no' : n} ${n === 1 ? noun : plural}`

const SHOWN = 5

/** `a, b and 3 more`: a sentence stays readable however long the list is. */
export function listed(names: readonly string[]): string {
  if (names.length <= SHOWN) return names.join(', ')
  return `${names.slice(0, SHOWN).join(', ')} and ${names.length - SHOWN} more`
}

/** `app=kafka, tier=1`, or `no labels`. */
export function labelText(labels: Labels): string {
  const pairs = Object.entries(labels).map(([key, value]) => `${key}=${value}`)
  return pairs.length === 0 ? 'no labels' : listed(pairs.sort())
}

/** The trace with every step after the first failing one marked as late. */
export function markLate(steps: readonly TraceStep[]): readonly TraceStep[] {
  const deciding = steps.findIndex((step) => !step.ok)
  if (deciding < 0) return steps
  return steps.map((step, at) => (at > deciding ? { ...step, late: true as const } : step))
}
