import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { parseHexLine } from '../../../src/cli/hex-line.ts'

const octets = (...values: number[]) => ({ octets: Uint8Array.from(values) })

describe('parseHexLine', () => {
  it.each(['ff00a1', 'FF00A1', ' ff 00 a1 ', 'ff:00:a1', '0xff00a1', '0xff, 0x00, 0xa1', '0XFF:0x00 a1\t'])(
    'reads %j',
    (text) => expect(parseHexLine(text)).toEqual(octets(0xff, 0x00, 0xa1)),
  )

  it.each([
    ['', 'the line is empty'],
    [' : ', 'the line is empty'],
    ['0x', 'the line is empty'],
    ['f', 'an odd number of hex digits: 1'],
    ['ff f', 'an odd number of hex digits: 3'],
    ['ff zz', 'not hex: "z" at character 4'],
    ['0xff 00x', 'not hex: "x" at character 8'],
    ['ffé', 'not hex: what stands at character 3'],
    ['a\u001b', 'not hex: what stands at character 2'],
  ])('says of %j: %s', (text, error) => expect(parseHexLine(text)).toEqual({ error }))

  it('reads what was written, with any separators', () => {
    const separator = fc.constantFrom('', ' ', ':', ', ', ' 0x')
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 1, maxLength: 40 }), separator, (value, between) => {
        const text = Array.from(value, (octet) => octet.toString(16).padStart(2, '0')).join(between)
        expect(parseHexLine(text)).toEqual({ octets: value })
      }),
    )
  })
})
