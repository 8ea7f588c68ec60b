import { describe, expect, it } from 'vitest'
import {
  decodeCommunities,
  decodeExtendedCommunities,
  decodeLargeCommunities,
  encodeCommunities,
  encodeExtendedCommunities,
  encodeLargeCommunities,
} from '../../../bgp/wire/communities.ts'
import { Malformed } from '../../../bgp/wire/malformed.ts'
import { Reader } from '../../../bgp/wire/reader.ts'
import { octets } from '../../support/update-octets.ts'

describe('communities', () => {
  it('are text with colons (RFC 1997), larger ones with two (RFC 8092), extended ones hex (RFC 4360)', () => {
    expect(decodeCommunities(new Reader(octets('fde90064 ffffff01')))).toEqual(['65001:100', '65535:65281'])
    expect(decodeLargeCommunities(new Reader(octets('fa56ea01 00000000 ffffffff')))).toEqual([
      '4200000001:0:4294967295',
    ])
    expect(decodeExtendedCommunities(new Reader(octets('0002fde900000007')))).toEqual(['0002fde900000007'])
  })

  it('are sent sorted by number and without repeats', () => {
    expect(encodeCommunities(['2:1', '10:1', '2:1', '1:9'])).toEqual(octets('00010009 00020001 000a0001'))
    expect(encodeExtendedCommunities(['0002fde900000007', '0001000000000000', '0002FDE900000007'])).toEqual(
      octets('0001000000000000 0002fde900000007'),
    )
    expect(encodeLargeCommunities(['3:1:1', '1:2:3', '3:1:1'])).toEqual(
      octets('000000010000000200000003 000000030000000100000001'),
    )
  })

  it('lose repeats on receipt where RFC 8092 section 3 says so', () => {
    const one = '000000010000000200000003'
    expect(decodeLargeCommunities(new Reader(octets(one + one)))).toEqual(['1:2:3'])
    expect(decodeCommunities(new Reader(octets('00010002 00010002')))).toEqual(['1:2', '1:2'])
  })

  it.each([
    '',
    '65001',
    '65001:',
    ':1',
    '1:2:3',
    '65536:1',
    '1:-1',
    '1:1.5',
    '1: 2',
    '0x1:2',
    'a:b',
    '1e3:1',
  ])('refuse %j', (text) => expect(() => encodeCommunities([text])).toThrow(RangeError))

  it.each(['1:2', '1:2:4294967296', '1:2:'])('refuse %j as a large one', (text) => {
    expect(() => encodeLargeCommunities([text])).toThrow(RangeError)
  })

  it.each(['', '0002fde9', '0002fde90000000z', '0002fde90000000700'])(
    'refuse %j as an extended one',
    (text) => {
      expect(() => encodeExtendedCommunities([text])).toThrow(RangeError)
    },
  )

  it.each([
    ['communities', decodeCommunities, 4],
    ['extended communities', decodeExtendedCommunities, 8],
    ['large communities', decodeLargeCommunities, 12],
  ] as const)('%s are malformed when empty or cut short', (_name, decode, size) => {
    expect(() => decode(new Reader(new Uint8Array(0)))).toThrow(Malformed)
    for (let length = 1; length < size; length++) {
      expect(() => decode(new Reader(new Uint8Array(size + length)))).toThrow(Malformed)
    }
  })
})
