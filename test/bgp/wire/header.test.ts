import { describe, expect, test } from 'vitest'
import {
  decodeMessage,
  encodeKeepalive,
  MalformedNotification,
  MessageFramer,
  toHex,
} from '../../../bgp/wire/index.ts'
import { MARKER, message, resetOf } from '../../support/messages.ts'
import { context, octets } from '../../support/update-octets.ts'

/** Only the header is there: what is wrong with it is known before the body. */
function judge(length: number, type: number, limit = 4096): string {
  const framer = new MessageFramer(limit)
  framer.push(message(type, '', length))
  return resetOf(() => framer.next()) ?? 'fine'
}

describe('header errors (RFC 4271 section 6.1)', () => {
  test.each([...Array(16).keys()])('octet %i of the marker is not all ones', (at) => {
    const header = message(4)
    header[at] = 0xfe
    const framer = new MessageFramer()
    framer.push(header)
    expect(resetOf(() => framer.next())).toBe('1/1')
  })

  test.each([
    [0, 4, '1/2 0000'],
    [18, 4, '1/2 0012'],
    [18, 3, '1/2 0012'],
    [4097, 2, '1/2 1001'],
    [65535, 2, '1/2 ffff'],
    [4097, 99, '1/2 1001'],
    [28, 1, '1/2 001c'],
    [22, 2, '1/2 0016'],
    [20, 3, '1/2 0014'],
    [20, 4, '1/2 0014'],
    [22, 5, '1/2 0016'],
    [19, 0, '1/3 00'],
    [19, 6, '1/3 06'],
    [4096, 255, '1/3 ff'],
    [29, 1, 'fine'],
    [23, 2, 'fine'],
    [21, 3, 'fine'],
    [19, 4, 'fine'],
    [23, 5, 'fine'],
    [4096, 1, 'fine'],
    [4096, 5, 'fine'],
  ])('length %i, type %i: %s', (length, type, expected) => expect(judge(length, type)).toBe(expected))

  test.each([
    [4097, 2, 'fine'],
    [65535, 3, 'fine'],
    [65535, 5, 'fine'],
    [4097, 1, '1/2 1001'],
    [4097, 4, '1/2 1001'],
  ])('with extended messages, length %i, type %i: %s (RFC 8654 section 4)', (length, type, expected) => {
    expect(judge(length, type, 65535)).toBe(expected)
  })

  test.each([20, 4097])('a NOTIFICATION of %i octets is told apart, as it is never answered', (length) => {
    const framer = new MessageFramer()
    framer.push(message(3, '', length))
    expect(() => framer.next()).toThrow(MalformedNotification)
  })
})

describe('decodeMessage on octets that are not one message', () => {
  const keepalive = toHex(encodeKeepalive())

  test.each([
    ['', '1/2'],
    ['ff', '1/2'],
    [MARKER, '1/2'],
    [`${MARKER}0013`, '1/2 0013'],
    [`${keepalive}00`, '1/2 0013'],
    [`${MARKER}001702000000`, '1/2 0017'],
  ])('%s', (hex, expected) => {
    expect(resetOf(() => decodeMessage(octets(hex), context()))).toBe(expected)
  })

  test('a KEEPALIVE', () => {
    expect(keepalive).toBe(`${MARKER}001304`)
    expect(decodeMessage(encodeKeepalive(), context())).toEqual({
      type: 'KEEPALIVE',
      message: { type: 'KEEPALIVE' },
      action: 'accept',
      faults: [],
    })
  })
})
