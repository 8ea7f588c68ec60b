/** `oyez explain --cluster`: what each node makes of one service; with `--node`, all that this node can tell. */
import type { ExplainView } from '../api/index.ts'
import { answersOf, type NodeResult } from '../kubectl/index.ts'
import { askCluster } from './cluster.ts'
import type { ClusterArgs } from './cluster-options.ts'
import { type ExplainArgs, explainText } from './explain.ts'
import type { TextOptions } from './format.ts'
import { nextStep } from './hints.ts'
import type { ExitCode, Io } from './io.ts'
import { nodeTable } from './node-table.ts'
import type { Column } from './table.ts'

export const clusterExplain = (args: ExplainArgs & ClusterArgs, io: Io): Promise<ExitCode> =>
  askCluster<ExplainView>(args, io, {
    ask: (speaker) => speaker.explain(args.service, args.peer),
    text: (results, options) =>
      args.node === undefined ? explainTable(results, options) : explainNodes(results, options),
  })

const explainNodes = (results: readonly NodeResult<ExplainView>[], options: TextOptions): string =>
  answersOf(results)
    .map(({ view }) => explainText(view, options))
    .join('\n') || nodeTable(results, () => [], EXPLAIN_COLUMNS, options)

function explainTable(results: readonly NodeResult<ExplainView>[], options: TextOptions): string {
  const views = answersOf(results).map(({ view }) => view)
  const first = views.find(({ service }) => service.announce) ?? views[0]
  const rows = nodeTable(results, (view) => [view], EXPLAIN_COLUMNS, options)
  if (first === undefined) return rows
  const { key, addresses, policy, announce, code } = first.service
  const heading = `${options.style.strong(key)}  ${addresses.join(', ') || 'no address'}  externalTrafficPolicy ${policy}`
  const step = announce ? undefined : nextStep(code, key, first.node)
  const next = step === undefined ? [] : [`Next step: ${step}`]
  const more = `Every rule, for one node: add --node ${first.node}`
  return [heading, '', rows, ...next, more, ''].join('\n')
}

const EXPLAIN_COLUMNS: readonly Column<ExplainView>[] = [
  {
    title: 'ANNOUNCED',
    cell: ({ service }) => (service.announce ? 'yes' : 'no'),
    paint: ({ service }, style) => (service.announce ? style.good : style.doubtful),
  },
  { title: 'TOLD', cell: ({ peers, service }, style) => (service.announce ? toldText(peers, style) : '-') },
  {
    title: 'WHY',
    cell: ({ service: { announce, code, message } }) => (announce ? message : `${code}: ${message}`),
  },
]

/** `✓ tor1  … tor2`: who has been sent all there is; peers of other nodes are not worth a word. */
const toldText = (peers: ExplainView['peers'], { yes, no, wait }: TextOptions['style']): string =>
  peers
    .filter(({ code }) => code !== 'PeerNodeNotSelected')
    .map(({ peer, routes, code }) => {
      if (code !== undefined) return `${no} ${peer} ${code}`
      return `${routes.every(({ sent }) => sent) ? yes : wait} ${peer}`
    })
    .join('  ') || 'nobody'
