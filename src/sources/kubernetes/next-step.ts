/**
 * What a reflector does next: list, or watch from where it was, and when. Pure: the state and what just happened in,
 * the new state and the next step out. What it is after:
 *
 * - A watch that ends is taken up where it ended. Only what the server has forgotten (410), or cannot continue, is
 *   listed again, and never twice within a short time: a relist of everything by everybody is what brings a server
 *   down that has just come back.
 * - Each kind of failure waits by its own measure, doubled each time, spread by chance, until a watch has held for a
 *   while. What a person has to mend (a missing right, a missing CRD) is looked at again slowly.
 * - Waiting for a server that does not answer ends early when somebody hears it again.
 */
import type { Random } from '../../../bgp/index.ts'
import type { KubeFailure } from './types.ts'

export interface ReflectorState {
  /** Watch from here; absent: list first. */
  readonly resourceVersion?: string
  /** In a row, since a watch last held or the server was last away. */
  readonly failures: number
  readonly lastFailure?: KubeFailure
  /** When the last list began that the server had work with. */
  readonly listedAt?: number
  /** Objects per page. */
  readonly limit: number
  /** Lists in a row that were refused in this way. */
  readonly refused?: { readonly kind: KubeFailure; readonly times: number }
}

export interface Step {
  readonly do: 'list' | 'watch'
  readonly afterMs: number
  /** The server does not answer: go on early when it does. */
  readonly untilHeard: boolean
}

export type Outcome =
  | { readonly type: 'listed'; readonly resourceVersion: string; readonly beganAt: number }
  /** The server ended the watch in good order. */
  | { readonly type: 'ended'; readonly resourceVersion: string; readonly heldMs: number }
  | {
      readonly type: 'failed'
      readonly during: 'list' | 'watch'
      readonly kind: KubeFailure
      readonly retryAfterMs?: number
      /** As far as a watch came. */
      readonly resourceVersion?: string
      /** How long a watch held. */
      readonly heldMs: number
      /** When a list began of which a part came. */
      readonly beganAt?: number
    }

/** Of ordinary objects that is half a megabyte, which is parsed in a few milliseconds. */
export const LARGEST_PAGE = 250
export const START: ReflectorState = { failures: 0, limit: LARGEST_PAGE }
export const FIRST_STEP: Step = { do: 'list', afterMs: 0, untilHeard: false }

/** A watch that held so long works. */
const STABLE_MS = 10_000
/** Between the beginnings of two lists of the same kind. */
const RELIST_SPACING_MS = 5000
/** Answered, but without success, so often in a row: where we were may be what is wrong. */
const FRUITLESS = 5

/** First and longest wait by what went wrong, in ms. */
const WAITS: Readonly<Record<KubeFailure, readonly [first: number, longest: number]>> = {
  unreachable: [200, 30_000],
  unauthorized: [500, 30_000],
  forbidden: [400, 60_000],
  'not-found': [500, 30_000],
  gone: [300, 30_000],
  busy: [1000, 30_000],
  conflict: [1000, 30_000],
  invalid: [1000, 30_000],
  failed: [500, 30_000],
}

export interface Chance {
  readonly now: number
  readonly random: Random
}

export function nextStep(
  state: ReflectorState,
  outcome: Outcome,
  chance: Chance,
): { readonly state: ReflectorState; readonly step: Step } {
  switch (outcome.type) {
    case 'listed':
      return { state: afterList(state, outcome), step: { do: 'watch', afterMs: 0, untilHeard: false } }
    case 'ended':
      return afterEnd(state, outcome, chance)
    case 'failed':
      return afterFailure(state, outcome, chance)
  }
}

/** What did for one page may do for a larger one, next time. */
function afterList(state: ReflectorState, outcome: Outcome & { type: 'listed' }): ReflectorState {
  const { resourceVersion, beganAt } = outcome
  const { refused: _, ...rest } = state
  return { ...rest, resourceVersion, listedAt: beganAt, limit: Math.min(LARGEST_PAGE, state.limit * 4) }
}

function afterEnd(state: ReflectorState, outcome: Outcome & { type: 'ended' }, { random }: Chance) {
  const failures = outcome.heldMs >= STABLE_MS ? 0 : state.failures + 1
  // A server that ends each watch at once is a failure too, only a polite one.
  const afterMs = failures <= 1 ? 0 : backOff('failed', failures - 1, random)
  return {
    state: { ...state, resourceVersion: outcome.resourceVersion, failures },
    step: { do: 'watch', afterMs, untilHeard: false },
  } as const
}

function afterFailure(state: ReflectorState, outcome: Outcome & { type: 'failed' }, chance: Chance) {
  const { during, kind, heldMs } = outcome
  // A server that is back is another server: what it says is met without the impatience of the wait.
  const isBack = state.lastFailure === 'unreachable' && kind !== 'unreachable'
  const failures = (heldMs >= STABLE_MS || isBack ? 0 : state.failures) + 1
  const resourceVersion = outcome.resourceVersion ?? state.resourceVersion
  const again = during === 'list' || resourceVersion === undefined || mustList(kind, failures)
  const listedAt = outcome.beganAt ?? state.listedAt
  const after: ReflectorState = {
    failures,
    lastFailure: kind,
    limit: during === 'list' && isTooMuch(kind) ? Math.ceil(state.limit / 4) : state.limit,
    ...(listedAt !== undefined && { listedAt }),
    ...(!again && { resourceVersion }),
    ...(during === 'list' && { refused: refusedAgain(state, kind) }),
  }
  return {
    state: after,
    step: { do: again ? 'list' : 'watch', ...waitFor(after, outcome, again, chance) },
  } as const
}

function waitFor(
  { failures, listedAt }: ReflectorState,
  { kind, retryAfterMs = 0 }: Outcome & { type: 'failed' },
  listing: boolean,
  { now, random }: Chance,
) {
  const spacing = listing && listedAt !== undefined ? listedAt + RELIST_SPACING_MS - now : 0
  const afterMs = Math.max(backOff(kind, failures, random), spread(retryAfterMs, random), spacing)
  return { afterMs, untilHeard: kind === 'unreachable' && spacing <= 0 }
}

/** Our place in the history is gone, refused, or leads nowhere (a store restored from a backup). */
const mustList = (kind: KubeFailure, failures: number): boolean =>
  kind === 'gone' ||
  kind === 'invalid' ||
  kind === 'not-found' ||
  (kind !== 'unreachable' && failures >= FRUITLESS)

/** Perhaps for one answer, or for the server in its time: less at once may do. */
const isTooMuch = (kind: KubeFailure): boolean => kind === 'failed' || kind === 'busy'

const refusedAgain = ({ refused }: ReflectorState, kind: KubeFailure) => ({
  kind,
  times: refused?.kind === kind ? refused.times + 1 : 1,
})

/** Right after its start a server knows neither CRDs nor roles: a few refusals prove nothing. */
const PROVES_AT_FIRST = 3
/** Objects that were there are given up only when this has gone on for the better part of a minute. */
const PROVES_ABSENCE = 8

/**
 * Whether what cannot be listed is as good as an empty list: a kind that the server does not know, or, where decisions
 * can do without, one that we may not read.
 */
export function isAsGoodAsEmpty({ refused }: ReflectorState, known: boolean, essential: boolean): boolean {
  if (refused === undefined) return false
  const { kind, times } = refused
  if (kind === 'not-found') return times >= (known ? PROVES_ABSENCE : PROVES_AT_FIRST)
  // A right that is taken away changes nothing of what was read with it.
  return kind === 'forbidden' && !essential && !known && times >= PROVES_AT_FIRST
}

function backOff(kind: KubeFailure, failures: number, random: Random): number {
  const [first, longest] = WAITS[kind]
  return jitter(Math.min(longest, first * 2 ** Math.min(failures - 1, 16)), random)
}

/** Half of it for sure. */
const jitter = (ms: number, random: Random): number => ms * (0.5 + random() / 2)

/** Never earlier than told, and not all at the same moment. */
const spread = (ms: number, random: Random): number => ms * (1 + random() / 4)
