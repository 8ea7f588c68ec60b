import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { toHex } from '../../../bgp/wire/hex.ts'
import { Malformed } from '../../../bgp/wire/malformed.ts'
import { encodeNlri, NlriList } from '../../../bgp/wire/nlri.ts'
import { Reader } from '../../../bgp/wire/reader.ts'
import type { Family } from '../../../bgp/wire/types.ts'
import { nlri } from '../../support/arbitrary-update.ts'
import { context, octets } from '../../support/update-octets.ts'

function list(hex: string, family: Family = 'ipv4', addPath = false): NlriList {
  return NlriList.decode(new Reader(octets(hex)), family, addPath)
}

describe('NlriList', () => {
  it.each<[string, Family, string[]]>([
    ['', 'ipv4', []],
    ['00', 'ipv4', ['0.0.0.0/0']],
    ['01 80', 'ipv4', ['128.0.0.0/1']],
    ['08 0a 18 0a0a01 20 0a0a0101', 'ipv4', ['10.0.0.0/8', '10.10.1.0/24', '10.10.1.1/32']],
    ['09 0a80 0d 0a08', 'ipv4', ['10.128.0.0/9', '10.8.0.0/13']],
    ['00 20 20010db8', 'ipv6', ['::/0', '2001:db8::/32']],
    ['31 20010db8000080', 'ipv6', ['2001:db8:0:8000::/49']],
    [`80 ${'fe80'.padEnd(31, '0')}1`, 'ipv6', ['fe80::1/128']],
  ])('%s is %s %s', (hex, family, prefixes) => {
    const decoded = list(hex, family)
    expect(decoded.count).toBe(prefixes.length)
    expect(Array.from(decoded, ({ prefix }) => prefix)).toEqual(prefixes)
    expect(decoded.toJSON()).toEqual(prefixes)
    expect(toHex(encodeNlri(decoded, family, false))).toBe(hex.replaceAll(' ', ''))
  })

  it('clears host bits that the sender left set', () => {
    expect(list('09 0aff 08 0b 00 1f 0a0a0a0b').toJSON()).toEqual([
      '10.128.0.0/9',
      '11.0.0.0/8',
      '0.0.0.0/0',
      '10.10.10.10/31',
    ])
  })

  it('tells routes of one prefix apart by their path identifiers (RFC 7911 section 3)', () => {
    const decoded = list('00000001 08 0a ffffffff 08 0a', 'ipv4', true)
    expect([...decoded]).toEqual([
      { prefix: '10.0.0.0/8', pathId: 1 },
      { prefix: '10.0.0.0/8', pathId: 4294967295 },
    ])
    expect(decoded.toJSON()).toEqual(['10.0.0.0/8#1', '10.0.0.0/8#4294967295'])
  })

  it.each<[string, string, Family, boolean, RegExp]>([
    ['a length past the family', '21 0a00000000', 'ipv4', false, /33 is more than 32/],
    ['a length past IPv6', `81 ${'00'.repeat(17)}`, 'ipv6', false, /129 is more than 128/],
    ['a prefix past the end', '08 0a 10 0a', 'ipv4', false, /runs past/],
    ['a path identifier past the end', '00000001 08 0a 000000', 'ipv4', true, /path identifier runs past/],
    ['no length behind a path identifier', '00000001', 'ipv4', true, /path identifier runs past/],
  ])('is malformed with %s', (_what, hex, family, addPath, reason) => {
    expect(() => list(hex, family, addPath)).toThrow(Malformed)
    expect(() => list(hex, family, addPath)).toThrow(reason)
  })

  it.each([true, false])('is the same list after encoding, walked or iterated (add-path: %s)', (addPath) => {
    const family = fc.constantFrom<Family>('ipv4', 'ipv6')
    const ctx = context({ addPath: addPath ? ['ipv4', 'ipv6'] : [] })
    const of = family.chain((one) => fc.tuple(fc.constant(one), nlri(one, ctx)))
    fc.assert(
      fc.property(of, ([one, prefixes]) => {
        const decoded = NlriList.decode(new Reader(encodeNlri(prefixes, one, addPath)), one, addPath)
        expect([...decoded]).toEqual(prefixes)
        const walked: string[] = []
        decoded.walk((bytes, at, length, pathId) => {
          walked.push(`${toHex(bytes.subarray(at, at + Math.ceil(length / 8)))}/${length} ${pathId}`)
        })
        const told = prefixes.map((one_) => {
          const plain = encodeNlri([one_], one, false)
          return `${toHex(plain.subarray(1))}/${plain[0]} ${one_.pathId}`
        })
        expect(walked).toEqual(told)
      }),
    )
  })
})
