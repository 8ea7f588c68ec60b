/** `oyez lint`: every error and warning of a folder, all at once. Needs no speaker. */
import { type LintResult, lintManifests } from '../lint/index.ts'
import { findingsText } from './findings.ts'
import { type Format, show, type TextOptions } from './format.ts'
import { ExitCode, type Io } from './io.ts'

export interface LintArgs {
  readonly filename: string
  readonly output: Format
}

export async function lint({ filename, output }: LintArgs, io: Io): Promise<ExitCode> {
  const result = await lintManifests(filename)
  await show(io, output, result, lintText)
  return result.summary.errors > 0 ? ExitCode.finding : ExitCode.ok
}

export const lintText = ({ diagnostics, summary }: LintResult, { style }: TextOptions): string =>
  `${findingsText(diagnostics, style)}${summary.text}\n`
