/**
 * The making of trace steps, and the words they share. A step says what was asked, how it came out and with which
 * facts; nothing in the decisions is a bare boolean.
 *
 * Most decisions are made and never read. So a rule that is asked of every service gives its sentence as a function,
 * which is called when somebody wants to know.
 */
import type { Labels } from '../cluster/index.ts'
import type { ReasonCode, TraceStep } from './types.ts'

/** A step whose sentence may still have to be made. */
export interface Step extends Omit<TraceStep, 'message' | 'late'> {
  readonly message: string | (() => string)
}

export function passed(rule: string, message: string): TraceStep
export function passed(rule: string, message: () => string): Step
export function passed(rule: string, message: Step['message']): Step {
  return { rule, ok: true, message }
}

export function failed(rule: string, code: ReasonCode, message: string): TraceStep
export function failed(rule: string, code: ReasonCode, message: () => string): Step
export function failed(rule: string, code: ReasonCode, message: Step['message']): Step {
  return { rule, ok: false, code, message }
}

export const messageOf = ({ message }: Step): string => (typeof message === 'string' ? message : message())

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

/** The steps in words, with every step after the first failing one marked as late. */
export function traceOf(steps: readonly Step[]): readonly TraceStep[] {
  const deciding = steps.findIndex((step) => !step.ok)
  return steps.map((step, at) => ({
    ...step,
    message: messageOf(step),
    ...(deciding >= 0 && at > deciding && { late: true as const }),
  }))
}
