/** Findings as compilers print them: place, severity, code, sentence; the way out below. Pure. */
import type { Diagnostic, Location } from '../cluster/index.ts'
import type { Style } from './style.ts'
import { printable } from './table.ts'
import { count } from './words.ts'

/** In the order given, which is that of places. */
export const findingsText = (findings: readonly Diagnostic[], style: Style): string =>
  findings.map((finding) => findingText(finding, style)).join('')

/** `2 errors, 1 warning`. */
export function tally(findings: readonly Diagnostic[]): string {
  const of = (severity: Diagnostic['severity']) =>
    findings.filter((finding) => finding.severity === severity).length
  return `${count(of('error'), 'error')}, ${count(of('warning'), 'warning')}`
}

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
