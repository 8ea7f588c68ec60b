/**
 * Colours and marks. Colour only where a person looks (a terminal, and NO_COLOR is not set: no-color.org); ticks and
 * crosses only where the locale can show them, and plain words elsewhere. Words never depend on colour.
 */
import type { Io } from './io.ts'

export type Paint = (text: string) => string

export interface Style {
  readonly good: Paint
  readonly bad: Paint
  readonly doubtful: Paint
  readonly quiet: Paint
  readonly strong: Paint
  /** Yes, no, and not yet. */
  readonly yes: string
  readonly no: string
  readonly wait: string
}

const paint =
  (on: boolean, code: number): Paint =>
  (text) =>
    on && text !== '' ? `\u001b[${code}m${text}\u001b[0m` : text

export function styleOf({ colour, unicode }: { colour: boolean; unicode: boolean }): Style {
  return {
    good: paint(colour, 32),
    bad: paint(colour, 31),
    doubtful: paint(colour, 33),
    quiet: paint(colour, 2),
    strong: paint(colour, 1),
    yes: unicode ? '✓' : 'ok',
    no: unicode ? '✗' : 'NO',
    wait: unicode ? '…' : '..',
  }
}

export const PLAIN = styleOf({ colour: false, unicode: true })

/** The style that the stream's reader can see. */
export function detectStyle({ stdout, env }: Pick<Io, 'stdout' | 'env'>): Style {
  const locale = env.LC_ALL || env.LC_CTYPE || env.LANG || ''
  return styleOf({
    colour: stdout.isTTY === true && !env.NO_COLOR && env.TERM !== 'dumb',
    unicode: /utf-?8/i.test(locale),
  })
}
