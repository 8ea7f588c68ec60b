/** docs/interop.md from the outcomes of the lab tests. Pure, and the same page for the same outcomes. */
import type { RouterName } from './router.ts'
import type { InteropMeta } from './try-with.ts'

export interface Trial extends InteropMeta {
  readonly file: string
  readonly outcome: 'passed' | 'failed' | 'skipped'
}

/** In the order of the page, by how the names of their files begin. */
const CHAPTERS: readonly (readonly [file: string, title: string])[] = [
  ['interop-', 'Sessions and routes'],
  ['security-', 'Signed sessions (RFC 2385) and TTL security (RFC 5082)'],
  ['endings', 'How sessions end, and come back'],
  ['collision', 'Connections that cross (RFC 4271 section 6.8)'],
  ['scale', 'Many routes'],
]

const ROUTERS: readonly RouterName[] = ['BIRD', 'FRR', 'GoBGP', 'OpenBGPD']

const PREFACE = `# Interoperability

What oyez was tried with, router by router, each of them real and asked itself for what it had understood. This page is
written by the tests in \`test/lab\`; to write it anew, where all four routers are installed:

    npx vitest run --project lab --reporter=default --reporter=./test/lab/support/interop-reporter.ts

✓ works, ✗ fails, a number refers to the notes at the end, an empty field was not tried. What is tried with oyez as a whole is not
in these tables: \`speaker.test.ts\` edits the folder of a running speaker between BIRD and FRR, \`broken-peers.test.ts\`
surrounds it with peers that send garbage, \`demo.test.ts\` plays the demo.
`

/** Undefined: a chapter is missing, so this was not the whole. */
export function interopPage(
  trials: readonly Trial[],
  versions: Readonly<Record<RouterName, string>>,
): string | undefined {
  const notes: string[] = []
  const chapters = CHAPTERS.map(([prefix, title]) => {
    const own = trials.filter(({ file }) => file.startsWith(prefix))
    return own.length === 0 ? undefined : `## ${title}\n\n${table(own, versions, notes)}`
  })
  if (chapters.includes(undefined)) return undefined
  const told = notes.map((note, at) => `${at + 1}. ${note}`).join('\n')
  return [PREFACE, ...chapters.map((chapter) => `${chapter}\n`), `## Notes\n\n${told}\n`].join('\n')
}

function table(
  trials: readonly Trial[],
  versions: Readonly<Record<RouterName, string>>,
  notes: string[],
): string {
  const routers = ROUTERS.filter((name) => trials.some(({ router }) => router === name))
  const subjects = [...new Set(trials.map(({ subject }) => subject))]
  const rows = subjects.map((subject) => {
    const cells = routers.map((name) =>
      cell(
        trials.find((trial) => trial.router === name && trial.subject === subject),
        notes,
      ),
    )
    return [subject, ...cells]
  })
  const head = ['', ...routers.map((name) => `${name} ${versions[name]}`)]
  return [head, head.map((_, at) => (at === 0 ? '---' : ':-:')), ...rows].map(line).join('\n')
}

function cell(trial: Trial | undefined, notes: string[]): string {
  if (trial === undefined) return ''
  if (trial.outcome !== 'skipped') return trial.outcome === 'passed' ? '✓' : '✗'
  const note = `${trial.router}: ${trial.lacks ?? 'it was not installed'}.`
  if (!notes.includes(note)) notes.push(note)
  return String(notes.indexOf(note) + 1)
}

function line(cells: readonly string[]): string {
  return `| ${cells.join(' | ')} |`
}
