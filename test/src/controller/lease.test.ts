import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  LEASE_MS,
  type LeaseAction,
  type LeaseEvent,
  type LeaseRecord,
  type LeaseState,
  leads,
  newLease,
  RENEW_DEADLINE_MS,
  step,
} from '../../../src/controller/lease.ts'

const record = (holder: string, version: number, transitions = 0): LeaseRecord => ({
  holder,
  durationMs: LEASE_MS,
  transitions,
  resourceVersion: String(version),
})

/** Feeds events at their moments; returns the last state and the types of all actions. */
function play(events: readonly (readonly [LeaseEvent, number])[], from = newLease('me')) {
  let state: LeaseState = from
  const actions: LeaseAction[] = []
  for (const [event, now] of events) {
    const next = step(state, event, now)
    state = next.state
    actions.push(...next.actions)
  }
  return { state, actions, types: actions.map(({ type }) => type) }
}

const tick: LeaseEvent = { type: 'tick' }
const found = (holder: string, version: number): LeaseEvent => ({
  type: 'found',
  record: record(holder, version),
})
const written = (version: number, transitions = 0): LeaseEvent => ({
  type: 'written',
  record: record('me', version, transitions),
})

const leading = (): LeaseState =>
  play([
    [tick, 0],
    [{ type: 'missing' }, 10],
    [written(1), 20],
  ]).state

describe('leader election', () => {
  it('creates a Lease that is missing, and leads', () => {
    const { types, actions, state } = play([
      [tick, 0],
      [{ type: 'missing' }, 10],
      [written(1), 20],
    ])
    expect(types).toEqual(['read', 'create', 'lead', 'wait'])
    expect(actions).toContainEqual({ type: 'lead', term: 1, inherited: false })
    expect(leads(state, 20)).toBe(true)
  })

  it('waits until a Lease has not changed for its whole duration on our own clock', () => {
    const early = play([
      [tick, 0],
      [found('other', 1), 5],
      [tick, 5_000],
      [found('other', 1), LEASE_MS],
    ])
    expect(early.types).toEqual(['read', 'wait', 'read', 'wait'])
    const late = play(
      [
        [tick, 20_000],
        [found('other', 1), LEASE_MS + 5],
      ],
      early.state,
    )
    expect(late.types).toEqual(['read', 'update'])
    const renewed = play(
      [
        [tick, 20_000],
        [found('other', 2), LEASE_MS + 5],
      ],
      early.state,
    )
    expect(renewed.types).toEqual(['read', 'wait'])
  })

  it('takes a released Lease at once, as one that somebody has led by', () => {
    const { actions, types } = play([
      [tick, 0],
      [found('', 1), 5],
      [written(2, 1), 10],
    ])
    expect(types).toEqual(['read', 'update', 'lead', 'wait'])
    expect(actions[1]).toMatchObject({ renew: false })
    expect(actions[2]).toEqual({ type: 'lead', term: 1, inherited: true })
  })

  it('leads until its deadline, counted from the moment the renewal was sent', () => {
    const { state } = play(
      [
        [tick, 2_000],
        [written(2), 6_000],
      ],
      leading(),
    )
    expect(leads(state, 2_000 + RENEW_DEADLINE_MS - 1)).toBe(true)
    expect(leads(state, 2_000 + RENEW_DEADLINE_MS)).toBe(false)
  })

  it('pauses at the deadline although a request hangs, and goes on in the same term', () => {
    const { types, state, actions } = play(
      [
        [tick, 2_000],
        [tick, RENEW_DEADLINE_MS + 20],
        [{ type: 'failed' }, RENEW_DEADLINE_MS + 100],
        [tick, RENEW_DEADLINE_MS + 700],
        [found('me', 1), RENEW_DEADLINE_MS + 710],
        [written(2), RENEW_DEADLINE_MS + 720],
      ],
      leading(),
    )
    expect(types).toEqual(['wait', 'update', 'pause', 'wait', 'read', 'update', 'lead', 'wait'])
    expect(actions).toContainEqual({ type: 'lead', term: 1, inherited: true })
    expect(leads(state, RENEW_DEADLINE_MS + 720)).toBe(true)
  })

  it('stops at once when somebody else holds it, and leads in a new term later', () => {
    const { types, state, actions } = play(
      [
        [tick, 2_000],
        [{ type: 'conflict' }, 2_010],
        [found('other', 5), 2_020],
      ],
      leading(),
    )
    expect(types).toEqual(['wait', 'update', 'wait', 'read', 'pause', 'wait'])
    expect(leads(state, 2_020)).toBe(false)
    const again = play(
      [
        [tick, 4_000],
        [found('', 6), 4_010],
        [written(7), 4_020],
      ],
      state,
    )
    expect(again.actions).toContainEqual({ type: 'lead', term: 2, inherited: true })
    expect(actions).not.toContainEqual(expect.objectContaining({ type: 'lead' }))
  })

  it('writes nothing on the strength of an answer that came too late', () => {
    const { types, state } = play(
      [
        [tick, 2_000],
        [written(2), 2_000 + RENEW_DEADLINE_MS + 1],
      ],
      leading(),
    )
    expect(types).toEqual(['wait', 'update', 'pause', 'read'])
    expect(leads(state, 2_000 + RENEW_DEADLINE_MS + 1)).toBe(false)
  })

  it('gives the Lease back when it stops, also when a renewal is under way', () => {
    const released: LeaseEvent = { type: 'written', record: record('', 2) }
    const given = play(
      [
        [{ type: 'stop' }, 100],
        [released, 110],
      ],
      leading(),
    )
    expect(given.types).toEqual(['pause', 'release', 'done'])
    const busy = play(
      [
        [tick, 2_000],
        [{ type: 'stop' }, 2_005],
        [written(2), 2_010],
      ],
      leading(),
    )
    expect(busy.types).toEqual(['wait', 'update', 'pause', 'release'])
    expect(
      play([
        [tick, 0],
        [{ type: 'stop' }, 1],
        [found('other', 1), 2],
      ]).types,
    ).toEqual(['read', 'done', 'done'])
  })
})

/** One Lease, some processes, clocks that run alike and show different times, requests that get lost or take long. */
describe('several processes', () => {
  it('never lead at the same moment', () => {
    const chance = fc.array(fc.integer({ min: 0, max: 99 }), { minLength: 200, maxLength: 600 })
    fc.assert(
      fc.property(chance, (luck) => {
        const world = new LeaseWorld(3, luck)
        for (let at = 0; at < 600; at++) {
          world.pass(250)
          expect(world.leaders().length).toBeLessThanOrEqual(1)
        }
      }),
      { numRuns: 40 },
    )
  })

  it('have a leader soon, as long as they reach the API server', () => {
    const world = new LeaseWorld(3, [7])
    world.pass(5_000)
    expect(world.leaders()).toHaveLength(1)
    const [first = 0] = world.leaders()
    world.cut.add(first)
    world.pass(20_000)
    expect(world.leaders()).toHaveLength(1)
    expect(world.leaders()).not.toContain(first)
  })
})

interface Actor {
  state: LeaseState
  readonly skew: number
  wakes: number
  answers: { readonly event: LeaseEvent; readonly at: number }[]
}

class LeaseWorld {
  readonly cut = new Set<number>()
  readonly #actors: Actor[]
  readonly #luck: readonly number[]
  #lease: LeaseRecord | undefined
  #now = 0
  #drawn = 0
  #version = 0

  constructor(count: number, luck: readonly number[]) {
    this.#luck = luck
    this.#actors = Array.from({ length: count }, (_, at) => ({
      state: newLease(`process-${at}`),
      skew: at * 1_000_000,
      wakes: at * 10,
      answers: [],
    }))
  }

  leaders(): readonly number[] {
    return this.#actors.flatMap(({ state, skew }, at) => (leads(state, this.#now + skew) ? [at] : []))
  }

  pass(ms: number): void {
    for (const end = this.#now + ms; this.#now < end; this.#now += 50)
      for (const [at, actor] of this.#actors.entries()) this.#run(actor, at)
  }

  #run(actor: Actor, at: number): void {
    const due = actor.answers.filter((one) => one.at <= this.#now)
    actor.answers = actor.answers.filter((one) => one.at > this.#now)
    for (const { event } of due) this.#handle(actor, event, at)
    if (actor.wakes > this.#now) return
    actor.wakes = Number.POSITIVE_INFINITY
    this.#handle(actor, { type: 'tick' }, at)
  }

  #handle(actor: Actor, event: LeaseEvent, at: number): void {
    const { state, actions } = step(actor.state, event, this.#now + actor.skew)
    actor.state = state
    for (const action of actions) {
      if (action.type === 'wait') actor.wakes = this.#now + action.ms
      else if (action.type !== 'lead' && action.type !== 'pause' && action.type !== 'done')
        this.#ask(actor, action, at)
    }
  }

  /** Lost on the way there, lost on the way back, or slow. */
  #ask(actor: Actor, action: LeaseAction, at: number): void {
    const luck = this.#draw()
    const slow = luck % 10 === 0 ? 9_000 : luck * 5
    const lost: LeaseEvent = { type: 'failed' }
    if (this.cut.has(at) || luck > 90) actor.answers.push({ event: lost, at: this.#now + 4_000 })
    else {
      const answer = this.#answer(actor.state.identity, action)
      actor.answers.push({ event: luck > 80 ? lost : answer, at: this.#now + slow })
    }
  }

  #answer(identity: string, action: LeaseAction): LeaseEvent {
    if (action.type === 'read')
      return this.#lease === undefined ? { type: 'missing' } : { type: 'found', record: this.#lease }
    const base = action.type === 'update' || action.type === 'release' ? action.record : undefined
    if (base?.resourceVersion !== this.#lease?.resourceVersion) return { type: 'conflict' }
    const holder = action.type === 'release' ? '' : identity
    this.#lease = record(holder, ++this.#version, base?.transitions ?? 0)
    return { type: 'written', record: this.#lease }
  }

  #draw(): number {
    return this.#luck[this.#drawn++ % this.#luck.length] ?? 0
  }
}
