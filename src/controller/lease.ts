/**
 * Who leads: leader election on a coordination.k8s.io Lease, as (state, event, now) to (state, actions). The holder
 * renews; whoever sees a Lease that has not changed for its whole duration may take it. Clocks of different machines
 * are never compared: what counts is when this process saw the record change, on its own monotonic clock. A leader
 * counts from the moment it *sent* its last good renewal, and stops well before anybody else may think it gone; that
 * gap is what makes two leaders impossible as long as clocks run at about the same speed.
 */

/** A Lease as far as election reads it. */
export interface LeaseRecord {
  /** Empty: released. */
  readonly holder: string
  /** How long the holder wants to be believed. */
  readonly durationMs: number
  readonly transitions: number
  /** As the API server wrote it; passed on unchanged when the holder renews. */
  readonly acquireTime?: string
  readonly resourceVersion: string
}

/** Without a renewal for so long a leader is taken for dead. */
export const LEASE_MS = 15_000
/** Without a renewal for so long a leader stops. */
export const RENEW_DEADLINE_MS = 10_000
/** Between two renewals, and between two looks of one who waits for the API server. */
export const RETRY_MS = 2_000
/** Between two looks at somebody else's Lease: so long it takes to follow one who stepped down. */
export const LOOK_MS = 1_000
/** After a failure the leader asks again sooner: it has a deadline. */
export const AGAIN_MS = 500

export interface LeaseState {
  /** Unique to this process: a restarted one is somebody else. */
  readonly identity: string
  /** The last record seen, and when it was first seen so. */
  readonly seen?: { readonly record: LeaseRecord; readonly at: number }
  /** When the request under way was sent. */
  readonly sentAt?: number
  /** Leading, until when without another renewal. Stays while suspended: `until` is over then. */
  readonly lead?: { readonly until: number; readonly suspended: boolean }
  /** The Lease was there before us: somebody may have led. */
  readonly inherited?: true
  /** Counts how often this process came to lead anew, with others possibly leading in between. */
  readonly term: number
  readonly stopping: boolean
}

export type LeaseEvent =
  /** The timer, of `wait`. */
  | { readonly type: 'tick' }
  /** Answers to `read`. */
  | { readonly type: 'found'; readonly record: LeaseRecord }
  | { readonly type: 'missing' }
  /** The answer to `create` and `update`. */
  | { readonly type: 'written'; readonly record: LeaseRecord }
  /** Somebody else was quicker. */
  | { readonly type: 'conflict' }
  | { readonly type: 'failed' }
  /** Step down, and say so. */
  | { readonly type: 'stop' }

export type LeaseAction =
  | { readonly type: 'read' }
  | { readonly type: 'create' }
  /** Take over from `record`, or renew it. */
  | { readonly type: 'update'; readonly record: LeaseRecord; readonly renew: boolean }
  | { readonly type: 'release'; readonly record: LeaseRecord }
  /** Leading from now on; the same term as before: nobody else has led since. `inherited`: somebody may have before. */
  | { readonly type: 'lead'; readonly term: number; readonly inherited: boolean }
  /** Not leading, at least for now: write nothing. */
  | { readonly type: 'pause' }
  /** A tick, then; `jitter`: up to a fifth later. */
  | { readonly type: 'wait'; readonly ms: number; readonly jitter: boolean }
  | { readonly type: 'done' }

export interface LeaseStep {
  readonly state: LeaseState
  readonly actions: readonly LeaseAction[]
}

export const newLease = (identity: string): LeaseState => ({ identity, term: 0, stopping: false })

/** May write at this moment. */
export const leads = ({ lead, stopping }: LeaseState, now: number): boolean =>
  lead !== undefined && !stopping && now < lead.until

export function step(state: LeaseState, event: LeaseEvent, now: number): LeaseStep {
  if (event.type === 'stop') return stop(state)
  if (state.stopping) return stopped(state, event)
  switch (event.type) {
    case 'tick':
      return tick(state, now)
    case 'found':
      return found(saw(state, event.record, now), event.record, now)
    case 'missing':
      return send(deposed({ ...state, seen: undefined }), { type: 'create' }, now)
    case 'written':
      return written(state, event.record, now)
    case 'conflict':
      return conflict(state, now)
    case 'failed':
      return failed(state, now)
  }
}

function tick(state: LeaseState, now: number): LeaseStep {
  const expired = expire(state, now)
  // A request is under way; its answer goes on.
  if (state.sentAt !== undefined) return expired
  const { seen, lead } = expired.state
  if (lead !== undefined && !lead.suspended && seen !== undefined)
    return send(expired, { type: 'update', record: seen.record, renew: true }, now)
  return send(expired, { type: 'read' }, now)
}

/** The deadline has passed without a renewal. */
function expire(state: LeaseState, now: number): LeaseStep {
  const { lead } = state
  if (lead === undefined || lead.suspended || now < lead.until) return { state, actions: [] }
  return { state: { ...state, lead: { ...lead, suspended: true } }, actions: [{ type: 'pause' }] }
}

function saw(state: LeaseState, record: LeaseRecord, now: number): LeaseState {
  const { sentAt: _, ...rest } = state
  const same = state.seen?.record.resourceVersion === record.resourceVersion
  return same ? rest : { ...rest, seen: { record, at: now } }
}

function found(before: LeaseState, record: LeaseRecord, now: number): LeaseStep {
  const state: LeaseState = { ...before, inherited: true }
  if (record.holder === state.identity) return send({ state, actions: [] }, renewal(record), now)
  const step = deposed(state)
  const since = state.seen?.at ?? now
  const free = record.holder === '' || now >= since + record.durationMs
  if (free) return send(step, { type: 'update', record, renew: false }, now)
  return { ...step, actions: [...step.actions, { type: 'wait', ms: LOOK_MS, jitter: true }] }
}

const renewal = (record: LeaseRecord): LeaseAction => ({ type: 'update', record, renew: true })

/** Somebody else holds it, or it is gone: whatever was ours is over. */
function deposed(state: Optional<LeaseState>): LeaseStep {
  const { lead, seen, ...rest } = state
  const next = seen === undefined ? rest : { ...rest, seen }
  return { state: next, actions: lead === undefined || lead.suspended ? [] : [{ type: 'pause' }] }
}

/** A state whose record may be given as undefined, to be left out. */
type Optional<T extends LeaseState> = Omit<T, 'seen'> & { readonly seen?: T['seen'] | undefined }

function written(state: LeaseState, record: LeaseRecord, now: number): LeaseStep {
  const until = (state.sentAt ?? now) + RENEW_DEADLINE_MS
  const leading = state.lead !== undefined && !state.lead.suspended
  const term = state.lead === undefined ? state.term + 1 : state.term
  const next = { ...saw(state, record, now), term, lead: { until, suspended: false } }
  // So slow an answer that its time is over: not a moment may be lost, and nothing may be written.
  if (now >= until) return tick({ ...next, lead: { until, suspended: !leading } }, now)
  const wait = { type: 'wait', ms: RETRY_MS, jitter: false } as const
  return {
    state: next,
    actions: leading ? [wait] : [{ type: 'lead', term, inherited: state.inherited ?? false }, wait],
  }
}

/** A leader wants to know at once; others must not race each other. */
function conflict(before: LeaseState, now: number): LeaseStep {
  if (before.lead !== undefined) return send(expire(before, now), { type: 'read' }, now)
  const { sentAt: _, ...state } = before
  return { state, actions: [{ type: 'wait', ms: LOOK_MS, jitter: true }] }
}

function failed(before: LeaseState, now: number): LeaseStep {
  const { sentAt: _, ...state } = before
  const expired = expire(state, now)
  const ms = state.lead === undefined ? RETRY_MS : AGAIN_MS
  return { ...expired, actions: [...expired.actions, { type: 'wait', ms, jitter: true }] }
}

/** Appends a request, and the look at the deadline that must not wait for its answer. */
function send({ state, actions }: LeaseStep, action: LeaseAction, now: number): LeaseStep {
  const { lead } = state
  const alarm: readonly LeaseAction[] =
    lead === undefined || lead.suspended
      ? []
      : [{ type: 'wait', ms: Math.max(0, lead.until - now), jitter: false }]
  return { state: { ...state, sentAt: now }, actions: [...actions, ...alarm, action] }
}

function stop(state: LeaseState): LeaseStep {
  const { lead, seen } = state
  const next = { ...state, stopping: true }
  const ours = lead !== undefined && seen !== undefined
  if (!ours) return { state: next, actions: [{ type: 'done' }] }
  const pause: readonly LeaseAction[] = lead.suspended ? [] : [{ type: 'pause' }]
  // What is under way would change the record: it is released when the answer is here.
  const release: readonly LeaseAction[] =
    state.sentAt === undefined ? [{ type: 'release', record: seen.record }] : []
  return { state: next, actions: [...pause, ...release] }
}

function stopped(state: LeaseState, event: LeaseEvent): LeaseStep {
  const ours = event.type === 'written' && event.record.holder === state.identity
  if (ours) return { state, actions: [{ type: 'release', record: event.record }] }
  return { state, actions: event.type === 'tick' ? [] : [{ type: 'done' }] }
}
