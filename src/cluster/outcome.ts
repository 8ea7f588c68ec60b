/** What an error means for the object that has it, where everything else goes on. */
import type { Diagnostic } from './types.ts'

export const LEFT_OUT = 'it is not used until this is mended'
export const STAYS = 'its last good version stays in force until this is mended'

/** The outcome goes with what to do about it. Warnings have none. */
export function withOutcome(diagnostic: Diagnostic, isInForce: boolean): Diagnostic {
  if (diagnostic.severity !== 'error') return diagnostic
  const { hint } = diagnostic
  const outcome = isInForce ? STAYS : LEFT_OUT
  return { ...diagnostic, hint: hint === undefined ? outcome : `${hint}; ${outcome}` }
}
