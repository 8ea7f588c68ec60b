/**
 * `oyez plan`: which addresses the services of a folder would get or lose, what would be announced of those that they
 * have, by which node, and why. Needs neither speaker nor controller.
 */
import { nearNames } from '../api/index.ts'
import type { Snapshot } from '../cluster/index.ts'
import { type AllocationReport, type PoolUsage, planAllocation } from '../ipam/index.ts'
import { type NodePlanReport, planCluster } from '../plan/index.ts'
import { type Format, show, type TextOptions } from './format.ts'
import { CliError, ExitCode, type Io } from './io.ts'
import { readManifests } from './manifests.ts'
import { ROUTE_COLUMNS } from './routes.ts'
import { SERVICE_COLUMNS } from './services.ts'
import { type Column, table } from './table.ts'
import { count } from './words.ts'

export interface PlanArgs {
  readonly filename: string
  readonly output: Format
  readonly node?: string | undefined
  readonly lbClass?: string | undefined
  readonly ignoreExcludeLb: boolean
}

export interface PlanView {
  readonly allocation: {
    readonly services: readonly AllocationReport[]
    /** When that is done. */
    readonly pools: readonly PoolUsage[]
  }
  readonly nodes: readonly NodePlanReport[]
}

/** Findings go to stderr. Errors leave nothing to plan with: a speaker would stay with what it had before. */
export async function plan(
  { filename, output, node, lbClass, ignoreExcludeLb }: PlanArgs,
  io: Io,
): Promise<ExitCode> {
  const snapshot = await readManifests(filename, 'planned', io)
  const ours = { ...(lbClass !== undefined && { lbClass }) }
  const nodes = planCluster(snapshot, nodesOf(snapshot, filename, node), { ...ours, ignoreExcludeLb })
  const { reports, usage } = planAllocation(snapshot, { ...ours, assumeClusterIPs: true })
  const view: PlanView = { allocation: { services: reports, pools: usage }, nodes }
  await show(io, output, view, planText)
  return ExitCode.ok
}

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

export const planText = ({ allocation, nodes }: PlanView, options: TextOptions): string =>
  [allocationText(allocation, options), ...nodes.map((report) => nodeText(report, options))].join('\n')

/** Only what would change, and who would be left without; an announcement is about what a service has now. */
function allocationText({ services }: PlanView['allocation'], options: TextOptions): string {
  const ours = services.filter(({ code }) => code !== 'OtherLoadBalancerClass' && code !== 'NoPools')
  const rows = ours.filter(({ before, after }) => after.length === 0 || before.join() !== after.join())
  const kept = ours.length - rows.length
  const line = `${count(kept, 'service')} would keep what ${kept === 1 ? 'it has' : 'they have'}\n`
  const text = rows.length === 0 ? line : table(ALLOCATION_COLUMNS, rows, options) + (kept > 0 ? line : '')
  return `${options.style.strong('Addresses')}\n${ours.length === 0 ? nothingToAllocate(services) : text}`
}

const nothingToAllocate = (services: readonly AllocationReport[]): string =>
  services.some(({ code }) => code === 'NoPools')
    ? 'there is no IPAddressPool: every service keeps what it has\n'
    : 'no service to give one to\n'

const ALLOCATION_COLUMNS: readonly Column<AllocationReport>[] = [
  { title: 'SERVICE', cell: ({ key }) => key },
  { title: 'NOW', cell: ({ before }) => before.join(', ') || '-' },
  {
    title: 'WOULD HAVE',
    cell: ({ after }) => after.join(', ') || '-',
    paint: ({ before, after }, style) =>
      after.length === 0 ? style.bad : before.length === 0 ? style.good : style.doubtful,
  },
  { title: 'POOL', cell: ({ pool }) => pool ?? '-', only: 'wide' },
  { title: 'WHY', cell: ({ code, message }) => `${code}: ${message}` },
]

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
