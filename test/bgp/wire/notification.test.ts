import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  decodeMessage,
  describeNotification,
  encodeNotification,
  encodeShutdownText,
  errorName,
  toHex,
} from '../../../bgp/wire/index.ts'
import { message } from '../../support/messages.ts'
import { context, octets } from '../../support/update-octets.ts'

function described(code: number, subcode: number, data = ''): string {
  const { name, text } = describeNotification({ code, subcode, data: octets(data) })
  return text === undefined ? name : `${name}: ${text}`
}

function remarks(body: string): string[] {
  return decodeMessage(message(3, body), context()).faults.map(({ reason }) => reason)
}

const utf8 = (text: string) => toHex(new TextEncoder().encode(text))

test('a NOTIFICATION reads back as it was sent', () => {
  fc.assert(
    fc.property(fc.nat(255), fc.nat(255), fc.uint8Array(), (code, subcode, data) => {
      const decoded = decodeMessage(encodeNotification({ code, subcode, data }), context())
      expect(decoded.message).toEqual({ type: 'NOTIFICATION', code, subcode, data })
    }),
  )
})

test('data that does not fit a message is cut', () => {
  const sent = encodeNotification({ code: 7, subcode: 1, data: new Uint8Array(65535) })
  expect(sent).toHaveLength(4096)
})

test('every code and subcode has its name', () => {
  const codes = [1, 2, 3, 4, 5, 6, 7, 8, 9]
  const lines = codes.flatMap((code) => [...Array(13).keys()].map((subcode) => errorName(code, subcode)))
  expect(lines).toMatchSnapshot()
})

describe('in words', () => {
  test.each([
    [6, 2, '', 'Cease/Administrative Shutdown'],
    [6, 2, '00', 'Cease/Administrative Shutdown'],
    [6, 2, `05${utf8('hello')}`, 'Cease/Administrative Shutdown: hello'],
    [6, 4, `05${utf8('hello, extra')}`, 'Cease/Administrative Reset: hello'],
    [6, 2, `06${utf8('hello')}`, 'Cease/Administrative Shutdown: data 0668656c6c6f'],
    [6, 2, '02c328', 'Cease/Administrative Shutdown: data 02c328'],
    [6, 2, `08${utf8('a\u202eb\n\x1bc')}`, 'Cease/Administrative Shutdown: a\u{fffd}b\u{fffd}\u{fffd}c'],
    [6, 9, '0603', 'Cease/Hard Reset (Cease/Peer De-configured)'],
    [6, 9, `060203${utf8('bye')}`, 'Cease/Hard Reset (Cease/Administrative Shutdown): bye'],
    [6, 9, '0609060906', 'Cease/Hard Reset (Cease/Hard Reset): data 060906'],
    [6, 9, '', 'Cease/Hard Reset'],
    [6, 1, '000101000003e8', 'Cease/Maximum Number of Prefixes Reached: ipv4 unicast: at most 1000 prefixes'],
    [6, 1, '0001', 'Cease/Maximum Number of Prefixes Reached: data 0001'],
    [1, 2, '1001', 'Message Header Error/Bad Message Length: length 4097'],
    [1, 3, '09', 'Message Header Error/Bad Message Type: type 9'],
    [2, 1, '0004', 'OPEN Message Error/Unsupported Version Number: version 4 is supported'],
    [2, 2, 'fde9', 'OPEN Message Error/Bad Peer AS: AS 65001'],
    [2, 6, '0001', 'OPEN Message Error/Unacceptable Hold Time: hold time 1'],
    [
      2,
      7,
      '010400020001 4600',
      'OPEN Message Error/Unsupported Capability: multiprotocol, enhanced route refresh',
    ],
    [3, 5, '80040101', 'UPDATE Message Error/Attribute Length Error: MULTI_EXIT_DISC: data 80040101'],
    [4, 0, '', 'Hold Timer Expired'],
    [8, 0, '', 'Send Hold Timer Expired'],
    [6, 77, 'ab'.repeat(33), `Cease/subcode 77: data ${'ab'.repeat(32)}... (33 octets)`],
    [99, 3, '', 'error code 99/subcode 3'],
  ])('%i/%i %s: %s', (code, subcode, data, expected) => expect(described(code, subcode, data)).toBe(expected))

  test('any octets whatever', () => {
    fc.assert(
      fc.property(fc.nat(9), fc.nat(12), fc.uint8Array({ maxLength: 40 }), (code, subcode, data) => {
        const { name, text = '' } = describeNotification({ code, subcode, data })
        expect(name).not.toBe('')
        expect(text).not.toMatch(/[\p{Cc}\p{Cf}]/u)
      }),
      { numRuns: 1000 },
    )
  })

  test('a hard reset within a hard reset, as deep as a message allows', () => {
    const data = octets('0609'.repeat(32_000))
    expect(describeNotification({ code: 6, subcode: 9, data }).name).toBe(
      'Cease/Hard Reset (Cease/Hard Reset)',
    )
  })
})

describe('the shutdown communication (RFC 9003)', () => {
  test('is one octet of length and the text', () => {
    expect(toHex(encodeShutdownText('grüße'))).toBe(`07${utf8('grüße')}`)
    expect(encodeShutdownText('')).toHaveLength(0)
  })

  test('is cut between characters', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', minLength: 60, maxLength: 200 }), (text) => {
        const [length = 0, ...rest] = encodeShutdownText(text)
        expect(length).toBe(rest.length)
        const sent = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(Uint8Array.from(rest))
        expect(text.toWellFormed().startsWith(sent)).toBe(true)
        const wanted = new TextEncoder().encode(text).length
        expect(length).toBeGreaterThanOrEqual(Math.min(wanted, 252))
      }),
    )
  })

  test('that cannot be read is heeded with a remark', () => {
    expect(remarks(`060206${utf8('hello')}`)).toEqual([expect.stringContaining('RFC 9003')])
    expect(remarks(`060205${utf8('hello')}`)).toEqual([])
    expect(remarks('0602')).toEqual([])
  })
})

test('a hard reset that holds no error is heeded with a remark', () => {
  expect(remarks('0609')).toEqual([expect.stringContaining('RFC 8538')])
  expect(remarks('060906')).toHaveLength(1)
  expect(remarks('06090602')).toEqual([])
})

describe('NOTIFICATIONs that routers sent', () => {
  const url = new URL('../../fixtures/wire/notification-captured.json', import.meta.url)
  const captured = JSON.parse(readFileSync(url, 'utf8')) as { router: string; session: string; hex: string }[]

  test.each(captured)('$router, $session: $hex', ({ hex }) => {
    const { message: decoded, faults } = decodeMessage(octets(hex), context())
    if (decoded.type !== 'NOTIFICATION') throw new Error(`not a NOTIFICATION: ${decoded.type}`)
    expect(faults).toEqual([])
    expect(describeNotification(decoded)).toMatchSnapshot()
    expect(toHex(encodeNotification(decoded))).toBe(hex)
  })
})
