import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { PLAIN, styleOf } from '../../../src/cli/style.ts'
import { type Column, printable, table } from '../../../src/cli/table.ts'

interface Row {
  readonly name: string
  readonly count: number
}

const columns: readonly Column<Row>[] = [
  { title: 'NAME', cell: ({ name }) => name },
  { title: 'COUNT', cell: ({ count }) => String(count), align: 'right', paint: (_, style) => style.good },
  { title: 'TWICE', cell: ({ count }) => String(2 * count), only: 'wide' },
  { title: 'SHORT', cell: () => 's', only: 'narrow' },
]

const rows: readonly Row[] = [
  { name: 'a', count: 5 },
  { name: 'a longer name', count: 12345 },
]

describe('table', () => {
  it('aligns columns and leaves no blanks at line ends', () => {
    expect(table(columns, rows)).toBe(
      ['NAME           COUNT  SHORT', 'a                  5  s', 'a longer name  12345  s', ''].join('\n'),
    )
  })

  it('has other columns when it may be wide', () => {
    expect(table(columns, rows, { wide: true }).split('\n')[0]).toBe('NAME           COUNT  TWICE')
  })

  it('is its heading when there is nothing', () => {
    expect(table(columns, [])).toBe('NAME  COUNT  SHORT\n')
  })

  it('colours words, not blanks, and the same text otherwise', () => {
    const coloured = table(columns, rows, { style: styleOf({ colour: true, unicode: true }) })
    expect(coloured).toContain('\u001b[32m')
    // biome-ignore lint/suspicious/noControlCharactersInRegex: the colours are what is taken out here
    expect(coloured.replaceAll(/\u001b\[\d+m/g, '')).toBe(table(columns, rows, { style: PLAIN }))
  })

  it('gives every line of a column the same place, whatever stands in the cells', () => {
    const text = fc.array(fc.string({ unit: 'binary', maxLength: 12 }), { minLength: 1, maxLength: 8 })
    fc.assert(
      fc.property(text, (names) => {
        const lines = table(
          [
            { title: 'N', cell: (name: string) => name },
            { title: 'X', cell: () => '|' },
          ],
          names,
        )
          .trimEnd()
          .split('\n')
        expect(lines).toHaveLength(names.length + 1)
        const places = lines.slice(1).map((line) => [...line].lastIndexOf('|'))
        expect(new Set(places).size).toBe(1)
      }),
    )
  })

  it('lets no control character through', () => {
    expect(printable('red \u001b[31m, \r\n, \u0000, \u009b, \u202e, \u2028')).toBe(
      'red ?[31m, ??, ?, ?, ?, ?',
    )
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        expect(printable(text)).not.toMatch(/[\p{Cc}\p{Zl}\p{Zp}]/u)
      }),
    )
  })
})
