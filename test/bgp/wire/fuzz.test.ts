import { readdirSync, readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import {
  type DecodedMessage,
  decodeMessage,
  describeNotification,
  dissect,
  encodeKeepalive,
  encodeRouteRefresh,
  examine,
  type Family,
  MessageFramer,
  ProtocolError,
  routeChanges,
  type SessionContext,
  validateOpen,
} from '../../../bgp/wire/index.ts'
import { hostileMessages } from '../../support/mutations.ts'
import { octets } from '../../support/update-octets.ts'

/** Messages per run. A long run: OYEZ_FUZZ=1000000. */
const COUNT = Number(process.env.OYEZ_FUZZ ?? 20_000)

const captured = new URL('../../fixtures/wire/', import.meta.url)
const texts = readdirSync(captured).map((file) => readFileSync(new URL(file, captured), 'utf8'))
const seeds = [
  ...texts.flatMap((text) =>
    [...text.matchAll(/"hex":\s*"([0-9a-f]+)"/g)].map(([, hex = '']) => octets(hex)),
  ),
  encodeKeepalive(),
  encodeRouteRefresh('ipv6', 'begin'),
]

/** Every combination of what a session may have agreed on, in turn. */
function context(turn: number): SessionContext {
  const families: Family[] = turn & 8 ? ['ipv4', 'ipv6'] : ['ipv4']
  return {
    as4: (turn & 1) === 0,
    ebgp: (turn & 2) === 0,
    extendedMessages: (turn & 4) !== 0,
    addPath: new Set(turn & 16 ? families : []),
    families: new Set(families),
  }
}

/** Looks at all of it, as some part of the speaker would. */
function use(decoded: DecodedMessage): void {
  JSON.stringify(decoded)
  if (decoded.type === 'UPDATE') {
    const { withdrawn, announced } = routeChanges(decoded)
    for (const { nlri } of [...withdrawn, ...announced]) nlri.walk(() => undefined)
  }
  if (decoded.type === 'NOTIFICATION') describeNotification(decoded.message)
  if (decoded.type === 'OPEN') validateOpen(decoded.message, { asn: 4_200_000_001, families: ['ipv6'] })
}

/** How a session takes the octets: `read`, or the code of the error. */
function take(message: Uint8Array, ctx: SessionContext): string {
  const framer = new MessageFramer(ctx.extendedMessages ? 65_535 : 4096)
  framer.push(message)
  try {
    for (let next = framer.next(); next !== undefined; next = framer.next()) use(decodeMessage(next, ctx))
    return 'read'
  } catch (error) {
    if (error instanceof ProtocolError) return `error ${error.notification.code}`
    throw new Error(`not a ProtocolError, over ${Buffer.from(message).toString('hex')}`, { cause: error })
  }
}

describe(`${COUNT} hostile messages`, () => {
  test('are read, or refused with a ProtocolError', { timeout: 60_000 + COUNT }, () => {
    expect(seeds.length).toBeGreaterThan(100)
    const outcomes = new Map<string, number>()
    let turn = 0
    for (const message of hostileMessages(seeds, COUNT, 4271)) {
      const outcome = take(message, context(turn++))
      outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1)
    }
    // The run is worth something only if every kind of end was met.
    expect([...outcomes.keys()].sort()).toEqual(['error 1', 'error 2', 'error 3', 'error 7', 'read'])
    expect(outcomes.get('read')).toBeGreaterThan(COUNT / 10)
  })

  test('are examined and dissected without a throw, to the same verdict', { timeout: 60_000 + COUNT }, () => {
    let turn = 0
    for (const message of hostileMessages(seeds, COUNT / 4, 7606)) {
      const ctx = context(turn++)
      const { outcome } = examine(message, ctx)
      dissect(message, ctx)
      if (outcome.action !== 'session-reset') expect(take(message, { ...ctx })).not.toBe('error 1')
    }
  })

  test('each captured message, cut at every octet', () => {
    const ctx = context(8)
    for (const message of seeds.slice(0, 40)) {
      for (let length = 0; length < message.length; length++) {
        const cut = Uint8Array.from(message.subarray(0, length))
        if (length > 18) cut.set([length >> 8, length & 0xff], 16)
        take(cut, ctx)
        examine(cut, ctx)
        dissect(cut, ctx)
      }
    }
  })
})
