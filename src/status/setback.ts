/**
 * What a writer of status does after a refusal. Status is the least important thing a speaker has to do: whatever
 * stands in the way is said once, and tried again with growing pauses.
 */
import type { Log, Random } from '../../bgp/index.ts'
import type { KubeError } from '../sources/index.ts'

const FIRST_MS = 1_000
const LONGEST_MS = 60_000
/** A right that is missing, or a CRD that is not installed, needs a person. */
const PERSON_MS = 300_000

const NEEDS_A_PERSON: ReadonlySet<KubeError['kind']> = new Set(['not-found', 'forbidden', 'unauthorized'])

export class Setbacks {
  readonly #random: Random
  readonly #log: Log
  readonly #what: string
  #pauseMs = FIRST_MS
  #said: string | undefined

  /** `what`: the sentence's beginning, e.g. `no ServiceBGPStatus can be written`. */
  constructor(what: string, random: Random, log: Log) {
    this.#what = what
    this.#random = random
    this.#log = log
  }

  /** Milliseconds to rest. Says each new kind of trouble once. */
  met(error: KubeError): number {
    this.#say(error)
    const pause = NEEDS_A_PERSON.has(error.kind) ? PERSON_MS : this.#pauseMs
    this.#pauseMs = Math.min(LONGEST_MS, this.#pauseMs * 2)
    return Math.max(error.retryAfterMs ?? 0, pause * (0.75 + this.#random() / 4))
  }

  over(): void {
    this.#pauseMs = FIRST_MS
    if (this.#said === undefined) return
    this.#said = undefined
    this.#log('info', `${this.#what}: over, it works again`)
  }

  #say(error: KubeError): void {
    const { kind, message, hint } = error
    const level = kind === 'busy' || kind === 'conflict' ? 'debug' : 'warn'
    if (this.#said === kind) return
    if (level === 'warn') this.#said = kind
    this.#log(level, `${this.#what}: ${message}`, { ...(hint !== undefined && { hint }) })
  }
}
