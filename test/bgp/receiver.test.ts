import { describe, expect, test } from 'vitest'
import type { Clock } from '../../bgp/clock.ts'
import type { Connection } from '../../bgp/network.ts'
import { Receiver } from '../../bgp/receiver.ts'
import { encodeKeepalive } from '../../bgp/wire/index.ts'
import { ManualClock } from '../support/manual-clock.ts'

/** A receiver each of whose messages takes `cost` milliseconds to handle. */
function receiver(cost: number) {
  const manual = new ManualClock()
  let spent = 0
  const clock: Clock = {
    now: () => manual.now() + spent,
    after: (ms, fire) => manual.after(ms, fire),
    soon: (fire) => manual.soon(fire),
  }
  const state = { handled: 0, errors: [] as string[], isPaused: false }
  const connection = {
    pause: () => {
      state.isPaused = true
    },
    resume: () => {
      state.isPaused = false
    },
  } as Connection
  const reading = new Receiver(connection, clock, {
    onMessage: () => {
      state.handled += 1
      spent += cost
    },
    onFramingError: (error) => state.errors.push(error.message),
  })
  return { manual, state, reading }
}

const keepalives = (count: number) =>
  Uint8Array.from(Array.from({ length: count }, () => [...encodeKeepalive()]).flat())

describe('Receiver', () => {
  test('handles a few messages at once', () => {
    const { state, reading } = receiver(0.1)
    reading.push(keepalives(10))
    expect(state).toMatchObject({ handled: 10, isPaused: false })
  })

  test('stops for the turn after five milliseconds, and stops reading meanwhile', () => {
    const { manual, state, reading } = receiver(1)
    reading.push(keepalives(12))
    expect(state).toMatchObject({ handled: 5, isPaused: true })
    reading.push(keepalives(1))
    expect(state.handled).toBe(5)
    manual.settle()
    expect(state).toMatchObject({ handled: 13, isPaused: false })
  })

  test('chunks of one turn of the event loop share its five milliseconds', () => {
    const { manual, state, reading } = receiver(1)
    for (let i = 0; i < 10; i += 1) reading.push(keepalives(1))
    expect(state).toMatchObject({ handled: 5, isPaused: true })
    manual.settle()
    reading.push(keepalives(1))
    expect(state).toMatchObject({ handled: 11, isPaused: false })
  })

  test('after a framing error or a stop nothing is read', () => {
    const { manual, state, reading } = receiver(0)
    reading.push(new Uint8Array(19))
    reading.push(keepalives(1))
    manual.settle()
    expect(state.handled).toBe(0)
    expect(state.errors).toHaveLength(1)
    expect(manual.size).toBe(0)
  })
})
