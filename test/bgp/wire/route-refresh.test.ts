import { expect, test } from 'vitest'
import { decodeMessage, encodeRouteRefresh, FAMILIES, toHex } from '../../../bgp/wire/index.ts'
import { MARKER, message, resetOf } from '../../support/messages.ts'
import { context } from '../../support/update-octets.ts'

test.each([
  ['ipv4', 'request', '00010001'],
  ['ipv6', 'begin', '00020101'],
  ['ipv6', 'end', '00020201'],
] as const)('%s %s is %s', (family, subtype, body) => {
  expect(toHex(encodeRouteRefresh(family, subtype))).toBe(`${MARKER}001705${body}`)
})

test('reads back as it was sent', () => {
  for (const family of FAMILIES) {
    for (const subtype of ['request', 'begin', 'end'] as const) {
      const { message: decoded, faults } = decodeMessage(encodeRouteRefresh(family, subtype), context())
      expect(decoded).toMatchObject({ type: 'ROUTE-REFRESH', family, subtype })
      expect(faults).toEqual([])
    }
  }
})

test.each([
  ['a family not ours', '00190046', /^l2vpn evpn was not negotiated/],
  ['a family not negotiated', '00020001', /^ipv6 unicast was not negotiated/],
  ['an unknown subtype', '00010901', /^subtype 9 is unknown/],
  ['an unknown subtype, of another length', '0001090100', /^subtype 9 is unknown/],
  ['a filter that was not negotiated', '00010001 01 40 0001 c0', /^outbound route filters/],
])('%s is accepted with a remark', (_, body, remark) => {
  const { faults } = decodeMessage(message(5, body), context({ families: ['ipv4'] }))
  expect(faults.map(({ reason }) => reason)).toEqual([expect.stringMatching(remark)])
})

test.each(['00010001ff', '0001010100', '0001020101400001c0', '000100010140', '0001000101400002c0'])(
  'a body of the wrong length is answered with the message itself: %s (RFC 7313 section 5)',
  (body) => {
    const octets = message(5, body)
    expect(resetOf(() => decodeMessage(octets, context()))).toBe(`7/1 ${toHex(octets)}`)
  },
)
