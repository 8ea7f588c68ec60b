import { describe, expect, test } from 'vitest'
import type { Connection } from '../../bgp/network.ts'
import { Transmitter } from '../../bgp/transmitter.ts'
import {
  encodeEndOfRib,
  encodeKeepalive,
  encodeRouteRefresh,
  type MessageTypeName,
} from '../../bgp/wire/index.ts'
import { ManualClock } from '../support/manual-clock.ts'

const MESSAGE = 4096

/** Whole messages of 4096 octets, as many as fit. */
function messages(octets: number): Uint8Array {
  const chunk = new Uint8Array(Math.floor(octets / MESSAGE) * MESSAGE)
  for (let at = 0; at < chunk.length; at += MESSAGE) chunk.set([MESSAGE >> 8, MESSAGE & 0xff], at + 16)
  return chunk
}

/** A transmitter on a socket that takes nothing until `flush`. */
function transmitter(stock: number) {
  const clock = new ManualClock()
  const state = { pending: 0, writes: [] as number[], updates: 0, left: stock, slices: 0 }
  const connection = {
    get pending() {
      return state.pending
    },
    write(data: Uint8Array) {
      state.writes.push(data.length)
      state.pending += data.length
      return false
    },
  } as Connection
  const sending = new Transmitter(connection, clock, (type, count) => {
    if (type === 'UPDATE') state.updates += count
  })
  const source = {
    get busy() {
      return state.left > 0
    },
    next(most: number) {
      if (state.slices > 0) {
        state.slices -= 1
        return undefined
      }
      const chunk = messages(Math.min(most, state.left))
      state.left -= chunk.length
      return chunk
    },
  }
  const flush = () => {
    state.pending = 0
    sending.drained()
  }
  return { clock, state, sending, source, flush }
}

const KEEPALIVE = encodeKeepalive()

describe('Transmitter', () => {
  test('pulls in a later turn, in large chunks, and stops when enough is under way', () => {
    const { clock, state, sending, source } = transmitter(10_000_000)
    sending.attach(source)
    expect(state.writes).toEqual([])
    clock.settle()
    expect(state.writes.length).toBe(2)
    expect(Math.min(...state.writes)).toBeGreaterThanOrEqual(64 * 1024)
    expect(state.pending).toBeLessThanOrEqual(256 * 1024)
    sending.wake()
    clock.settle()
    expect(state.writes.length).toBe(2)
  })

  test('counts the markers of an enhanced refresh as what they are', () => {
    const clock = new ManualClock()
    const counts: [MessageTypeName, number][] = []
    const connection = { pending: 0, write: () => true } as unknown as Connection
    const sending = new Transmitter(connection, clock, (type, count) => void counts.push([type, count]))
    const parts = [
      encodeRouteRefresh('ipv4', 'begin'),
      encodeEndOfRib('ipv4'),
      encodeEndOfRib('ipv6'),
      encodeRouteRefresh('ipv4', 'end'),
    ]
    const chunks = [Buffer.concat(parts)]
    sending.attach({
      get busy() {
        return chunks.length > 0
      },
      next: () => chunks.pop(),
    })
    clock.settle()
    expect(counts).toEqual([
      ['UPDATE', 2],
      ['ROUTE-REFRESH', 2],
    ])
  })

  test('goes on when the socket has drained, to the end, and counts messages', () => {
    const { clock, state, sending, source, flush } = transmitter(100 * MESSAGE)
    sending.attach(source)
    clock.settle()
    for (let i = 0; i < 10; i += 1) {
      flush()
      clock.settle()
    }
    expect(state).toMatchObject({ left: 0, updates: 100, pending: 0 })
  })

  test('a KEEPALIVE waits behind no more than what is under way', () => {
    const { clock, state, sending, source } = transmitter(10_000_000)
    sending.attach(source)
    clock.settle()
    sending.send('KEEPALIVE', KEEPALIVE)
    expect(state.writes.at(-1)).toBe(19)
    expect(state.pending).toBeLessThanOrEqual(256 * 1024 + 19)
  })

  test('lets others run between the slices of its source', () => {
    const { clock, state, sending, source } = transmitter(MESSAGE)
    state.slices = 3
    sending.attach(source)
    clock.soon(() => expect(state.writes).toEqual([]))
    clock.settle()
    expect(state.writes).toEqual([MESSAGE])
  })

  test('stopped, it pulls no more', () => {
    const { clock, state, sending, source } = transmitter(10_000_000)
    sending.attach(source)
    sending.stop()
    clock.settle()
    expect(state.writes).toEqual([])
    expect(clock.size).toBe(0)
  })

  test('knows how long nothing has moved', () => {
    const { clock, state, sending, flush } = transmitter(0)
    clock.advance(10_000)
    expect(sending.stalledMs()).toBe(0)
    sending.send('KEEPALIVE', KEEPALIVE)
    clock.advance(1_000)
    sending.send('KEEPALIVE', KEEPALIVE)
    expect(sending.stalledMs()).toBe(1_000)
    clock.advance(1_000)
    state.pending -= 1
    expect(sending.stalledMs()).toBe(0)
    clock.advance(5_000)
    expect(sending.stalledMs()).toBe(5_000)
    flush()
    expect(sending.stalledMs()).toBe(0)
  })
})
