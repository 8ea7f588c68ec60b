import { describe, expect, it } from 'vitest'
import { type WriteOutcome, WriteQueue } from '../../../src/controller/write-queue.ts'
import { ManualClock } from '../../support/manual-clock.ts'

/** A queue whose writes end when the test says so. */
function setUp(parallel = 3) {
  const clock = new ManualClock()
  const under = new Map<string, (outcome: WriteOutcome) => void>()
  const began: string[] = []
  let may = true
  const queue = new WriteQueue({
    write(key) {
      began.push(key)
      return new Promise((resolve) => under.set(key, resolve))
    },
    mayWrite: () => may,
    clock,
    random: () => 1,
    parallel,
  })
  const end = async (key: string, outcome: WriteOutcome = { go: 'on' }) => {
    under.get(key)?.(outcome)
    await Promise.resolve()
    await Promise.resolve()
  }
  return { clock, queue, began, end, allow: (yes: boolean) => (may = yes) }
}

describe('a queue of writes', () => {
  it('writes so many at once, each key alone, first come first served', async () => {
    const { queue, began, end, clock } = setUp()
    for (const key of ['a', 'b', 'c', 'd', 'e']) queue.push(key)
    expect(began).toEqual(['a', 'b', 'c'])
    queue.push('a')
    queue.push('a')
    expect(queue.counts).toMatchObject({ waiting: 2, inFlight: 3 })
    await end('b')
    expect(began).toEqual(['a', 'b', 'c', 'd'])
    await end('a')
    expect(began).toEqual(['a', 'b', 'c', 'd', 'e'])
    for (const key of ['c', 'd', 'e']) await end(key)
    clock.advance(100)
    expect(began.slice(5)).toEqual(['a'])
  })

  it('keeps a key that is pushed all the time to ten writes a second', async () => {
    const { queue, began, end, clock } = setUp()
    for (let at = 0; at < 100; at++) {
      queue.push('flapping')
      clock.advance(10)
      await end('flapping')
    }
    expect(began.length).toBeLessThanOrEqual(11)
    expect(began.length).toBeGreaterThan(5)
  })

  it('takes the urgent ones first', async () => {
    const { queue, began, end } = setUp(1)
    queue.push('first')
    queue.pushUnhurried('slow')
    queue.pushUnhurried('became urgent')
    queue.push('second')
    queue.push('became urgent')
    for (const key of ['first', 'second', 'became urgent', 'slow']) await end(key)
    expect(began).toEqual(['first', 'second', 'became urgent', 'slow'])
  })

  it('tries one key again ever more slowly, and the others at once', async () => {
    const { queue, began, end, clock } = setUp()
    queue.push('sick')
    await end('sick', { go: 'again', slowly: false })
    queue.push('well')
    await end('well')
    expect(began).toEqual(['sick', 'well'])
    clock.advance(49)
    expect(began).toHaveLength(2)
    clock.advance(1)
    expect(began).toHaveLength(3)
    await end('sick', { go: 'again', slowly: false })
    clock.advance(99)
    expect(began).toHaveLength(3)
    clock.advance(1)
    expect(began).toHaveLength(4)
    await end('sick', { go: 'again', slowly: true })
    clock.advance(29_000)
    expect(began).toHaveLength(4)
  })

  it('rests when the server is in trouble, then probes with one write, then goes on', async () => {
    const { queue, began, end, clock } = setUp()
    for (const key of ['a', 'b', 'c', 'd', 'e']) queue.push(key)
    for (const key of ['a', 'b', 'c']) await end(key, { go: 'rest' })
    expect(queue.counts).toMatchObject({ waiting: 5, inFlight: 0, resting: true })
    expect(began).toHaveLength(3)
    clock.advance(100)
    expect(began.slice(3)).toEqual(['d'])
    await end('d', { go: 'rest', ms: 700 })
    clock.advance(699)
    expect(began).toHaveLength(4)
    clock.advance(1)
    expect(began.slice(4)).toEqual(['e'])
    await end('e')
    expect(queue.counts).toMatchObject({ inFlight: 3, resting: false })
  })

  it('never waits longer than a second for a server that is away', async () => {
    const { queue, began, end, clock } = setUp()
    queue.push('a')
    for (let at = 0; at < 50; at++) {
      await end('a', { go: 'rest' })
      clock.advance(1_000)
      expect(began).toHaveLength(at + 2)
    }
  })

  it('stops when it may not write, and goes on when it is told', async () => {
    const { queue, began, allow, end } = setUp()
    allow(false)
    queue.push('a')
    expect(began).toEqual([])
    allow(true)
    queue.wake()
    expect(began).toEqual(['a'])
    const idle = queue.idle()
    await end('a')
    await idle
  })

  it('forgets what is dropped', async () => {
    const { queue, began, end, clock } = setUp(1)
    queue.push('a')
    queue.push('b')
    queue.pushUnhurried('c')
    queue.push('a')
    queue.drop('a')
    queue.drop('b')
    queue.drop('c')
    await end('a')
    clock.advance(10_000)
    expect(began).toEqual(['a'])
    expect(queue.counts).toMatchObject({ waiting: 0, later: 0, inFlight: 0 })
  })
})
