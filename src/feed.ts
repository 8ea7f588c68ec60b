/** What brings the cluster state, as the daemons see it, whatever it comes from. */
import type { SourceView } from './api/index.ts'
import type { SourceFigures } from './metrics/index.ts'

export interface Feed {
  /** A whole state has been taken over. */
  readonly isReady: boolean
  /** What is still missing for that, if it can be told. */
  readonly awaited?: readonly string[]
  /** From now on states are handed over. */
  start(): void
  /** Looks again, now (SIGHUP). */
  reload(): void
  /** Nothing is handed over any more. */
  close(): void
  view(): SourceView
  figures(): SourceFigures
}
