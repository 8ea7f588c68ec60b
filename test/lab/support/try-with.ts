/**
 * Tests whose outcome docs/interop.md tells: each is tried with one router, and its name is the subject. A reporter
 * (interop-reporter.ts) makes the page of them.
 */
import { test } from 'vitest'
import type { RouterName } from './router.ts'

declare module 'vitest' {
  interface TaskMeta {
    readonly interop?: InteropMeta
  }
}

export interface InteropMeta {
  readonly router: RouterName
  readonly subject: string
  /** The router cannot do this. */
  readonly lacks?: string
}

/** Runs beside the others of its suite. `lacks` says why the router cannot do it: then it is skipped, and told. */
export function tryWith(
  router: RouterName,
  subject: string,
  body: () => Promise<void>,
  lacks?: string | undefined,
): void {
  const interop: InteropMeta = { router, subject, ...(lacks !== undefined && { lacks }) }
  if (lacks === undefined) test.concurrent(subject, { meta: { interop } }, body)
  else test.skip(`${subject} [skipped: ${router}: ${lacks}]`, { meta: { interop } }, body)
}
