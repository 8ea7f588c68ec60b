import { describe, expect, test } from 'vitest'
import { inSlices } from '../../src/sliced.ts'
import { BusyClock } from '../support/busy-clock.ts'

/** Each step takes a tenth of a millisecond. */
function* work(clock: BusyClock, steps: number, done: number[]): Generator<void> {
  for (let step = 0; step < steps; step++) {
    clock.work(0.1)
    done.push(step)
    yield
  }
}

describe('work in slices', () => {
  test('that is short is done at once', () => {
    const clock = new BusyClock()
    const [done, ends]: [number[], unknown[]] = [[], []]
    inSlices(work(clock, 20, done), clock, (error) => ends.push(error))
    expect([done.length, ends, clock.waiting]).toEqual([20, [undefined], 0])
  })

  test('that is long holds nobody up for more than five milliseconds', () => {
    const clock = new BusyClock()
    const [done, ends]: [number[], unknown[]] = [[], []]
    const waited: number[] = []
    inSlices(work(clock, 1000, done), clock, (error) => ends.push(error))
    while (clock.waiting > 0) waited.push(clock.turn())
    expect(ends).toEqual([undefined])
    expect(done).toHaveLength(1000)
    expect(Math.max(...waited)).toBeLessThan(6)
    expect(waited.length).toBeLessThan(30)
  })

  test('that fails is over, and says why', () => {
    const clock = new BusyClock()
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
    expect([ends, clock.waiting]).toEqual([[failure], 0])
  })
})
