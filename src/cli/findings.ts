/** Findings as compilers print them: place, severity, code, sentence; the way out below. Pure. */
import type { Diagnostic, Location } from '../cluster/index.ts'
import type { Style } from './style.ts'
import { printable } from './table.ts'
import { count } from './words.ts'

export function findingsText(findings: readonly Diagnostic[], style: Style): string {
  return [...findings]
    .sort(byPlace)
    .map((finding) => findingText(finding, style))
    .join('')
}

/** `2 errors, 1 warning`. */
export function tally(findings: readonly Diagnostic[]): string {
  const of = (severity: Diagnostic['severity']) =>
    findings.filter((finding) => finding.severity === severity).length
  return `${count(of('error'), 'error')}, ${count(of('warning'), 'warning')}`
}

export const hasErrors = (findings: readonly Diagnostic[]): boolean =>
  findings.some(({ severity }) => severity === 'error')

function findingText({ severity, code, message, hint, location }: Diagnostic, style: Style): string {
  const paint = severity === 'error' ? style.bad : style.doubtful
  const subject = [location.object, location.path].filter((part) => part !== undefined).join(' ')
  const place = style.strong(printable(placeText(location)))
  const about = subject === '' ? '' : `\n    in ${printable(subject)}`
  const way = hint === undefined ? '' : `\n    ${style.quiet(printable(hint))}`
  return `${place}${paint(severity)} ${code}: ${printable(message)}${about}${way}\n`
}

/** `file:line:column: `, as editors can follow; nothing without a file. */
function placeText({ file, line, column }: Location): string {
  if (file === undefined) return ''
  return `${[file, line, line === undefined ? undefined : column].filter((part) => part !== undefined).join(':')}: `
}

function byPlace({ location: a }: Diagnostic, { location: b }: Diagnostic): number {
  const [left, right] = [a.file ?? '', b.file ?? '']
  if (left !== right) return left < right ? -1 : 1
  return (a.line ?? 0) - (b.line ?? 0) || (a.column ?? 0) - (b.column ?? 0)
}
