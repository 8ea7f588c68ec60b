/**
 * `oyez pools`: how full each pool is. On a node the speaker is asked, which counts what the statuses of Services
 * hold; of a cluster the pools themselves, into whose status the controller writes what it gave; of a folder the
 * folder.
 */
import type { PoolUsage } from '../ipam/index.ts'
import { findPods } from '../kubectl/index.ts'
import { DEFAULT_NAMESPACE } from '../places.ts'
import type { KubeApi } from '../sources/index.ts'
import { withCluster } from './cluster.ts'
import type { KubeArgs } from './cluster-options.ts'
import { askSpeaker, sayIfStale } from './daemon.ts'
import { type Format, show, type TextOptions } from './format.ts'
import { ExitCode, type Io } from './io.ts'
import type { Style } from './style.ts'
import { type Column, table } from './table.ts'

export interface PoolsArgs {
  readonly socket: string
  readonly output: Format
}

export interface ClusterPoolsArgs extends KubeArgs {
  readonly output: Format
}

export interface FolderPoolsArgs {
  readonly manifests: string
  readonly output: Format
}

/** One of `PoolUsage`; what nobody has counted is absent. */
export type PoolRow = Pick<PoolUsage, 'name' | 'autoAssign' | 'ranges'> &
  Partial<Pick<PoolUsage, 'assigned' | 'available' | 'total' | 'services'>>

export async function pools({ socket, output }: PoolsArgs, io: Io): Promise<ExitCode> {
  const view = await askSpeaker(socket, (api) => api.pools())
  await show(io, output, view, ({ pools }, options) => poolsText({ pools }, options))
  await sayIfStale(socket, output, io)
  return ExitCode.ok
}

export async function folderPools({ manifests, output }: FolderPoolsArgs, io: Io): Promise<ExitCode> {
  const [{ poolUsage }, { readManifests }] = await Promise.all([
    import('../ipam/index.ts'),
    import('./manifests.ts'),
  ])
  const snapshot = await readManifests(manifests, 'counted', io)
  await show(io, output, { pools: poolUsage(snapshot) }, poolsText)
  return ExitCode.ok
}

export async function clusterPools(args: ClusterPoolsArgs, io: Io): Promise<ExitCode> {
  const view = await withCluster(args, async (api) => {
    const namespace = args.namespace ?? (await findPods(api))[0]?.namespace ?? DEFAULT_NAMESPACE
    return { namespace, pools: await listPools(api, namespace) }
  })
  await show(io, args.output, view, poolsText)
  return ExitCode.ok
}

/** What we read of an IPAddressPool; nothing of it has been checked. */
interface RawPool {
  readonly metadata?: { readonly name?: string }
  readonly spec?: { readonly addresses?: readonly string[]; readonly autoAssign?: boolean }
  readonly status?: Readonly<Record<string, number>>
}

async function listPools(api: KubeApi, namespace: string): Promise<readonly PoolRow[]> {
  const path = `/apis/metallb.io/v1beta1/namespaces/${encodeURIComponent(namespace)}/ipaddresspools`
  const { items = [] } = await api.request<{ items?: readonly RawPool[] }>({ method: 'GET', path })
  return items.map(rowOf).sort((a, b) => (a.name < b.name ? -1 : 1))
}

const rowOf = ({ metadata, spec, status }: RawPool): PoolRow => ({
  name: metadata?.name ?? '-',
  autoAssign: spec?.autoAssign ?? true,
  ranges: spec?.addresses ?? [],
  ...(status && countsOf(status)),
})

function countsOf(status: NonNullable<RawPool['status']>): Pick<PoolRow, 'assigned' | 'available' | 'total'> {
  const { assignedIPv4 = 0, assignedIPv6 = 0, availableIPv4 = 0, availableIPv6 = 0 } = status
  return {
    assigned: { ipv4: assignedIPv4, ipv6: assignedIPv6 },
    available: { ipv4: availableIPv4, ipv6: availableIPv6 },
    total: { ipv4: assignedIPv4 + availableIPv4, ipv6: assignedIPv6 + availableIPv6 },
  }
}

interface Rows {
  readonly namespace?: string
  readonly pools: readonly PoolRow[]
}

export const poolsText = ({ namespace, pools }: Rows, options: TextOptions): string =>
  pools.length === 0
    ? `There is no IPAddressPool${namespace === undefined ? '' : ` in the namespace ${namespace}`}.\n`
    : table(POOL_COLUMNS, pools, options)

type Family = 'ipv4' | 'ipv6'

/** `3 of 256 (1 %)`; nothing where the pool has no such addresses. */
function usageText({ assigned, total }: PoolRow, family: Family): string {
  if (assigned === undefined || total === undefined) return 'not counted'
  const [used, all] = [assigned[family], total[family]]
  if (all === 0) return '-'
  // The count ends there, the pool does not.
  if (all >= Number.MAX_SAFE_INTEGER) return `${used} of 2^53 or more`
  return `${used} of ${all} (${Math.floor((100 * used) / all)} %)`
}

const paintUsage =
  (family: Family) =>
  ({ available, total }: PoolRow, style: Style): ((text: string) => string) =>
    total !== undefined && total[family] > 0 && (available?.[family] ?? 0) <= 0 ? style.bad : style.good

const POOL_COLUMNS: readonly Column<PoolRow>[] = [
  { title: 'POOL', cell: ({ name }) => name },
  { title: 'AUTO ASSIGN', cell: ({ autoAssign }) => (autoAssign ? 'yes' : 'no') },
  { title: 'IPV4 IN USE', cell: (row) => usageText(row, 'ipv4'), paint: paintUsage('ipv4') },
  { title: 'IPV6 IN USE', cell: (row) => usageText(row, 'ipv6'), paint: paintUsage('ipv6') },
  {
    title: 'SERVICES',
    cell: ({ services }) => (services === undefined ? '-' : String(services)),
    align: 'right',
  },
  { title: 'ADDRESSES', cell: ({ ranges }) => ranges.join(', ') },
]
