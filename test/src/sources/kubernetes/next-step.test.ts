import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  isAsGoodAsEmpty,
  LARGEST_PAGE,
  nextStep,
  type Outcome,
  type ReflectorState,
  START,
} from '../../../../src/sources/kubernetes/next-step.ts'
import type { KubeFailure } from '../../../../src/sources/kubernetes/types.ts'

const KINDS = [
  'unreachable',
  'unauthorized',
  'forbidden',
  'not-found',
  'conflict',
  'gone',
  'invalid',
  'busy',
  'failed',
] as const satisfies readonly KubeFailure[]

const chance = (now = 1_000_000, random = 0.5) => ({ now, random: () => random })
const WATCHING: ReflectorState = { ...START, resourceVersion: '7', listedAt: 0 }
const failed = (kind: KubeFailure, more: Partial<Outcome & { type: 'failed' }> = {}): Outcome => ({
  type: 'failed',
  during: 'watch',
  kind,
  heldMs: 0,
  ...more,
})

/** The steps after one failure after another. */
function succession(state: ReflectorState, outcomes: readonly Outcome[], now?: number) {
  let last = {
    state,
    step: { do: 'list', afterMs: 0, untilHeard: false } as ReturnType<typeof nextStep>['step'],
  }
  for (const outcome of outcomes) last = nextStep(last.state, outcome, chance(now))
  return last
}

describe('what comes next', () => {
  it('a list is followed by a watch from where it ended, at once', () => {
    const { state, step } = nextStep(START, { type: 'listed', resourceVersion: '12', beganAt: 5 }, chance())
    expect(step).toEqual({ do: 'watch', afterMs: 0, untilHeard: false })
    expect(state.resourceVersion).toBe('12')
  })

  it('a watch that held goes on at once, and all failures are forgotten', () => {
    const state = { ...WATCHING, failures: 9 }
    const next = nextStep(state, { type: 'ended', resourceVersion: '9', heldMs: 300_000 }, chance())
    expect(next.step).toEqual({ do: 'watch', afterMs: 0, untilHeard: false })
    expect(next.state).toMatchObject({ resourceVersion: '9', failures: 0 })
  })

  it.each(['unreachable', 'unauthorized', 'forbidden', 'busy', 'failed'] as const)(
    'a watch that broke (%s) is taken up where it was',
    (kind) => {
      const { state, step } = nextStep(WATCHING, failed(kind, { resourceVersion: '8' }), chance())
      expect(step.do).toBe('watch')
      expect(step.afterMs).toBeGreaterThan(0)
      expect(state.resourceVersion).toBe('8')
    },
  )

  it.each(['gone', 'invalid', 'not-found'] as const)('%s means: list again', (kind) => {
    const { state, step } = nextStep(WATCHING, failed(kind), chance())
    expect(step.do).toBe('list')
    expect(state.resourceVersion).toBeUndefined()
  })

  it('answers without success, again and again, mean: list again; no answer never does', () => {
    expect(succession(WATCHING, Array(5).fill(failed('busy'))).step.do).toBe('list')
    expect(succession(WATCHING, Array(50).fill(failed('unreachable'))).step.do).toBe('watch')
  })

  it('only a server that does not answer is listened for', () => {
    const heard = KINDS.filter((kind) => nextStep(WATCHING, failed(kind), chance()).step.untilHeard)
    expect(heard).toEqual(['unreachable'])
  })

  it('what a server says once it is back is met without the impatience of the wait', () => {
    const { step } = succession(WATCHING, [...Array(30).fill(failed('unreachable')), failed('gone')])
    expect(step).toMatchObject({ do: 'list' })
    expect(step.afterMs).toBeLessThan(500)
  })

  it('a list that was answered too long, or not in time, is tried in smaller pages, and larger ones later', () => {
    const list = failed('failed', { during: 'list' })
    const small = succession(START, [list, list]).state
    expect(small.limit).toBeLessThan(LARGEST_PAGE / 8)
    expect(succession(START, Array(20).fill(list)).state.limit).toBe(1)
    const grown = nextStep(small, { type: 'listed', resourceVersion: '1', beganAt: 0 }, chance())
    expect(grown.state.limit).toBeGreaterThan(small.limit)
  })

  it('a Retry-After is kept to, and not by all at the same moment', () => {
    const busy = failed('busy', { retryAfterMs: 60_000 })
    const waits = [0, 0.5, 0.99].map((random) => nextStep(WATCHING, busy, chance(0, random)).step.afterMs)
    expect(Math.min(...waits)).toBeGreaterThanOrEqual(60_000)
    expect(new Set(waits).size).toBe(3)
  })
})

describe('whatever happens', () => {
  const outcome: fc.Arbitrary<Outcome> = fc.oneof(
    fc.record({
      type: fc.constant('listed' as const),
      resourceVersion: fc.constant('5'),
      beganAt: fc.integer({ min: 0, max: 1000 }),
    }),
    fc.record({
      type: fc.constant('ended' as const),
      resourceVersion: fc.constant('6'),
      heldMs: fc.integer({ min: 0, max: 20_000 }),
    }),
    fc.record({
      type: fc.constant('failed' as const),
      during: fc.constantFrom('list' as const, 'watch' as const),
      kind: fc.constantFrom(...KINDS),
      heldMs: fc.constant(0),
    }),
  )

  it('no wait is endless, a watch has a place to start, and a page at least one object', () => {
    fc.assert(
      fc.property(
        fc.array(outcome, { maxLength: 60 }),
        fc.double({ min: 0, max: 0.999, noNaN: true }),
        (all, random) => {
          let state = START
          for (const one of all) {
            const next = nextStep(state, one, { now: 2000, random: () => random })
            state = next.state
            expect(next.step.afterMs).toBeGreaterThanOrEqual(0)
            expect(next.step.afterMs).toBeLessThanOrEqual(60_000)
            if (next.step.do === 'watch') expect(state.resourceVersion).toBeDefined()
            expect(state.limit).toBeGreaterThanOrEqual(1)
          }
        },
      ),
    )
  })

  it('each kind of failure, repeated, leads to ever longer waits up to its longest', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...KINDS),
        fc.constantFrom('list' as const, 'watch' as const),
        (kind, during) => {
          const waits: number[] = []
          let state = WATCHING
          for (let times = 0; times < 20; times++) {
            const next = nextStep(state, failed(kind, { during }), chance())
            state = next.state
            waits.push(next.step.afterMs)
          }
          expect(waits).toEqual(waits.toSorted((a, b) => a - b))
          expect(waits.at(-1)).toBeGreaterThanOrEqual(15_000)
        },
      ),
    )
  })

  it('two lists that the server worked on never begin within five seconds', () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom(...KINDS), { minLength: 1, maxLength: 30 }), (kinds) => {
        let now = 0
        let state = START
        let began: number | undefined
        for (const kind of kinds) {
          const listed = nextStep(state, { type: 'listed', resourceVersion: '1', beganAt: now }, chance(now))
          if (began !== undefined) expect(now - began).toBeGreaterThanOrEqual(5000)
          began = now
          let next = nextStep(listed.state, failed(kind), chance(now))
          while (next.step.do === 'watch') {
            now += next.step.afterMs
            next = nextStep(next.state, failed('gone'), chance(now))
          }
          now += next.step.afterMs
          state = next.state
        }
      }),
    )
  })
})

describe('what cannot be listed', () => {
  const refused = (kind: KubeFailure, times: number) =>
    succession(START, Array(times).fill(failed(kind, { during: 'list' }))).state

  it('is as good as empty once an unknown kind was refused three times, a known one eight times', () => {
    expect(isAsGoodAsEmpty(refused('not-found', 2), false, true)).toBe(false)
    expect(isAsGoodAsEmpty(refused('not-found', 3), false, true)).toBe(true)
    expect(isAsGoodAsEmpty(refused('not-found', 7), true, true)).toBe(false)
    expect(isAsGoodAsEmpty(refused('not-found', 8), true, true)).toBe(true)
  })

  it('for want of a right is as good as empty only where decisions can do without, and nothing is known', () => {
    expect(isAsGoodAsEmpty(refused('forbidden', 3), false, false)).toBe(true)
    expect(isAsGoodAsEmpty(refused('forbidden', 30), false, true)).toBe(false)
    expect(isAsGoodAsEmpty(refused('forbidden', 30), true, false)).toBe(false)
  })

  it('for another reason never is', () => {
    for (const kind of KINDS)
      if (kind !== 'not-found' && kind !== 'forbidden')
        expect(isAsGoodAsEmpty(refused(kind, 50), false, false)).toBe(false)
  })

  it('is forgotten with the next list that comes', () => {
    const { state } = nextStep(
      refused('not-found', 20),
      { type: 'listed', resourceVersion: '1', beganAt: 0 },
      chance(),
    )
    expect(isAsGoodAsEmpty(state, true, true)).toBe(false)
  })
})
