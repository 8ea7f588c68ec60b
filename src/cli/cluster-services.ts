/** `oyez services --cluster`: each service once, with the nodes that announce it and why others do not. */
import type { ServicesView, ServiceView } from '../api/index.ts'
import { answersOf, isFailure, type NodeResult } from '../kubectl/index.ts'
import { askCluster } from './cluster.ts'
import type { ClusterArgs } from './cluster-options.ts'
import type { TextOptions } from './format.ts'
import type { ExitCode, Io } from './io.ts'
import { FEW, nodesText, silentNodes } from './node-table.ts'
import type { ServicesArgs } from './services.ts'
import { type Column, table } from './table.ts'

export const clusterServices = (args: ServicesArgs & ClusterArgs, io: Io): Promise<ExitCode> =>
  askCluster<ServicesView>(args, io, { ask: (speaker) => speaker.services(), text: servicesText })

/** One service, and what each node makes of it. */
interface ServiceEverywhere {
  readonly key: string
  readonly seen: readonly { readonly node: string; readonly service: ServiceView }[]
}

function servicesText(results: readonly NodeResult<ServicesView>[], options: TextOptions): string {
  const all = Map.groupBy(
    answersOf(results).flatMap(({ node, view }) => view.services.map((service) => ({ node, service }))),
    ({ service }) => service.key,
  )
  const rows = [...all].map(([key, seen]): ServiceEverywhere => ({ key, seen }))
  const silent = results.some(isFailure) ? `\n${silentNodes(results, options)}` : ''
  if (rows.length === 0) return `There is no service of type LoadBalancer.\n${silent}`
  return (
    table(
      SERVICE_COLUMNS,
      rows.sort((a, b) => (a.key < b.key ? -1 : 1)),
      options,
    ) + silent
  )
}

const announcing = ({ seen }: ServiceEverywhere): readonly string[] =>
  seen.flatMap(({ node, service }) => (service.announce ? node : []))

/** One node's word for what all agree on; those who announce know best. */
const toldBy = ({ seen }: ServiceEverywhere): ServiceView | undefined =>
  (seen.find(({ service }) => service.announce) ?? seen[0])?.service

const SERVICE_COLUMNS: readonly Column<ServiceEverywhere>[] = [
  { title: 'SERVICE', cell: ({ key }) => key },
  { title: 'ADDRESS', cell: (row) => toldBy(row)?.addresses.join(', ') || '-' },
  { title: 'POLICY', cell: (row) => toldBy(row)?.policy ?? '-' },
  { title: 'POOL', cell: (row) => toldBy(row)?.pool ?? '-', only: 'wide' },
  {
    title: 'ANNOUNCED BY',
    cell: (row) => {
      const nodes = announcing(row)
      return nodes.length <= FEW
        ? nodes.join(', ') || 'nobody'
        : `${nodes.length} of ${row.seen.length} nodes`
    },
    only: 'narrow',
    paint: (row, style) => (announcing(row).length > 0 ? style.good : style.doubtful),
  },
  {
    title: 'ANNOUNCED BY',
    cell: (row) => announcing(row).join(', ') || 'nobody',
    only: 'wide',
    paint: (row, style) => (announcing(row).length > 0 ? style.good : style.doubtful),
  },
  { title: 'WHY NOT', cell: whyNot },
]

/** `NoEndpoints: ...` where all nodes say the same, else `NoLocalEndpoints on node1, node2`. */
function whyNot(row: ServiceEverywhere): string {
  const silent = row.seen.filter(({ service }) => !service.announce)
  const first = silent[0]?.service
  if (first === undefined) return '-'
  if (silent.length === row.seen.length && silent.every(({ service }) => service.message === first.message)) {
    return `${first.code}: ${first.message}`
  }
  const codes = Map.groupBy(silent, ({ service }) => service.code)
  return [...codes].map(([code, at]) => `${code} on ${nodesText(at.map(({ node }) => node))}`).join('; ')
}
