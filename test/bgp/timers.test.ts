import { expect, test } from 'vitest'
import { Timers } from '../../bgp/timers.ts'
import { ManualClock } from '../support/manual-clock.ts'

function timers(random = () => 0.5) {
  const clock = new ManualClock()
  const fired: [string, number][] = []
  const running = new Timers<'a' | 'b'>(clock, random, (name) => fired.push([name, clock.now()]))
  return { clock, fired, running }
}

test('fire once, at their time', () => {
  const { clock, fired, running } = timers()
  running.start('a', 100)
  running.start('b', 50)
  clock.advance(1_000)
  expect(fired).toEqual([
    ['b', 50],
    ['a', 100],
  ])
})

test('restarting moves the deadline, to later and to sooner', () => {
  const { clock, fired, running } = timers()
  running.start('a', 100)
  clock.advance(90)
  running.start('a', 100)
  expect(running.remaining('a')).toBe(100)
  clock.advance(60)
  expect(fired).toEqual([])
  running.start('a', 10)
  clock.advance(1_000)
  expect(fired).toEqual([['a', 160]])
  expect(running.remaining('a')).toBeUndefined()
})

test('restarting a thousand times costs one timer of the clock', () => {
  const { clock, running } = timers()
  for (let i = 0; i < 1_000; i += 1) running.start('a', 100 + i)
  expect(clock.size).toBe(1)
})

test('jitter shortens to 75..100 %', () => {
  for (const [random, at] of [
    [0, 75],
    [0.5, 87.5],
    [0.999999, 100],
  ] as const) {
    const { clock, fired, running } = timers(() => random)
    running.start('a', 100, true)
    clock.advance(1_000)
    expect(fired[0]?.[1]).toBeCloseTo(at, 3)
  }
})

test('stopped ones never fire, and leave nothing behind', () => {
  const { clock, fired, running } = timers()
  running.start('a', 100)
  running.start('b', 100)
  running.stop('a')
  running.stopAll()
  clock.advance(1_000)
  expect(fired).toEqual([])
  expect(clock.size).toBe(0)
})
