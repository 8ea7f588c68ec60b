/** Everything a speaker is asked for by `/metrics`. docs/observability.md has the table. */
import type { FamilyCounts } from '../api/index.ts'
import type { RecorderCounts } from '../events/index.ts'
import type { Change, StatusFigures } from '../status/index.ts'
import { AnnouncedRows } from './announced-rows.ts'
import { addEventMetrics } from './event-metrics.ts'
import { Figures } from './registry.ts'
import { addSessionMetrics, type SessionFigures } from './session-metrics.ts'
import { addSourceMetrics, type SourceFigures } from './source-metrics.ts'

/** Whom the numbers are asked of. */
export interface SpeakerFigures {
  readonly version: string
  readonly node: string
  source(): SourceFigures
  sessions(): Iterable<SessionFigures>
  /** Services of type LoadBalancer, by the code of their decision. */
  codes(): ReadonlyMap<string, number>
  routes(): FamilyCounts
  /** Absent without an API server to write to. */
  status?(): StatusFigures
  events?(): RecorderCounts
}

export interface SpeakerMetrics {
  readonly figures: Figures
  /** Services that stand otherwise than before. */
  announced(changes: readonly Change[]): void
  /** From a new state of the cluster to the routes of every peer. */
  tookOver(seconds: number): void
}

const UPDATE_BUCKETS = [0.0005, 0.001, 0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5]

export function speakerMetrics(asked: SpeakerFigures): SpeakerMetrics {
  const figures = new Figures(asked)
  const rows = new AnnouncedRows(asked.node)
  figures.text(() => rows.text())
  addSourceMetrics(figures, asked.source)
  addSessionMetrics(figures, asked.sessions)
  figures.gauges(
    {
      name: 'oyez_services',
      help: 'Services of type LoadBalancer by the code of their decision on this node.',
    },
    ['code'],
    () => Array.from(asked.codes(), ([code, count]) => [{ code }, count]),
  )
  figures.gauges({ name: 'oyez_routes', help: 'Prefixes that this node announces.' }, ['family'], () =>
    Object.entries(asked.routes()).map(([family, count]) => [{ family }, count]),
  )
  if (asked.status !== undefined) addStatusMetrics(figures, asked.status)
  if (asked.events !== undefined) addEventMetrics(figures, asked.events)
  const tookOver = figures.durations(
    { name: 'oyez_speaker_update_seconds', help: 'From a new cluster state to the routes of every peer.' },
    UPDATE_BUCKETS,
  )
  return { figures, announced: (changes) => rows.update(changes), tookOver }
}

function addStatusMetrics(figures: Figures, status: () => StatusFigures): void {
  figures.counters(
    { name: 'oyez_status_writes_total', help: 'Writes of status objects to the API server.' },
    ['result'],
    () => [
      [{ result: 'written' }, status().written],
      [{ result: 'failed' }, status().failed],
    ],
  )
  figures.gauge(
    { name: 'oyez_status_queue_length', help: 'Services whose ServiceBGPStatus waits for a write.' },
    () => status().pending,
  )
  figures.counter(
    { name: 'oyez_events_withheld_total', help: 'Events not told since too much changed at once.' },
    () => status().eventsWithheld,
  )
}
