import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  type Capability,
  decodeMessage,
  encodeOpen,
  type OpenExpectations,
  type OpenMessage,
  openFamilies,
  toHex,
  unicast,
  validateOpen,
} from '../../../bgp/wire/index.ts'
import { capabilities, message, openBody, resetOf } from '../../support/messages.ts'
import { context, octets } from '../../support/update-octets.ts'

function open(body: string): OpenMessage {
  const { message: decoded } = decodeMessage(message(1, body), context())
  if (decoded.type !== 'OPEN') throw new Error(`not an OPEN: ${decoded.type}`)
  return decoded
}

function outcome(body: string): string {
  return resetOf(() => open(body)) ?? 'accept'
}

function remarks(body: string): string {
  return decodeMessage(message(1, body), context())
    .faults.map(({ reason }) => reason)
    .join('; ')
}

describe('the fixed part', () => {
  test('without optional parameters it is IPv4 unicast and 2-octet AS', () => {
    const decoded = open(openBody())
    expect(decoded).toEqual({
      type: 'OPEN',
      version: 4,
      myAs: 65001,
      asn: 65001,
      holdTime: 90,
      routerId: '10.0.0.1',
      capabilities: [],
      extendedParameters: false,
    })
    expect(openFamilies(decoded)).toEqual(new Set(['ipv4']))
  })

  test.each([
    [openBody({ version: 3 }), '2/1 0004'],
    [openBody({ version: 5 }), '2/1 0004'],
    [openBody({ version: 0, parameters: 'ff' }), '2/1 0004'],
    [openBody({ as: 0 }), '2/2'],
    [openBody({ id: '00000000' }), '2/3'],
    [openBody({ hold: 1 }), '2/6'],
    [openBody({ hold: 2 }), '2/6'],
    [openBody({ hold: 0 }), 'accept'],
    [openBody({ hold: 3 }), 'accept'],
    [openBody({ hold: 65535 }), 'accept'],
    [openBody({ id: 'f9000001' }), 'accept'],
  ])('%s: %s', (body, expected) => expect(outcome(body)).toBe(expected))
})

describe('optional parameters', () => {
  const as4 = '4104 0000fde9'

  test.each([
    ['an unknown one', openBody({ parameters: '0700' }), '2/4'],
    ['authentication, long gone', openBody({ parameters: '010100' }), '2/4'],
    ['type 255 behind another', openBody({ parameters: '0200 ff00' }), '2/4'],
    ['one that overruns', openBody({ parameters: '020641040000' }), '2/0'],
    ['half a parameter header', openBody({ parameters: '02' }), '2/0'],
    ['a capability that overruns', openBody({ parameters: '02044108beef' }), '2/0'],
    ['half a capability header', openBody({ parameters: '020141' }), '2/0'],
    ['a length that is too long', `${openBody().slice(0, -2)}05`, '2/0'],
    ['a length that is too short', `${openBody()}020641040000fde9`, '2/0'],
    ['an empty Capabilities parameter', openBody({ parameters: '0200' }), 'accept'],
    [
      'one capability per parameter',
      openBody({ parameters: capabilities('0200') + capabilities(as4) }),
      'accept',
    ],
    [
      'the same capability twice',
      openBody({ parameters: capabilities('01040001000101040001 0001') }),
      'accept',
    ],
    ['an unknown capability', openBody({ parameters: capabilities('6303aabbcc') }), 'accept'],
  ])('%s', (_, body, expected) => expect(outcome(body)).toBe(expected))

  describe('in the extended form (RFC 9072)', () => {
    const fixed = openBody().slice(0, -2)

    test.each([
      ['', 'ffff 0009 020006 41040000fde9', 'accept'],
      ['with another old length', '05ff 0009 020006 41040000fde9', 'accept'],
      ['empty', 'ffff 0000', 'accept'],
      ['its length too long', 'ffff 000a 020006 41040000fde9', '2/0'],
      ['its length too short', 'ffff 0008 020006 41040000fde9', '2/0'],
      ['its length cut short', 'ffff 00', '2/0'],
      ['a parameter that overruns', 'ffff 0009 020007 41040000fde9', '2/0'],
      ['an unknown parameter', 'ffff 0003 070000', '2/4'],
      ['an old length of 0 means no parameters', '00ff 0009 020006 41040000fde9', '2/0'],
    ])('%s', (_, parameters, expected) => expect(outcome(fixed + parameters)).toBe(expected))

    test('is told apart', () => {
      const decoded = open(`${fixed}ffff 0009 020006 41040000fde9`)
      expect(decoded.extendedParameters).toBe(true)
      expect(decoded.capabilities).toEqual([{ type: 'as4', asn: 65001 }])
    })
  })
})

describe('the AS', () => {
  const withAs4 = (as: number, as4: string) => openBody({ as, parameters: capabilities(`4104${as4}`) })

  test('is that of the capability', () => {
    expect(open(withAs4(23456, 'fa56ea00'))).toMatchObject({ myAs: 23456, asn: 4_200_000_000 })
    expect(remarks(withAs4(23456, 'fa56ea00'))).toBe('')
  })

  test('0 is refused in either field (RFC 7607)', () => {
    expect(outcome(withAs4(65001, '00000000'))).toBe('2/2')
    expect(outcome(withAs4(0, '0000fde9'))).toBe('2/2')
  })

  test('two that disagree are accepted with a remark', () => {
    expect(outcome(withAs4(65002, '0000fde9'))).toBe('accept')
    expect(remarks(withAs4(65002, '0000fde9'))).toContain('the 4-octet AS is 65001')
  })
})

describe('validateOpen', () => {
  const ipv6Only = openBody({ parameters: capabilities('01040002 0001') })
  const cases: readonly [string, string, OpenExpectations, string][] = [
    ['the AS as configured', openBody(), { asn: 65001 }, 'accept'],
    ['another AS', openBody(), { asn: 65002 }, '2/2'],
    ['our identifier, external', openBody(), { localAsn: 65002, localRouterId: '10.0.0.1' }, 'accept'],
    ['our identifier, internal', openBody(), { localAsn: 65001, localRouterId: '10.0.0.1' }, '2/3'],
    ['another identifier, internal', openBody(), { localAsn: 65001, localRouterId: '10.0.0.2' }, 'accept'],
    ['hold time under ours', openBody({ hold: 9 }), { minHoldTime: 10 }, '2/6'],
    ['hold time at ours', openBody({ hold: 10 }), { minHoldTime: 10 }, 'accept'],
    ['no hold timer where one is wanted', openBody({ hold: 0 }), { minHoldTime: 10 }, '2/6'],
    ['a family in common', ipv6Only, { families: ['ipv4', 'ipv6'] }, 'accept'],
    ['no family in common', ipv6Only, { families: ['ipv4'] }, '2/7 010400010001'],
    ['no families at all', openBody(), { families: ['ipv6'] }, '2/7 010400020001'],
  ]

  test.each(cases)('%s', (_, body, expected, outcome) => {
    expect(resetOf(() => validateOpen(open(body), expected)) ?? 'accept').toBe(outcome)
  })
})

describe('encodeOpen', () => {
  const params = { asn: 65001, holdTime: 90, routerId: '10.0.0.1' }

  test('an OPEN without capabilities, octet for octet', () => {
    expect(toHex(encodeOpen({ ...params, capabilities: [] }))).toBe(toHex(message(1, openBody())))
  })

  test('AS_TRANS stands for an AS that does not fit (RFC 6793)', () => {
    const sent = encodeOpen({
      ...params,
      asn: 4_200_000_000,
      capabilities: [{ type: 'as4', asn: 4_200_000_000 }],
    })
    expect(toHex(sent)).toBe(toHex(message(1, openBody({ as: 23456, parameters: '02064104fa56ea00' }))))
  })

  test('the extended form is used from where the old one cannot hold the capabilities', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 60 }), fc.integer({ min: 0, max: 250 }), (flags, length) => {
        const list: Capability[] = [
          ...Array.from({ length: flags }, () => ({ type: 'routeRefresh' }) as const),
          { type: 'unknown', code: 200, value: 'ab'.repeat(length) },
        ]
        const sent = encodeOpen({ ...params, capabilities: list })
        const { message: decoded } = decodeMessage(sent, context())
        expect(decoded).toMatchObject({
          capabilities: list,
          extendedParameters: 2 * flags + 2 + length > 253,
        })
      }),
    )
  })

  test('refuses what cannot be sent', () => {
    expect(() => encodeOpen({ ...params, routerId: '::1', capabilities: [] })).toThrow(RangeError)
    const long: Capability = { type: 'unknown', code: 200, value: 'ab'.repeat(256) }
    expect(() => encodeOpen({ ...params, capabilities: [long] })).toThrow(RangeError)
    const many = Array.from({ length: 20 }, () => ({ ...long, value: 'ab'.repeat(255) }))
    expect(() => encodeOpen({ ...params, capabilities: many })).toThrow(RangeError)
  })

  test('reads back as it was meant', () => {
    const capabilities: Capability[] = [
      { type: 'multiprotocol', ...unicast('ipv4') },
      { type: 'multiprotocol', ...unicast('ipv6') },
      { type: 'as4', asn: 65001 },
    ]
    const { message: decoded } = decodeMessage(encodeOpen({ ...params, capabilities }), context())
    expect(decoded).toMatchObject({ ...params, myAs: 65001, capabilities })
  })
})

interface Captured {
  readonly router: string
  readonly session: string
  readonly hex: string
}

describe('OPENs that routers sent', () => {
  const url = new URL('../../fixtures/wire/open-captured.json', import.meta.url)
  const captured = JSON.parse(readFileSync(url, 'utf8')) as Captured[]

  test.each(captured)('$router, $session', ({ hex }) => {
    const { message: decoded, faults } = decodeMessage(octets(hex), context())
    if (decoded.type !== 'OPEN') throw new Error(`not an OPEN: ${decoded.type}`)
    expect(faults).toEqual([])
    expect({ ...decoded, capabilities: decoded.capabilities.map(({ type }) => type) }).toMatchSnapshot()
    const again = decodeMessage(encodeOpen(decoded), context())
    expect(again.message).toMatchObject({ asn: decoded.asn, capabilities: decoded.capabilities })
  })
})
