/** `oyez status --cluster`: a line for each speaker, and each finding once with the nodes that made it. */
import type { StatusView } from '../api/index.ts'
import type { Diagnostic } from '../cluster/index.ts'
import { answersOf, type NodeResult } from '../kubectl/index.ts'
import { askCluster } from './cluster.ts'
import type { ClusterArgs } from './cluster-options.ts'
import { findingsText } from './findings.ts'
import type { TextOptions } from './format.ts'
import type { ExitCode, Io } from './io.ts'
import { nodesText, nodeTable } from './node-table.ts'
import { isBroken, type StatusArgs } from './status.ts'
import type { Column } from './table.ts'
import { count, duration } from './words.ts'

export const clusterStatus = (args: StatusArgs & ClusterArgs, io: Io): Promise<ExitCode> =>
  askCluster<StatusView>(args, io, {
    ask: (speaker) => speaker.status(),
    text: statusText,
    finding: args.check ? isBroken : undefined,
  })

function statusText(results: readonly NodeResult<StatusView>[], options: TextOptions): string {
  const rows = nodeTable(results, (view) => [view], STATUS_COLUMNS, options)
  const found = Map.groupBy(
    answersOf(results).flatMap(({ node, view }) =>
      view.source.diagnostics.map((finding) => ({ node, finding })),
    ),
    ({ finding }) => JSON.stringify(finding),
  )
  const said = [...found.values()].map((at) => findingEverywhere(at, options))
  return [rows, ...said].join('\n')
}

function findingEverywhere(
  at: readonly { readonly node: string; readonly finding: Diagnostic }[],
  { style }: TextOptions,
): string {
  const nodes = nodesText(at.map(({ node }) => node))
  return `${style.strong(`Found by ${nodes}`)}\n${findingsText(
    at.slice(0, 1).map(({ finding }) => finding),
    style,
  )}`
}

const STATUS_COLUMNS: readonly Column<StatusView>[] = [
  {
    title: 'READY',
    cell: ({ ready }) => (ready ? 'yes' : 'no'),
    paint: ({ ready }, style) => (ready ? style.good : style.bad),
  },
  { title: 'VERSION', cell: ({ version }) => version },
  { title: 'UP', cell: ({ uptimeMs }) => duration(uptimeMs), align: 'right' },
  { title: 'PEERS', cell: ({ peers }) => `${peers.established} of ${peers.selected}` },
  { title: 'SERVICES', cell: ({ services }) => `${services.announced} of ${services.total}` },
  { title: 'ROUTES', cell: ({ routes }) => `${routes.ipv4} v4, ${routes.ipv6} v6` },
  {
    title: 'LAST READ',
    cell: ({ source }) =>
      source.loadedAgoMs === undefined ? 'never' : `${duration(source.loadedAgoMs)} ago`,
  },
  {
    title: 'FINDINGS',
    cell: ({ source }) => (source.diagnostics.length === 0 ? '-' : findings(source.diagnostics)),
  },
]

function findings(diagnostics: readonly Diagnostic[]): string {
  const errors = diagnostics.filter(({ severity }) => severity === 'error').length
  return errors > 0 ? count(errors, 'error') : count(diagnostics.length, 'warning')
}
