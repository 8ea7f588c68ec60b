/**
 * A suite that needs the lab. Where the machine lacks something the suite is skipped, and its name says what: the
 * closing lines of `npm test` print it.
 */
import { describe } from 'vitest'
import { missing, type Requirement } from '../../bird-testbed/index.ts'

export function describeLab(name: string, needs: readonly Requirement[], suite: () => void): void {
  const reason = missing(...needs)
  if (reason === undefined) describe(name, suite)
  else describe.skip(`${name} [skipped: ${reason}]`, suite)
}
