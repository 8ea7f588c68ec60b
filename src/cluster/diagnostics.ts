/**
 * How findings are worded, ordered and printed. The reader has a pager in the hand: what, where, what to do. Nothing
 * from a file reaches a terminal unescaped.
 */
import type { Path } from './objects.ts'
import type { Diagnostic, Location } from './types.ts'

/** `spec.addresses[0]`, `metadata.labels["example.com/x"]`. */
export function pathText(path: Path): string {
  let text = ''
  for (const segment of path) {
    if (typeof segment === 'number') text += `[${segment}]`
    else if (!/^[\w-]+$/.test(segment)) text += `[${quote(segment)}]`
    else text += text === '' ? segment : `.${segment}`
  }
  return text
}

const LONGEST_QUOTE = 60

/** A value from the input, as it stands in a message: quoted, escaped and never long. */
export function quote(value: string): string {
  return JSON.stringify(value.length > LONGEST_QUOTE ? `${value.slice(0, LONGEST_QUOTE)}…` : value)
}

const LONGEST_LIST = 8

/** `a, b, c and 4 more`. */
export function listOf(names: Iterable<string>): string {
  const all = [...names]
  if (all.length <= LONGEST_LIST) return all.join(', ')
  return `${all.slice(0, LONGEST_LIST).join(', ')} and ${all.length - LONGEST_LIST} more`
}

/** `pools.yaml:12:5`, with what is known of it. */
export function placeText({ file, line, column }: Location): string {
  return [file, line, column].filter((part) => part !== undefined).join(':')
}

/** One line: `pools.yaml:7:5: error: IPAddressPool metallb-system/first: spec.addresses[0]: ... (hint: ...)`. */
export function formatDiagnostic({ severity, message, hint, location }: Diagnostic): string {
  const parts = [placeText(location), severity, location.object, location.path, message]
  const text = parts.filter((part) => part !== undefined && part !== '').join(': ')
  return oneLine(hint === undefined ? text : `${text} (hint: ${hint})`)
}

/** Line breaks and control characters become visible: a name in a file must not drive the terminal. */
function oneLine(text: string): string {
  return text.replaceAll(/[\p{Cc}\p{Zl}\p{Zp}]/gu, (char) =>
    JSON.stringify(char).slice(1, -1).replace(char, '?'),
  )
}

/** By file, line and column; errors before warnings in one place. */
export function compareDiagnostics(a: Diagnostic, b: Diagnostic): number {
  return (
    compareText(a.location.file ?? '', b.location.file ?? '') ||
    (a.location.line ?? 0) - (b.location.line ?? 0) ||
    (a.location.column ?? 0) - (b.location.column ?? 0) ||
    compareText(a.severity, b.severity)
  )
}

const compareText = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0)

export const hasErrors = (diagnostics: readonly Diagnostic[]): boolean =>
  diagnostics.some(({ severity }) => severity === 'error')
