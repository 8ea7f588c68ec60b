import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  encodeEndOfRib,
  encodeKeepalive,
  encodeNotification,
  MessageFramer,
} from '../../../bgp/wire/index.ts'
import { message, resetOf } from '../../support/messages.ts'

const anyMessage = fc.oneof(
  fc.constant(encodeKeepalive()),
  fc.constant(encodeEndOfRib('ipv6')),
  fc.uint8Array({ maxLength: 300 }).map((data) => encodeNotification({ code: 6, subcode: 2, data })),
)

function drain(framer: MessageFramer): Uint8Array[] {
  const out: Uint8Array[] = []
  for (let next = framer.next(); next !== undefined; next = framer.next()) out.push(next)
  return out
}

/** `octets` cut at the given places. */
function cut(octets: Uint8Array, places: readonly number[]): Uint8Array[] {
  const at = [0, ...places.map((place) => place % (octets.length + 1)), octets.length].toSorted(
    (a, b) => a - b,
  )
  return at.slice(1).map((end, index) => octets.subarray(at[index], end))
}

function joined(list: readonly Uint8Array[]): Uint8Array {
  return Uint8Array.from(list.flatMap((part) => [...part]))
}

describe('MessageFramer', () => {
  test('gives back every message, wherever the stream was cut', () => {
    fc.assert(
      fc.property(
        fc.array(anyMessage, { maxLength: 12 }),
        fc.array(fc.nat(), { maxLength: 20 }),
        (messages, places) => {
          const framer = new MessageFramer()
          const out = cut(joined(messages), places).flatMap((chunk) => {
            framer.push(chunk)
            return drain(framer)
          })
          expect(out.map((one) => [...one])).toEqual(messages.map((one) => [...one]))
          expect(framer.buffered).toBe(0)
        },
      ),
    )
  })

  test('the same when all chunks are pushed first', () => {
    fc.assert(
      fc.property(
        fc.array(anyMessage, { maxLength: 12 }),
        fc.array(fc.nat(), { maxLength: 20 }),
        (messages, places) => {
          const framer = new MessageFramer()
          for (const chunk of cut(joined(messages), places)) framer.push(chunk)
          expect(drain(framer).map((one) => [...one])).toEqual(messages.map((one) => [...one]))
        },
      ),
    )
  })

  test('octet by octet', () => {
    const framer = new MessageFramer()
    const stream = joined([encodeKeepalive(), message(2, '00000000'), encodeKeepalive()])
    const lengths = [...stream].flatMap((octet) => {
      framer.push(Uint8Array.of(octet))
      return drain(framer).map(({ length }) => length)
    })
    expect(lengths).toEqual([19, 23, 19])
  })

  test('10,000 messages in one chunk', () => {
    const framer = new MessageFramer()
    const stream = new Uint8Array(190_000)
    for (let at = 0; at < stream.length; at += 19) stream.set(encodeKeepalive(), at)
    framer.push(stream)
    expect(drain(framer)).toHaveLength(10_000)
  })

  test('what comes before a bad header comes out first; then it fails for good', () => {
    const framer = new MessageFramer()
    framer.push(joined([encodeKeepalive(), message(4, '', 18), encodeKeepalive()]))
    expect(framer.next()).toEqual(encodeKeepalive())
    expect(resetOf(() => framer.next())).toBe('1/2 0012')
    framer.push(encodeKeepalive())
    expect(resetOf(() => framer.next())).toBe('1/2 0012')
  })

  test('fails for good over a bad header that came in parts', () => {
    const framer = new MessageFramer()
    const bad = message(9)
    framer.push(bad.subarray(0, 7))
    expect(framer.next()).toBeUndefined()
    framer.push(bad.subarray(7, 18))
    expect(framer.next()).toBeUndefined()
    framer.push(bad.subarray(18))
    expect(resetOf(() => framer.next())).toBe('1/3 09')
    expect(resetOf(() => framer.next())).toBe('1/3 09')
  })

  test('the limit can grow between messages (RFC 8654)', () => {
    const framer = new MessageFramer()
    const long = message(2, '00'.repeat(4978), 4997)
    framer.push(encodeKeepalive())
    framer.push(long)
    expect(framer.next()).toHaveLength(19)
    framer.maxLength = 65535
    expect(framer.next()).toEqual(long)
  })

  test('says how many octets wait for the rest of their message', () => {
    const framer = new MessageFramer()
    framer.push(joined([encodeKeepalive(), encodeKeepalive().subarray(0, 5)]))
    drain(framer)
    expect(framer.buffered).toBe(5)
    expect(framer.next()).toBeUndefined()
    expect(framer.buffered).toBe(5)
  })
})
