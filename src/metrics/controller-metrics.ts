/** Everything a controller is asked for by `/metrics`. docs/observability.md has the table. */
import type { RecorderCounts } from '../events/index.ts'
import type { PoolUsage } from '../ipam/index.ts'
import { addEventMetrics } from './event-metrics.ts'
import { type Figure, Figures, type Row } from './registry.ts'
import { addSourceMetrics, type SourceFigures } from './source-metrics.ts'

/** Whom the numbers are asked of. */
export interface ControllerFigures {
  readonly version: string
  source(): SourceFigures
  pools(): readonly PoolUsage[]
  isLeader(): boolean
  /** Services that wait to be settled or written. */
  queueLength(): number
  /** Writes to the API server by how they came out, since the start. */
  writes(): { readonly done: number; readonly failed: number; readonly conflicts?: number }
  /** Services of type LoadBalancer by the code of their allocation. */
  codes?(): ReadonlyMap<string, number>
  events?(): RecorderCounts
}

export interface ControllerMetrics {
  readonly figures: Figures
  /** From a Service seen to its status written. */
  settled(seconds: number): void
}

const SETTLE_BUCKETS = [0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60]

export function controllerMetrics(asked: ControllerFigures): ControllerMetrics {
  const figures = new Figures(asked)
  addSourceMetrics(figures, asked.source)
  addPoolMetrics(figures, asked.pools)
  figures.gauge({ name: 'oyez_leader', help: '1 on the controller that does the work.' }, () =>
    Number(asked.isLeader()),
  )
  figures.gauge(
    { name: 'oyez_controller_queue_length', help: 'Services that wait to be settled or written.' },
    asked.queueLength,
  )
  figures.counters(
    { name: 'oyez_controller_writes_total', help: 'Writes to the API server by how they came out.' },
    ['result'],
    () => {
      const { done, failed, conflicts = 0 } = asked.writes()
      return [
        [{ result: 'written' }, done],
        [{ result: 'failed' }, failed],
        [{ result: 'conflict' }, conflicts],
      ]
    },
  )
  const { codes, events } = asked
  if (codes !== undefined) {
    figures.gauges(
      { name: 'oyez_allocations', help: 'Services of type LoadBalancer by the code of their allocation.' },
      ['code'],
      () => Array.from(codes(), ([code, count]) => [{ code }, count]),
    )
  }
  if (events !== undefined) addEventMetrics(figures, events)
  const settled = figures.durations(
    { name: 'oyez_controller_service_latency_seconds', help: 'From a Service seen to its status written.' },
    SETTLE_BUCKETS,
  )
  return { figures, settled }
}

type Count = (usage: PoolUsage) => number

function addPoolMetrics(figures: Figures, pools: () => readonly PoolUsage[]): void {
  const perPool = (figure: Figure, count: Count) =>
    figures.gauges(figure, ['pool'], () =>
      pools().map((usage): Row<'pool'> => [{ pool: usage.name }, count(usage)]),
    )
  const prefix = 'metallb_allocator'
  perPool(
    { name: `${prefix}_addresses_total`, help: 'Addresses of the pool that services may get.' },
    ({ total }) => total.ipv4 + total.ipv6,
  )
  perPool(
    { name: `${prefix}_ipv4_addresses_total`, help: 'IPv4 addresses of the pool that services may get.' },
    ({ total }) => total.ipv4,
  )
  perPool(
    { name: `${prefix}_ipv6_addresses_total`, help: 'IPv6 addresses of the pool that services may get.' },
    ({ total }) => total.ipv6,
  )
  perPool(
    { name: `${prefix}_addresses_in_use_total`, help: 'Addresses of the pool that services have.' },
    ({ assigned }) => assigned.ipv4 + assigned.ipv6,
  )
  perPool(
    { name: `${prefix}_ipv4_addresses_in_use_total`, help: 'IPv4 addresses of the pool that services have.' },
    ({ assigned }) => assigned.ipv4,
  )
  perPool(
    { name: `${prefix}_ipv6_addresses_in_use_total`, help: 'IPv6 addresses of the pool that services have.' },
    ({ assigned }) => assigned.ipv6,
  )
  perPool(
    { name: `${prefix}_services_allocated_total`, help: 'Services that have an address of the pool.' },
    ({ services }) => services,
  )
}
