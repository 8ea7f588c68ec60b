import { expect, it } from 'vitest'
import { Turnaround } from '../../../src/metrics/index.ts'
import { ManualClock } from '../../support/manual-clock.ts'

it('measures from the first of the states that are taken over together', () => {
  const clock = new ManualClock()
  const turnaround = new Turnaround(clock)
  turnaround.came()
  clock.advance(100)
  turnaround.came()
  clock.advance(100)
  turnaround.came()
  clock.advance(100)
  expect(turnaround.done()).toBe(0.3)
  clock.advance(300)
  expect(turnaround.done()).toBe(0.5)
  clock.advance(1000)
  turnaround.came()
  expect(turnaround.done()).toBe(0)
})
