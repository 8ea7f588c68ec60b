import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { fromHex, toHex } from '../../../bgp/wire/hex.ts'

describe('hex', () => {
  it('is the same octets there and back', () => {
    fc.assert(
      fc.property(fc.uint8Array(), (octets) => {
        expect(toHex(octets)).toBe(Buffer.from(octets).toString('hex'))
        expect(fromHex(toHex(octets))).toEqual(octets)
        expect(fromHex(toHex(octets).toUpperCase())).toEqual(octets)
      }),
    )
  })

  it.each(['0', '0g', ' 00', '0x00', '00 00'])('refuses %j', (text) => expect(fromHex(text)).toBeUndefined())
})
