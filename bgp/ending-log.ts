import type { Clock, Log } from './clock.ts'
import { describeEnding, type Ending, type EndingFacts, isWanted } from './endings.ts'
import type { Cause } from './fsm/index.ts'
import type { Tally } from './status.ts'

/**
 * Says how sessions and attempts ended. The loss of a session is always worth a warning; a peer that fails the same
 * way again and again must not fill the log.
 */
const REPEAT_MS = 60_000

export class EndingLog {
  readonly #clock: Clock
  readonly #log: Log
  readonly #tally: Tally
  #saidAt = Number.NEGATIVE_INFINITY
  /** What a NOTIFICATION said since the last session that was up: the reason, whatever fails after it. */
  #verdict: string | undefined

  constructor(clock: Clock, log: Log, tally: Tally) {
    this.#clock = clock
    this.#log = log
    this.#tally = tally
  }

  /** `wasUp`: it was an Established session. */
  note(cause: Cause, facts: EndingFacts, wasUp: boolean): void {
    // Stopping what was not up is no news, and nobody was told.
    if (cause.by === 'operator' && !wasUp) return
    const { direction, text } = this.#describe(cause, facts, wasUp)
    if (wasUp && !isWanted(cause)) this.#log('warn', `session ended: ${text}`, { direction })
    else this.#log(this.#isNews(text) ? 'info' : 'debug', text, { direction })
    if (cause.by === 'collision') return
    this.#tally.lastError = { at: this.#clock.now(), direction, text }
  }

  /** After a refusal a router often only hangs up for a while; the refusal must stay in sight. */
  #describe(cause: Cause, facts: EndingFacts, wasUp: boolean): Ending {
    const ending = describeEnding(cause, facts)
    if (wasUp) this.#verdict = undefined
    if (cause.by === 'peer' || cause.by === 'us') this.#verdict = ending.text
    if (cause.by !== 'transport' || this.#verdict === undefined) return ending
    return { ...ending, text: `${ending.text}; before that: ${this.#verdict}` }
  }

  #isNews(text: string): boolean {
    const now = this.#clock.now()
    const isNews = this.#tally.lastError?.text !== text || now - this.#saidAt >= REPEAT_MS
    if (isNews) this.#saidAt = now
    return isNews
  }
}
