import type { RecorderCounts } from '../events/index.ts'
import type { Figures } from './registry.ts'

/** Kubernetes Events on their way to the API server. */
export function addEventMetrics(figures: Figures, counts: () => RecorderCounts): void {
  figures.counters(
    { name: 'oyez_events_total', help: 'Kubernetes Events written, and given up (dropped).' },
    ['result'],
    () => [
      [{ result: 'written' }, counts().written],
      [{ result: 'dropped' }, counts().dropped],
    ],
  )
  figures.gauge(
    { name: 'oyez_events_queue_length', help: 'Events that wait to be written.' },
    () => counts().waiting,
  )
}
