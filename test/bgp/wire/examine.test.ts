import { describe, expect, test } from 'vitest'
import { encodeKeepalive, encodeShutdownText, examine, toHex } from '../../../bgp/wire/index.ts'
import { MARKER, message, openBody } from '../../support/messages.ts'
import { context, octets } from '../../support/update-octets.ts'

function outcome(hex: string, ctx = context()): string {
  const { type, outcome: found } = examine(octets(hex), ctx)
  const { action, notification } = found
  const answer = notification && `${notification.code}/${notification.subcode} ${notification.data}`
  return [type, action, answer]
    .filter((part) => part !== null)
    .join(' ')
    .trim()
}

function reasons(hex: string): readonly string[] {
  return examine(octets(hex), context()).outcome.reasons
}

const keepalive = toHex(encodeKeepalive())
const endOfRib = toHex(message(2, '00000000'))
/** ORIGIN 9, so its one route is withdrawn. */
const badOrigin = toHex(
  message(2, '0000 0014 40010109 40020602010000fde9 400304c0000201 080a'.replaceAll(' ', '')),
)

describe('one message', () => {
  test.each([
    [keepalive, 'KEEPALIVE accept'],
    [endOfRib, 'UPDATE accept'],
    [badOrigin, 'UPDATE treat-as-withdraw'],
    [toHex(message(1, openBody())), 'OPEN accept'],
    [toHex(message(1, openBody({ version: 3 }))), 'OPEN session-reset 2/1 0004'],
    [toHex(message(2, '00010000')), 'UPDATE session-reset 3/1'],
    [toHex(message(4, '00')), 'KEEPALIVE session-reset 1/2 0014'],
    [toHex(message(5, '00010001')), 'ROUTE-REFRESH accept'],
    [toHex(message(9)), 'UNKNOWN session-reset 1/3 09'],
    [`00${keepalive.slice(2)}`, 'KEEPALIVE session-reset 1/1'],
    [toHex(message(3, '0602')), 'NOTIFICATION accept'],
    [toHex(message(3, '06')), 'NOTIFICATION session-reset'],
  ])('%s: %s', (hex, expected) => expect(outcome(hex)).toBe(expected))

  test('every outcome but a plain accept has its reason with the clause', () => {
    for (const hex of [badOrigin, toHex(message(9)), toHex(message(3, '06'))]) {
      expect(reasons(hex).join()).toMatch(/RFC \d+/)
    }
    expect(reasons(keepalive)).toEqual([])
  })

  test('a NOTIFICATION that cannot be read is never answered', () => {
    expect(reasons(toHex(message(3, '06')))).toContain(
      'a NOTIFICATION is never answered (RFC 4271 section 6.4)',
    )
  })

  test('a NOTIFICATION is told in words', () => {
    const hex = toHex(message(3, `0602${toHex(encodeShutdownText('back at ten'))}`))
    expect(examine(octets(hex), context()).message).toEqual({
      type: 'NOTIFICATION',
      code: 6,
      subcode: 2,
      data: '0b6261636b2061742074656e',
      name: 'Cease/Administrative Shutdown',
      text: 'back at ten',
    })
  })

  test('the limit is that of the session', () => {
    const long = toHex(message(2, `0000 0000 ${'00'.repeat(5000)}`.replaceAll(' ', '')))
    expect(outcome(long)).toBe('UPDATE session-reset 1/2 139f')
    expect(outcome(long, { ...context(), extendedMessages: true })).toBe('UPDATE treat-as-withdraw')
  })

  test('all of it is plain data', () => {
    const found = examine(message(2, '0004 18c00002 0000'.replaceAll(' ', '')), context())
    expect(JSON.parse(JSON.stringify(found))).toMatchObject({
      type: 'UPDATE',
      message: { withdrawn: ['192.0.2.0/24'] },
      outcome: { action: 'accept', notification: null, reasons: [] },
    })
  })
})

describe('octets that are not one message', () => {
  test.each([
    ['nothing', '', 'UNKNOWN session-reset 1/2'],
    ['part of a marker', 'ffffff', 'UNKNOWN session-reset 1/2'],
    ['part of something else', 'ff00ff', 'UNKNOWN session-reset 1/1'],
    ['a header without type', `${MARKER}0013`, 'UNKNOWN session-reset 1/2 0013'],
    ['a message cut short', toHex(message(2, '0000', 23)), 'UPDATE session-reset 1/2 0017'],
    ['a message and the start of another', `${endOfRib}ffff`, 'UPDATE session-reset 1/2'],
    ['a message and zeros', `${endOfRib}0000`, 'UPDATE session-reset 1/1'],
    [
      'a message and most of another',
      endOfRib + toHex(message(2, '0000', 23)),
      'UPDATE session-reset 1/2 0017',
    ],
    ['a message and rubbish', endOfRib + '00'.repeat(19), 'UPDATE session-reset 1/1'],
    ['two messages', endOfRib + keepalive, 'UPDATE accept'],
    ['the strongest of several counts', keepalive + badOrigin + endOfRib, 'KEEPALIVE treat-as-withdraw'],
    [
      'nothing counts behind a reset',
      endOfRib + toHex(message(9)) + badOrigin,
      'UPDATE session-reset 1/3 09',
    ],
  ])('%s', (_, hex, expected) => expect(outcome(hex)).toBe(expected))

  test('the reasons say what is there', () => {
    expect(reasons(toHex(message(2, '0000', 23)))).toEqual([
      'the octets end inside a message: 21 are there, its header says 23 (RFC 4271 section 6.1)',
    ])
    expect(reasons(keepalive + badOrigin)).toEqual([
      '2 messages, taken in order',
      expect.stringMatching(/^message 2: ORIGIN/),
    ])
    expect(reasons(endOfRib + toHex(message(9)))).toEqual([
      expect.stringMatching(/^message 2: message type 9/),
    ])
  })

  test('many messages', () => {
    expect(outcome(keepalive.repeat(200_000))).toBe('KEEPALIVE accept')
  })
})
