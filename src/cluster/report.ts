/**
 * Collects the findings about one object. All of them: a rule that fails does not stop the next one. What already
 * has an error is not accused a second time by a rule that looks at the same place.
 */
import { pathText } from './diagnostics.ts'
import type { Origin, Path } from './objects.ts'
import type { Diagnostic } from './types.ts'

/** Nobody reads more about one object, and whoever made it so may want to keep us busy. */
export const MOST_FINDINGS = 100

export class Report {
  readonly diagnostics: Diagnostic[] = []
  readonly #object: string | undefined
  readonly #origin: Origin
  readonly #accused: Path[] = []

  /** @param object e.g. `IPAddressPool metallb-system/first`. */
  constructor(object: string | undefined, origin: Origin) {
    this.#object = object
    this.#origin = origin
  }

  error(code: string, path: Path, message: string, hint?: string): void {
    if (this.#accused.length > MOST_FINDINGS || this.accused(path)) return
    this.#accused.push(path)
    this.#add('error', code, path, message, hint)
  }

  warning(code: string, path: Path, message: string, hint?: string): void {
    if (!this.accused(path)) this.#add('warning', code, path, message, hint)
  }

  /** Whether there is an error at the path, above it or below it. Only errors count, of which there are few. */
  accused(path: Path): boolean {
    return this.#accused.some((accused) => overlap(accused, path))
  }

  get failed(): boolean {
    return this.#accused.length > 0
  }

  #add(severity: Diagnostic['severity'], code: string, path: Path, message: string, hint?: string): void {
    const left = MOST_FINDINGS - this.diagnostics.length
    if (left < 0) return
    const location = {
      ...this.#origin.locate(path),
      ...(this.#object !== undefined && { object: this.#object }),
      ...(path.length > 0 && { path: pathText(path) }),
    }
    if (left > 0)
      this.diagnostics.push({ severity, code, message, ...(hint !== undefined && { hint }), location })
    else
      this.diagnostics.push({ severity, code: 'TooManyFindings', message: 'there is more to say', location })
  }
}

/** One path leads to the other; the object as a whole (the empty path) is a place of its own. */
function overlap(a: Path, b: Path): boolean {
  const shared = Math.min(a.length, b.length)
  if (shared === 0) return a.length === b.length
  for (let at = 0; at < shared; at++) if (a[at] !== b[at]) return false
  return true
}
