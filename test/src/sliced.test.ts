import { describe, expect, test } from 'vitest'
import { inSlices } from '../../src/sliced.ts'
import { ManualClock } from '../support/manual-clock.ts'

/** Each step takes a tenth of a millisecond. */
function* work(clock: ManualClock, steps: number, done: number[]): Generator<void> {
  for (let step = 0; step < steps; step++) {
    clock.stall(0.1)
    done.push(step)
    yield
  }
}

describe('work in slices', () => {
  test('that is short is done at once', () => {
    const clock = new ManualClock()
    const [done, ends]: [number[], unknown[]] = [[], []]
    inSlices(work(clock, 20, done), clock, (error) => ends.push(error))
    expect([done.length, ends, clock.size]).toEqual([20, [undefined], 0])
  })

  test('that is long holds nobody up for more than five milliseconds', () => {
    const clock = new ManualClock()
    const [done, ends]: [number[], unknown[]] = [[], []]
    const waited: number[] = []
    inSlices(work(clock, 1000, done), clock, (error) => ends.push(error))
    while (ends.length === 0) {
      const from = clock.now()
      expect(clock.size).toBe(1)
      clock.settle()
      waited.push(clock.now() - from)
    }
    expect(done).toHaveLength(1000)
    expect(Math.max(...waited)).toBeLessThan(6)
    expect(waited.length).toBeLessThan(30)
    expect(clock.size).toBe(0)
  })

  test('that fails is over, and says why', () => {
    const clock = new ManualClock()
    const ends: unknown[] = []
    const failure = new Error('no')
    inSlices(
      {
        next: () => {
          throw failure
        },
      },
      clock,
      (error) => ends.push(error),
    )
    expect([ends, clock.size]).toEqual([[failure], 0])
  })
})
