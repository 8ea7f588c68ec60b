/** Lists of names: each must be there once. */
import { quote } from './diagnostics.ts'
import type { Path } from './objects.ts'
import type { Report } from './report.ts'
import { itemsOf } from './structure.ts'

export function uniqueTexts(
  raw: readonly (string | undefined)[] | null | undefined,
  path: Path,
  report: Report,
): readonly string[] {
  const seen = new Set<string>()
  for (const [at, value] of itemsOf(raw)) {
    if (value === '') report.error('EmptyValue', [...path, at], 'is empty', 'remove the item')
    else if (seen.has(value))
      report.error(
        'DuplicateValue',
        [...path, at],
        `${quote(value)} is in the list twice`,
        'remove one of them',
      )
    seen.add(value)
  }
  return [...seen]
}
