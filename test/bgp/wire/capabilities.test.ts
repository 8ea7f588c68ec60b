import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  type Capability,
  capabilityCode,
  capabilityName,
  decodeMessage,
  encodeCapability,
  toHex,
} from '../../../bgp/wire/index.ts'
import { capabilities, hex, message, openBody, resetOf } from '../../support/messages.ts'
import { context } from '../../support/update-octets.ts'

function decode(list: string) {
  const decoded = decodeMessage(message(1, openBody({ parameters: capabilities(list) })), context())
  if (decoded.type !== 'OPEN') throw new Error(`not an OPEN: ${decoded.type}`)
  return { capabilities: decoded.message.capabilities, remarks: decoded.faults.map(({ reason }) => reason) }
}

const ipv4 = { afi: 1, safi: 1, family: 'ipv4' } as const
const ipv6 = { afi: 2, safi: 1, family: 'ipv6' } as const
const evpn = { afi: 25, safi: 70 } as const

const examples: readonly [string, string, Capability][] = [
  ['RFC 4760', '010400020001', { type: 'multiprotocol', ...ipv6 }],
  ['RFC 4760, a family not ours', '010400190046', { type: 'multiprotocol', ...evpn }],
  ['RFC 2918', '0200', { type: 'routeRefresh' }],
  ['RFC 8950', '0506000100010002', { type: 'extendedNextHop', families: [{ ...ipv4, nextHopAfi: 2 }] }],
  ['RFC 8654', '0600', { type: 'extendedMessages' }],
  ['RFC 9234', '090103', { type: 'role', role: 3 }],
  [
    'RFC 4724, without families',
    '40024078',
    { type: 'gracefulRestart', restarting: false, notification: true, restartTime: 120, families: [] },
  ],
  [
    'RFC 4724',
    '400a 8fff 00010180 00020100',
    {
      type: 'gracefulRestart',
      restarting: true,
      notification: false,
      restartTime: 4095,
      families: [
        { ...ipv4, forwarding: true },
        { ...ipv6, forwarding: false },
      ],
    },
  ],
  ['RFC 6793', '41040000fde9', { type: 'as4', asn: 65001 }],
  [
    'RFC 7911',
    '450c 00010101 00020102 00194603',
    {
      type: 'addPath',
      families: [
        { ...ipv4, direction: 'receive' },
        { ...ipv6, direction: 'send' },
        { ...evpn, direction: 'both' },
      ],
    },
  ],
  ['RFC 7911, without families', '4500', { type: 'addPath', families: [] }],
  ['RFC 7313', '4600', { type: 'enhancedRefresh' }],
  [
    'RFC 9494',
    '4707 00010180 ffffff',
    { type: 'longLivedGracefulRestart', families: [{ ...ipv4, forwarding: true, staleTime: 16_777_215 }] },
  ],
  ['FQDN', '4906 03746f72 0178', { type: 'fqdn', hostname: 'tor', domain: 'x' }],
  ['FQDN without domain', '4905 03746f72 00', { type: 'fqdn', hostname: 'tor', domain: '' }],
  ['software version', '4b04 03312e32', { type: 'softwareVersion', version: '1.2' }],
  ['unknown', '6303aabbcc', { type: 'unknown', code: 99, value: 'aabbcc' }],
]

describe('each capability', () => {
  test.each(examples)('%s: %s', (_, octets, capability) => {
    expect(decode(octets)).toEqual({ capabilities: [capability], remarks: [] })
    expect(toHex(encodeCapability(capability))).toBe(octets.replaceAll(' ', ''))
    expect(hex(capabilityCode(capability), 1)).toBe(octets.slice(0, 2))
  })

  test('the software version may come without a length of its own', () => {
    expect(decode('4b03312e32').capabilities).toEqual([{ type: 'softwareVersion', version: '1.2' }])
  })

  test('an add-path direction that does not exist makes its family count for nothing', () => {
    expect(decode('4508 00010104 00020103').capabilities).toEqual([
      {
        type: 'addPath',
        families: [
          { ...ipv4, direction: 'undefined' },
          { ...ipv6, direction: 'both' },
        ],
      },
    ])
  })

  test('names cannot forge log lines', () => {
    const [fqdn] = decode('4906 04610a1b62 00').capabilities
    expect(fqdn).toEqual({ type: 'fqdn', hostname: 'a\u{fffd}\u{fffd}b', domain: '' })
  })

  test('reads back whatever is sent', () => {
    const family = fc.constantFrom(ipv4, ipv6, evpn)
    const capability: fc.Arbitrary<Capability> = fc.oneof(
      family.map((one) => ({ type: 'multiprotocol', ...one }) as const),
      fc.integer({ min: 1, max: 0xffff_ffff }).map((asn) => ({ type: 'as4', asn }) as const),
      fc.record({
        type: fc.constant('gracefulRestart' as const),
        restarting: fc.boolean(),
        notification: fc.boolean(),
        restartTime: fc.integer({ min: 0, max: 4095 }),
        families: fc.array(fc.boolean().chain((forwarding) => family.map((one) => ({ ...one, forwarding })))),
      }),
      fc.record({
        type: fc.constant('addPath' as const),
        families: fc.array(
          fc
            .constantFrom('receive' as const, 'send' as const, 'both' as const)
            .chain((direction) => family.map((one) => ({ ...one, direction }))),
        ),
      }),
      fc.record({
        type: fc.constant('softwareVersion' as const),
        version: fc.string({ minLength: 1, maxLength: 16 }).filter((text) => /^[!-~]+$/.test(text)),
      }),
    )
    fc.assert(
      fc.property(fc.array(capability, { maxLength: 4 }), (list) => {
        const octets = list.map((one) => toHex(encodeCapability(one))).join('')
        fc.pre(octets.length <= 2 * 250)
        expect(decode(octets).capabilities).toEqual(list)
      }),
    )
  })
})

describe('a malformed capability', () => {
  test.each([
    ['multiprotocol', '0103000100'],
    ['multiprotocol', '01050001000100'],
    ['4-octet AS', '41020001'],
    ['role', '0900'],
    ['role', '09020303'],
  ])('makes the OPEN malformed where the session stands on it: %s %s', (name, octets) => {
    expect(resetOf(() => decode(octets))).toBe('2/0')
    expect(() => decode(octets)).toThrow(name)
  })

  test.each([
    ['route refresh', '0201ff'],
    ['extended next hop', '050400010001'],
    ['extended messages', '0601ff'],
    ['graceful restart', '400100'],
    ['graceful restart', '4003003cff'],
    ['add-path', '4503000101'],
    ['enhanced route refresh', '4601ff'],
    ['long-lived graceful restart', '470100'],
    ['FQDN', '490405746f72'],
    ['FQDN', '4905 03746f72 04'],
    ['FQDN', '490602 c3c3 00 0000'],
    ['software version', '4b02ffff'],
  ])('otherwise counts as not offered: %s %s', (name, octets) => {
    const { capabilities: list, remarks } = decode(octets)
    expect(list.map(({ type }) => type)).toEqual(['unknown'])
    expect(remarks).toEqual([expect.stringContaining(`(${name}) is malformed and ignored`)])
  })

  test('two roles that differ contradict each other (RFC 9234)', () => {
    expect(resetOf(() => decode('090103 090104'))).toBe('2/11')
    expect(decode('090103 090103').remarks).toEqual([])
  })
})

test('names', () => {
  expect([1, 77, 99].map(capabilityName)).toEqual(['multiprotocol', 'link-local next hop', 'capability 99'])
})
