/**
 * The findings of rules that look at several objects, kept per object. An object with an error is to blame: a folder
 * of manifests is then refused as a whole, the store of a live cluster goes on without the object.
 */
import { type Kind, type ParsedOf, titleOf } from './objects.ts'
import { Report } from './report.ts'
import type { Diagnostic } from './types.ts'

export class Findings {
  /**
   * What is left after this build goes into force, whatever was found. So nothing may be passed over because another
   * error, already told, explains it.
   */
  readonly goesOn: boolean
  readonly #reports = new Map<ParsedOf<Kind>, Report>()
  readonly #excused = new Map<ParsedOf<Kind>, Report>()

  constructor({ goesOn = false } = {}) {
    this.goesOn = goesOn
  }

  about(object: ParsedOf<Kind>): Report {
    return reportIn(this.#reports, object)
  }

  /** Errors that are told but cost the object nothing: what it lacks is known from before. */
  excused(object: ParsedOf<Kind>): Report {
    return reportIn(this.#excused, object)
  }

  /** With an error. */
  isBlamed(object: ParsedOf<Kind>): boolean {
    return this.#reports.get(object)?.failed ?? false
  }

  of(object: ParsedOf<Kind>): Diagnostic[] {
    return [this.#reports, this.#excused].flatMap((reports) => reports.get(object)?.diagnostics ?? [])
  }

  get diagnostics(): Diagnostic[] {
    return [this.#reports, this.#excused].flatMap((reports) =>
      [...reports.values()].flatMap(({ diagnostics }) => diagnostics),
    )
  }
}

function reportIn(reports: Map<ParsedOf<Kind>, Report>, object: ParsedOf<Kind>): Report {
  const known = reports.get(object)
  if (known !== undefined) return known
  const report = new Report(titleOf(object.kind, object), object.origin)
  reports.set(object, report)
  return report
}
