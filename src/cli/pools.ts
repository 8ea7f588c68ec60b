/** `oyez pools`: how full each pool is, as the controller has written it into the pools' status. */
import { DEFAULT_NAMESPACE, findPods } from '../kubectl/index.ts'
import type { KubeApi } from '../sources/index.ts'
import { withCluster } from './cluster.ts'
import type { KubeArgs } from './cluster-options.ts'
import { type Format, show, type TextOptions } from './format.ts'
import { ExitCode, type Io } from './io.ts'
import { type Column, table } from './table.ts'

export interface PoolsArgs extends KubeArgs {
  readonly output: Format
}

/** Of one family; counts of addresses. */
interface Usage {
  readonly assigned: number
  readonly available: number
}

export interface PoolsView {
  readonly namespace: string
  readonly pools: readonly PoolView[]
}

export interface PoolView {
  readonly name: string
  readonly addresses: readonly string[]
  /** Services that ask for no pool may get its addresses. */
  readonly autoAssign: boolean
  /** Absent as long as no controller has counted. */
  readonly usage?: { readonly ipv4: Usage; readonly ipv6: Usage }
}

export async function pools(args: PoolsArgs, io: Io): Promise<ExitCode> {
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

async function listPools(api: KubeApi, namespace: string): Promise<readonly PoolView[]> {
  const path = `/apis/metallb.io/v1beta1/namespaces/${encodeURIComponent(namespace)}/ipaddresspools`
  const { items = [] } = await api.request<{ items?: readonly RawPool[] }>({ method: 'GET', path })
  return items.map(poolView).sort((a, b) => (a.name < b.name ? -1 : 1))
}

function poolView({ metadata, spec, status }: RawPool): PoolView {
  const usage = status && {
    ipv4: { assigned: status.assignedIPv4 ?? 0, available: status.availableIPv4 ?? 0 },
    ipv6: { assigned: status.assignedIPv6 ?? 0, available: status.availableIPv6 ?? 0 },
  }
  return {
    name: metadata?.name ?? '-',
    addresses: spec?.addresses ?? [],
    autoAssign: spec?.autoAssign ?? true,
    ...(usage !== undefined && { usage }),
  }
}

export const poolsText = ({ namespace, pools }: PoolsView, options: TextOptions): string =>
  pools.length === 0
    ? `There is no IPAddressPool in the namespace ${namespace}.\n`
    : table(POOL_COLUMNS, pools, options)

const total = ({ assigned, available }: Usage): number => assigned + available

/** `3 of 256`, and how much that is; nothing where the pool has no such addresses. */
function usageText(usage: Usage | undefined): string {
  if (usage === undefined) return 'not counted'
  if (total(usage) === 0) return '-'
  const percent = Math.floor((100 * usage.assigned) / total(usage))
  return `${usage.assigned} of ${total(usage)} (${percent} %)`
}

const isFull = ({ usage }: PoolView): boolean =>
  usage !== undefined &&
  [usage.ipv4, usage.ipv6].some((family) => total(family) > 0 && family.available === 0)

const POOL_COLUMNS: readonly Column<PoolView>[] = [
  { title: 'POOL', cell: ({ name }) => name },
  { title: 'AUTO ASSIGN', cell: ({ autoAssign }) => (autoAssign ? 'yes' : 'no') },
  {
    title: 'IPV4 IN USE',
    cell: ({ usage }) => usageText(usage?.ipv4),
    paint: (pool, style) => (isFull(pool) ? style.bad : style.good),
  },
  {
    title: 'IPV6 IN USE',
    cell: ({ usage }) => usageText(usage?.ipv6),
    paint: (pool, style) => (isFull(pool) ? style.bad : style.good),
  },
  { title: 'ADDRESSES', cell: ({ addresses }) => addresses.join(', ') },
]
