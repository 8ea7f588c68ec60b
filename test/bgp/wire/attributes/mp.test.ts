import { describe, expect, it } from 'vitest'
import { encodeMpReachPrefix, encodeMpUnreachPrefix } from '../../../../bgp/wire/attributes/index.ts'
import { octets } from '../../../support/update-octets.ts'

const GLOBAL = '20010db8000000000000000000000001'
const LINK_LOCAL = 'fe800000000000000000000000000001'

describe('the front of MP attributes', () => {
  it('holds header, family and next hop', () => {
    expect(encodeMpReachPrefix('ipv6', '2001:db8::1', undefined, 17)).toEqual(
      octets(`800e26 000201 10 ${GLOBAL} 00`),
    )
    expect(encodeMpReachPrefix('ipv6', '2001:db8::1', 'fe80::1', 0)).toEqual(
      octets(`800e25 000201 20 ${GLOBAL} ${LINK_LOCAL} 00`),
    )
    expect(encodeMpReachPrefix('ipv4', '192.0.2.1', undefined, 5)).toEqual(
      octets('800e0e 000101 04 c0000201 00'),
    )
    expect(encodeMpReachPrefix('ipv4', '2001:db8::1', undefined, 5)).toEqual(
      octets(`800e1a 000101 10 ${GLOBAL} 00`),
    )
    expect(encodeMpUnreachPrefix('ipv6', 17)).toEqual(octets('800f14 000201'))
  })

  it('has the extended length only past 255 octets of value', () => {
    expect(encodeMpReachPrefix('ipv6', '2001:db8::1', undefined, 255 - 21).subarray(0, 3)).toEqual(
      octets('800eff'),
    )
    expect(encodeMpReachPrefix('ipv6', '2001:db8::1', undefined, 256 - 21).subarray(0, 4)).toEqual(
      octets('900e0100'),
    )
    expect(encodeMpUnreachPrefix('ipv6', 252)).toHaveLength(6)
    expect(encodeMpUnreachPrefix('ipv6', 253)).toHaveLength(7)
  })

  it('refuses what is no address, and more than an attribute holds', () => {
    expect(() => encodeMpReachPrefix('ipv6', 'router', undefined, 0)).toThrow(/not an address: router/)
    expect(() => encodeMpUnreachPrefix('ipv6', 65533)).toThrow(RangeError)
  })
})
