/**
 * Aligned columns. Pure: rows in, text out. Cells may hold what a router sent us, so control characters, with which
 * it could move our cursor or repaint our screen, never pass.
 */
import { PLAIN, type Style } from './style.ts'

export interface Column<Row> {
  readonly title: string
  readonly cell: (row: Row, style: Style) => string
  readonly align?: 'right'
  /** Only with `-o wide`, or only without; absent: always. */
  readonly only?: 'wide' | 'narrow'
  /** Colours the padded cell. */
  readonly paint?: (row: Row, style: Style) => (text: string) => string
}

const GAP = '  '

export interface TableOptions {
  readonly style?: Style
  readonly wide?: boolean
}

/** The table with its heading, each line ended; only the heading when there are no rows. */
export function table<Row>(
  columns: readonly Column<Row>[],
  rows: readonly Row[],
  { style = PLAIN, wide = false }: TableOptions = {},
): string {
  const shown = columns.filter(({ only }) => only !== (wide ? 'narrow' : 'wide'))
  const cells = rows.map((row) => shown.map((column) => printable(column.cell(row, style))))
  const widths = shown.map(({ title }, at) =>
    cells.reduce((most, line) => Math.max(most, widthOf(line[at])), title.length),
  )
  const heading = shown.map(({ title, align }, at) => style.strong(pad(title, widths[at] ?? 0, align)))
  const lines = rows.map((row, index) =>
    shown.map((column, at) => {
      const text = pad(cells[index]?.[at] ?? '', widths[at] ?? 0, column.align)
      return column.paint === undefined ? text : paintWord(text, column.paint(row, style))
    }),
  )
  return [heading, ...lines].map((line) => `${line.join(GAP).trimEnd()}\n`).join('')
}

/** Colour ends where the word ends, so that blanks stay blanks. */
function paintWord(text: string, paint: (text: string) => string): string {
  const word = text.trimEnd()
  return paint(word) + text.slice(word.length)
}

function pad(text: string, width: number, align?: 'right'): string {
  const blanks = ' '.repeat(Math.max(0, width - widthOf(text)))
  return align === 'right' ? blanks + text : text + blanks
}

/** Most cells; nothing has to be looked for in them, of which there may be millions. */
const ASCII = /^[ -~]*$/

const widthOf = (text = ''): number => (ASCII.test(text) ? text.length : [...text].length)

/** Control characters, line breaks and the marks that turn the direction of writing. */
const UNPRINTABLE = /[\p{Cc}\p{Zl}\p{Zp}\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/gu

export const printable = (text: string): string =>
  ASCII.test(text) ? text : text.replaceAll(UNPRINTABLE, '?')
