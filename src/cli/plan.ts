/** `oyez plan`: what would be announced from a folder, by which node, and why. Needs no speaker. */
import { nearNames } from '../api/index.ts'
import type { Diagnostic, Snapshot } from '../cluster/index.ts'
import { type NodePlanReport, planCluster } from '../plan/index.ts'
import { loadManifests } from '../sources/index.ts'
import { findingsText, tally } from './findings.ts'
import { type Format, show, type TextOptions } from './format.ts'
import { CliError, ExitCode, emit, type Io } from './io.ts'
import { ROUTE_COLUMNS } from './routes.ts'
import { SERVICE_COLUMNS } from './services.ts'
import { detectStyle } from './style.ts'
import { type Column, table } from './table.ts'

export interface PlanArgs {
  readonly filename: string
  readonly output: Format
  readonly node?: string | undefined
  readonly lbClass?: string | undefined
  readonly ignoreExcludeLb: boolean
}

export interface PlanView {
  readonly nodes: readonly NodePlanReport[]
}

/** Findings go to stderr. Errors leave nothing to plan with: a speaker would stay with what it had before. */
export async function plan(
  { filename, output, node, lbClass, ignoreExcludeLb }: PlanArgs,
  io: Io,
): Promise<ExitCode> {
  const { snapshot, diagnostics } = await loadManifests(filename)
  await emit(io.stderr, findingsText(diagnostics, detectStyle({ stdout: io.stderr, env: io.env })))
  if (snapshot === undefined) throw nothingToPlan(filename, diagnostics)
  const options = { ...(lbClass !== undefined && { lbClass }), ignoreExcludeLb }
  const view: PlanView = { nodes: planCluster(snapshot, nodesOf(snapshot, filename, node), options) }
  await show(io, output, view, planText)
  return ExitCode.ok
}

const nothingToPlan = (filename: string, diagnostics: readonly Diagnostic[]): CliError =>
  new CliError(ExitCode.finding, `${filename} cannot be planned: ${tally(diagnostics)}`)

/** A folder that describes no nodes leaves it to --node to name one. */
function nodesOf({ nodes }: Snapshot, filename: string, node?: string): readonly string[] {
  const known = [...nodes.keys()]
  if (node === undefined) {
    if (known.length > 0) return known
    throw new CliError(
      ExitCode.usage,
      `${filename} holds no Node object`,
      'say for which node to plan with --node NAME',
    )
  }
  if (known.length === 0 || nodes.has(node)) return [node]
  const near = nearNames(node, known)
  const hint =
    near.length > 0 ? `did you mean ${near.join(' or ')}?` : `the nodes are ${known.slice(0, 10).join(', ')}`
  throw new CliError(ExitCode.notFound, `${filename} holds no Node called ${node}`, hint)
}

export const planText = ({ nodes }: PlanView, options: TextOptions): string =>
  nodes.map((report) => nodeText(report, options)).join('\n')

function nodeText({ node, services, peers, routes }: NodePlanReport, options: TextOptions): string {
  const section = (title: string, text: string) => `\n${options.style.strong(title)}\n${text}`
  return [
    `${options.style.strong(`Node ${node}`)}\n`,
    section(
      'Services',
      services.length === 0 ? 'none of type LoadBalancer\n' : table(SERVICE_COLUMNS, services, options),
    ),
    section('Peers', peers.length === 0 ? 'none\n' : table(PEER_COLUMNS, peers, options)),
    section('Routes', routes.length === 0 ? 'none\n' : table(ROUTE_COLUMNS, routes, options)),
  ].join('')
}

type PeerReport = NodePlanReport['peers'][number]

const PEER_COLUMNS: readonly Column<PeerReport>[] = [
  { title: 'PEER', cell: ({ name }) => name },
  { title: 'ADDRESS', cell: ({ address }) => address },
  { title: 'AS', cell: ({ asn }) => (asn === undefined ? '-' : String(asn)), align: 'right' },
  {
    title: 'LOCAL AS',
    cell: ({ localAsn }) => (localAsn === undefined ? '-' : String(localAsn)),
    align: 'right',
  },
  { title: 'ROUTER ID', cell: ({ routerId }) => routerId ?? '-', only: 'wide' },
  {
    title: 'SESSION',
    cell: ({ selected }) => (selected ? 'yes' : 'no'),
    paint: ({ selected }, style) => (selected ? style.good : style.doubtful),
  },
  { title: 'WHY', cell: ({ code, message }) => (code === undefined ? message : `${code}: ${message}`) },
]
