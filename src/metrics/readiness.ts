/**
 * What ready means. Pure; docs/observability.md says the same to users.
 *
 * A speaker is ready when it does what it is for: it knows the cluster, and its routers have been told. Rolling
 * updates wait for that before they take the next node's speaker down. A router that does not answer must not stop an
 * update for ever, so a session only has to have had its chance. Once a speaker was ready, it stays so: what goes wrong
 * later is for alerts, and an API server that is away changes nothing about the routes.
 */
import type { SessionFigures } from './session-metrics.ts'

/** How long sessions are waited for. */
export const SESSION_CHANCE_MS = 10_000

export interface SpeakerFacts {
  readonly now: number
  /** A whole good state has been taken over. */
  readonly isSourceReady: boolean
  /** What the source is still missing, if it knows. */
  readonly awaited?: readonly string[] | undefined
  readonly sessions: readonly SessionFigures[]
}

export class SpeakerReadiness {
  #sourceReadyAt: number | undefined
  #wasReady = false

  /** What is missing, in words; empty: ready. */
  missing(facts: SpeakerFacts): readonly string[] {
    if (this.#wasReady) return []
    const missing = [...sourceMissing(facts), ...this.#sessionsMissing(facts)]
    this.#wasReady = missing.length === 0
    return missing
  }

  #sessionsMissing({ isSourceReady, now, sessions }: SpeakerFacts): readonly string[] {
    if (!isSourceReady) return []
    this.#sourceReadyAt ??= now
    if (now - this.#sourceReadyAt >= SESSION_CHANCE_MS) return []
    return sessions.flatMap(waitsFor)
  }
}

function sourceMissing({ isSourceReady, awaited = [] }: SpeakerFacts): readonly string[] {
  if (isSourceReady) return []
  const what = awaited.length === 0 ? '' : `: ${awaited.join(', ')}`
  return [`the state of the cluster has not been read yet${what}`]
}

/** A session has had its chance when it told everything, or failed once. */
function waitsFor({ name, address, session }: SessionFigures): readonly string[] {
  if (session === undefined || session.lastError !== undefined) return []
  if (session.state !== 'Established')
    return [`the session with ${name} (${address}) is not up yet: ${session.state}`]
  return session.pending === 0 ? [] : [`${name} (${address}) has not been told everything yet`]
}
