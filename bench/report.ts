import { readFileSync, writeFileSync } from 'node:fs'
import { cpus, release, totalmem } from 'node:os'
import type { Measured } from './run.ts'
import { summary } from './statistics.ts'

type Figure = keyof Omit<Measured, 'speaker' | 'routes' | 'sets'>

const COLUMNS: readonly (readonly [title: string, figure: Figure, digits: number])[] = [
  ['dump, set before (ms)', 'dump', 1],
  ['messages', 'dumpMessages', 0],
  ['octets', 'dumpOctets', 0],
  ['CPU from OPENs (ms)', 'cpuFromOpen', 1],
  ['CPU from start (ms)', 'cpuFromStart', 0],
  ['set while up (ms)', 'announce', 1],
  ['making the set (ms)', 'build', 1],
  ['withdraw all (ms)', 'withdraw', 1],
  ['one change p50 (ms)', 'changeP50', 2],
  ['one change p99 (ms)', 'changeP99', 2],
  ['peak memory (MiB)', 'peakMiB', 0],
  ['longest stall (ms)', 'stall', 1],
]

export function machine(): string {
  const [cpu] = cpus()
  return `${cpus().length} x ${cpu?.model.trim()}, ${Math.round(totalmem() / 2 ** 30)} GiB, Linux ${release().split('-')[0]}`
}

/** One table per load; each cell is the median, with min and max behind it where they differ. */
export function markdown(
  results: readonly Measured[],
  versions: readonly string[],
  where: string,
  rounds: number,
): string {
  const intro = `Measured ${new Date().toISOString().slice(0, 10)} on ${where}; rounds: ${rounds} (at most 3 of a million routes), median (min-max).\n${versions.map((v) => `- ${v}`).join('\n')}`
  const loads = Map.groupBy(
    results,
    ({ routes, sets }) =>
      `${routes.toLocaleString('en')} routes, ${sets} attribute set${sets === 1 ? '' : 's'}`,
  )
  return [intro, ...[...loads].map(([title, of]) => `### ${title}\n\n${table(of)}`)].join('\n\n')
}

function table(results: readonly Measured[]): string {
  const bySpeaker = [...Map.groupBy(results, ({ speaker }) => speaker)].sort(
    ([a], [b]) => order(a) - order(b),
  )
  const head = `| | ${bySpeaker.map(([name]) => name).join(' | ')} |\n|---|${bySpeaker.map(() => '---|').join('')}`
  const rows = COLUMNS.map(([title, figure, digits]) => {
    const cells = bySpeaker.map(([, of]) =>
      cell(
        of.map((one) => one[figure]),
        digits,
      ),
    )
    return `| ${title} | ${cells.join(' | ')} |`
  })
  return [head, ...rows].join('\n')
}

function cell(values: readonly (number | undefined)[], digits: number): string {
  const known = values.filter((value) => value !== undefined)
  if (known.length === 0) return '-'
  const { median, min, max } = summary(known)
  const spread =
    min.toFixed(digits) === max.toFixed(digits) ? '' : ` (${min.toFixed(digits)}-${max.toFixed(digits)})`
  return median.toFixed(digits) + spread
}

function order(speaker: string): number {
  return ['oyez', 'BIRD', 'GoBGP', 'FRR'].indexOf(speaker)
}

/** Replaces what stands between the marks of a section, so the words around the table stay. */
export function writeInto(file: string, text: string, section = 'measured'): void {
  const before = readFileSync(file, 'utf8')
  const [begin, end] = [`<!-- ${section}: begin -->`, `<!-- ${section}: end -->`]
  const from = before.indexOf(begin)
  const to = before.indexOf(end)
  if (from < 0 || to < from) throw new Error(`${file} has no marks ${begin} and ${end} to write between`)
  writeFileSync(file, `${before.slice(0, from + begin.length)}\n${text}\n${before.slice(to)}`)
}
