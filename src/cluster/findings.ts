/** The findings of rules that look at several objects, kept per object. */
import { type Kind, type ParsedOf, titleOf } from './objects.ts'
import { Report } from './report.ts'
import type { Diagnostic } from './types.ts'

export class Findings {
  readonly #reports = new Map<ParsedOf<Kind>, Report>()

  about(object: ParsedOf<Kind>): Report {
    const known = this.#reports.get(object)
    if (known !== undefined) return known
    const report = new Report(titleOf(object.kind, object), object.origin)
    this.#reports.set(object, report)
    return report
  }

  get diagnostics(): Diagnostic[] {
    return [...this.#reports.values()].flatMap(({ diagnostics }) => diagnostics)
  }
}
