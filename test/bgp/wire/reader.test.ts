import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { Reader, ShortRead } from '../../../bgp/wire/reader.ts'
import { Writer } from '../../../bgp/wire/writer.ts'

describe('Reader', () => {
  test('never reads past its own end, whatever lies behind', () => {
    fc.assert(
      fc.property(
        fc.uint8Array({ minLength: 1, maxLength: 20 }),
        fc.nat(19),
        fc.nat(24),
        (octets, start, length) => {
          const whole = new Reader(octets)
          whole.bytes(Math.min(start, octets.length))
          if (length > whole.remaining) {
            expect(() => whole.sub(length)).toThrow(ShortRead)
            return
          }
          const part = whole.sub(length)
          expect(part.remaining).toBe(length)
          expect([...part.rest()]).toEqual([...octets.slice(start, start + length)])
          expect(part.peek()).toBeUndefined()
          for (const read of [() => part.u8(), () => part.u16(), () => part.u32(), () => part.bytes(1)]) {
            expect(read).toThrow(ShortRead)
          }
        },
      ),
    )
  })

  test('numbers are big-endian and unsigned', () => {
    const reader = new Reader(Uint8Array.of(0xff, 0xfe, 0xfd, 0xff, 0xff, 0xff, 0xff))
    expect(reader.peek()).toBe(0xff)
    expect([reader.u8(), reader.u16(), reader.u32()]).toEqual([255, 0xfefd, 4_294_967_295])
    expect(reader.offset).toBe(7)
  })
})

describe('Writer', () => {
  test('writes what Reader reads', () => {
    fc.assert(
      fc.property(fc.nat(255), fc.nat(65535), fc.integer({ min: 0, max: 0xffff_ffff }), (a, b, c) => {
        const reader = new Reader(new Writer().u8(a).u16(b).u32(c).done())
        expect([reader.u8(), reader.u16(), reader.u32()]).toEqual([a, b, c])
      }),
    )
  })

  test('a length that does not hold its value is refused', () => {
    const fill = (length: number) => (inner: Writer) => inner.bytes(new Uint8Array(length))
    expect(new Writer().sized(1, fill(255)).done()).toHaveLength(256)
    expect(() => new Writer().sized(1, fill(256))).toThrow(RangeError)
    expect([...new Writer().sized(2, fill(256)).done().subarray(0, 2)]).toEqual([1, 0])
    expect(() => new Writer().sized(2, fill(65_536))).toThrow(RangeError)
  })
})
