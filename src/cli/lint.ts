/** `oyez lint`: every error and warning of a folder, all at once. Needs no speaker. */
import { type Diagnostic, hasErrors } from '../cluster/index.ts'
import { lintManifests } from '../lint/index.ts'
import { findingsText, tally } from './findings.ts'
import { type Format, show } from './format.ts'
import { ExitCode, type Io } from './io.ts'

export interface LintView {
  readonly errors: number
  readonly warnings: number
  readonly findings: readonly Diagnostic[]
}

export async function lint(
  { filename, output }: { readonly filename: string; readonly output: Format },
  io: Io,
): Promise<ExitCode> {
  const findings = await lintManifests(filename)
  const errors = findings.filter(({ severity }) => severity === 'error').length
  const view: LintView = { errors, warnings: findings.length - errors, findings }
  await show(io, output, view, (shown, { style }) => {
    const summary = shown.findings.length === 0 ? 'No errors and no warnings.' : tally(shown.findings)
    return `${findingsText(shown.findings, style)}${summary}\n`
  })
  return hasErrors(findings) ? ExitCode.finding : ExitCode.ok
}
