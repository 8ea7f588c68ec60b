import { describe, expect, it } from 'vitest'
import { encodeEndOfRib } from '../../../bgp/wire/end-of-rib.ts'
import { toHex } from '../../../bgp/wire/hex.ts'
import { context, decodeBody, updateBody } from '../../support/update-octets.ts'

const HEADER_LENGTH = 19
const MARKER = 'ff'.repeat(16)

describe('End-of-RIB (RFC 4724 section 2)', () => {
  it('is an empty UPDATE for IPv4, an empty MP_UNREACH_NLRI otherwise', () => {
    expect(toHex(encodeEndOfRib('ipv4'))).toBe(`${MARKER}00170200000000`)
    expect(toHex(encodeEndOfRib('ipv6'))).toBe(`${MARKER}001d0200000006800f03000201`)
  })

  it.each(['ipv4', 'ipv6'] as const)('of %s is recognised', (family) => {
    const { message, action } = decodeBody(encodeEndOfRib(family).subarray(HEADER_LENGTH))
    expect(message.endOfRib).toBe(family)
    expect(action).toBe('accept')
  })

  it.each<[string, Uint8Array, ReturnType<typeof context> | undefined]>([
    ['withdrawals', updateBody({ withdrawn: '08 0a' }), undefined],
    ['other attributes', updateBody({ attributes: '800f03000201 400101 00' }), undefined],
    ['prefixes in MP_UNREACH_NLRI', updateBody({ attributes: '800f0400020100' }), undefined],
    [
      'a family that was not negotiated',
      updateBody({ attributes: '800f03000201' }),
      context({ families: ['ipv4'] }),
    ],
    ['an unknown family', updateBody({ attributes: '800f03000180' }), undefined],
  ])('is not an UPDATE with %s', (_what, body, ctx) => {
    expect(decodeBody(body, ctx).message.endOfRib).toBeUndefined()
  })

  it('is taken from peers who send IPv4 in MP_UNREACH_NLRI too', () => {
    expect(decodeBody(updateBody({ attributes: '800f03000101' })).message.endOfRib).toBe('ipv4')
  })
})
