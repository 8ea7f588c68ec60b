/**
 * Judges changes by the cluster as the watch shows it, and by what was let in a moment ago and is not shown yet.
 *
 * A refusal rests on what the API server has, though: anybody who reaches the port can tell of changes that never
 * were. When only something untold speaks against a change, the watch is given a moment to show it.
 */
import type { Clock } from '../../bgp/index.ts'
import type { Question } from './admission-review.ts'
import { RecentChanges } from './recent-changes.ts'
import type { CurrentCluster } from './types.ts'
import { type Change, judge, type Verdict } from './verdict.ts'

export interface ReviewerOptions {
  /** Whose metallb.io objects are read. */
  readonly namespace: string
  /** Undefined before it is known: objects are then judged alone. */
  readonly cluster: () => CurrentCluster | undefined
  readonly clock: Clock
}

/** A watch is rarely late by more than some 10 ms; API servers wait 5 s for an answer. */
const LATEST_MS = 1_000
/** The first look; each later one waits twice as long, since each judges the whole configuration. */
const FIRST_MS = 20

export class Reviewer {
  readonly #options: ReviewerOptions
  readonly #recent: RecentChanges

  constructor(options: ReviewerOptions) {
    this.#options = options
    this.#recent = new RecentChanges(options.clock)
  }

  async review({ change, dryRun }: Pick<Question, 'change' | 'dryRun'>): Promise<Verdict> {
    const { namespace } = this.#options
    const verdict = await this.#verdict(change)
    const takesPlace = verdict.refusal === undefined && !dryRun && change.namespace === namespace
    const shown = this.#options.cluster()
    if (takesPlace && shown !== undefined) this.#recent.remember(change, shown.objects)
    return verdict
  }

  async #verdict(change: Change): Promise<Verdict> {
    const verdict = this.#judge(change)
    if (verdict.refusal === undefined || this.#byWhatIsShown(change).refusal !== undefined) return verdict
    let shown = verdict
    let ms = FIRST_MS
    for (let left = LATEST_MS; left > 0; left -= ms, ms *= 2) {
      await this.#pause(Math.min(ms, left))
      shown = this.#byWhatIsShown(change)
      if (shown.refusal !== undefined) return this.#judge(change)
    }
    return shown
  }

  #judge(change: Change): Verdict {
    const { cluster, namespace } = this.#options
    const shown = cluster()
    const objects = shown && this.#recent.over(shown.objects)
    return judge(change, shown && objects && { ...shown, objects }, namespace)
  }

  #byWhatIsShown(change: Change): Verdict {
    const { cluster, namespace } = this.#options
    return judge(change, cluster(), namespace)
  }

  #pause(ms: number): Promise<void> {
    return new Promise((resolve) => {
      this.#options.clock.after(ms, resolve)
    })
  }
}
