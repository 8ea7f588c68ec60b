import { describe, expect, test } from 'vitest'
import { FEATURES, type Feature } from '../../../bgp/fsm/features.ts'
import { negotiate, negotiatedFeatures, sessionContext } from '../../../bgp/fsm/negotiate.ts'
import { type Offer, openParams, reduced } from '../../../bgp/fsm/offer.ts'
import {
  type Capability,
  decodeMessage,
  encodeOpen,
  type Family,
  type OpenMessage,
  ProtocolError,
  toHex,
  unicast,
} from '../../../bgp/wire/index.ts'

const ours: Offer = {
  asn: 65001,
  routerId: '10.0.0.1',
  holdTime: 90,
  families: ['ipv4', 'ipv6'],
  features: new Set(FEATURES),
  addPath: { ipv4: 'both', ipv6: 'send' },
  gracefulRestart: { restartTime: 120, restarting: false, families: ['ipv4'] },
  hostname: 'node1',
  softwareVersion: 'test/1',
}

const theirs: Offer = { ...ours, asn: 65002, routerId: '10.0.0.2', holdTime: 30 }

/** An OPEN as it comes off the wire. */
function openOf(offer: Offer, capabilities?: readonly Capability[]): OpenMessage {
  const params = openParams(offer)
  const bytes = encodeOpen({ ...params, capabilities: capabilities ?? params.capabilities })
  const decoded = decodeMessage(bytes, sessionContext(NOTHING, true, 'receive'))
  if (decoded.type !== 'OPEN') throw new Error('no OPEN')
  return decoded.message
}

const NOTHING = {
  remote: { routerId: '0.0.0.1', asn: 1 },
  holdTime: 0,
  keepaliveTime: 0,
  families: new Set<Family>(),
  as4: true,
  extendedMessages: false,
  routeRefresh: false,
  enhancedRefresh: false,
  extendedNextHop: false,
  addPath: { send: new Set<Family>(), receive: new Set<Family>() },
  received: [],
}

const agree = (our: Offer, their: Offer, capabilities?: readonly Capability[]) =>
  negotiate(our, 65002, openOf(their, capabilities))

function refusal(judge: () => unknown): { code: number; subcode: number; data: string; reason: string } {
  try {
    judge()
  } catch (error) {
    if (!(error instanceof ProtocolError)) throw error
    const { code, subcode, data } = error.notification
    return { code, subcode, data: toHex(data), reason: error.message }
  }
  throw new Error('accepted')
}

describe('two full offers', () => {
  const terms = agree(ours, theirs)

  test('agree on everything but what only informs', () => {
    const informing: Feature[] = ['fqdn', 'softwareVersion']
    expect(negotiatedFeatures(terms)).toEqual(FEATURES.filter((feature) => !informing.includes(feature)))
  })

  test('take the smaller hold time, and a third of it', () => {
    expect(terms).toMatchObject({
      holdTime: 30,
      keepaliveTime: 10,
      remote: { asn: 65002, routerId: '10.0.0.2' },
    })
  })

  test('keep the peer’s graceful restart terms', () => {
    expect(terms.gracefulRestart).toMatchObject({
      restartTime: 120,
      families: [{ family: 'ipv4', forwarding: true }],
    })
  })
})

test.each(FEATURES)('without %s in our OPEN it is not agreed on, and is not on the wire', (feature) => {
  const less = reduced(ours, new Set([feature]))
  const types = openParams(less).capabilities.map(({ type }) => type)
  expect(types).not.toContain(feature)
  expect(new Set(types).size).toBe(FEATURES.length - 1)
  const terms = agree(less, theirs)
  if (feature === 'multiprotocol') expect([...terms.families]).toEqual(['ipv4'])
  else expect(negotiatedFeatures(terms)).not.toContain(feature)
})

describe('families', () => {
  test('are those of both', () => {
    expect([...agree(ours, { ...theirs, families: ['ipv6'] }).families]).toEqual(['ipv6'])
  })

  test('a peer without any capability means IPv4 unicast and 2-octet AS numbers', () => {
    const terms = agree(ours, theirs, [])
    expect([...terms.families]).toEqual(['ipv4'])
    expect(negotiatedFeatures(terms)).toEqual(['multiprotocol'])
    expect(terms.received).toEqual([])
  })

  test('none in common: 2/7, with what we need as data (RFC 5492 section 5)', () => {
    const { code, subcode, data } = refusal(() =>
      agree({ ...ours, families: ['ipv6'] }, { ...theirs, families: ['ipv4'] }),
    )
    expect([code, subcode, data]).toEqual([2, 7, '010400020001'])
  })
})

describe('who the peer is', () => {
  test('another AS than configured: 2/2, and both are named', () => {
    const { subcode, reason } = refusal(() => negotiate(ours, 65009, openOf(theirs)))
    expect(subcode).toBe(2)
    expect(reason).toContain('65002')
    expect(reason).toContain('65009')
  })

  test('our identifier in our AS: 2/3; in another AS it is fine (RFC 6286)', () => {
    const twin = { ...ours, asn: 65002 }
    expect(
      refusal(() => negotiate({ ...twin }, 65002, openOf({ ...theirs, routerId: '10.0.0.1' }))).subcode,
    ).toBe(3)
    expect(agree(ours, { ...theirs, routerId: '10.0.0.1' }).remote.routerId).toBe('10.0.0.1')
  })

  test('a 4-octet AS is told by the capability, with AS_TRANS in the field (RFC 6793)', () => {
    const open = openOf({ ...theirs, asn: 4_200_000_000 })
    expect(open.myAs).toBe(23456)
    expect(negotiate(ours, 4_200_000_000, open).remote.asn).toBe(4_200_000_000)
  })
})

describe('hold time', () => {
  test('0 from either side turns it off', () => {
    expect(agree(ours, { ...theirs, holdTime: 0 })).toMatchObject({ holdTime: 0, keepaliveTime: 0 })
    expect(agree({ ...ours, holdTime: 0 }, theirs)).toMatchObject({ holdTime: 0, keepaliveTime: 0 })
  })

  test.each([1, 2])('%i is refused with 2/6', (holdTime) => {
    expect(refusal(() => agree(ours, { ...theirs, holdTime })).subcode).toBe(6)
  })

  test('a configured keepalive time counts where it is shorter', () => {
    expect(agree({ ...ours, keepaliveTime: 4 }, theirs).keepaliveTime).toBe(4)
    expect(agree({ ...ours, keepaliveTime: 25 }, theirs).keepaliveTime).toBe(10)
  })
})

describe('add-path (RFC 7911)', () => {
  test.each([
    ['both', 'both', true, true],
    ['send', 'receive', true, false],
    ['receive', 'send', false, true],
    ['send', 'send', false, false],
    ['both', 'send', false, true],
  ] as const)('we %s, they %s', (our, their, send, receive) => {
    const { addPath } = agree({ ...ours, addPath: { ipv4: our } }, { ...theirs, addPath: { ipv4: their } })
    expect([addPath.send.has('ipv4'), addPath.receive.has('ipv4')]).toEqual([send, receive])
  })

  test('each direction has its own context', () => {
    const terms = agree({ ...ours, addPath: { ipv6: 'send' } }, { ...theirs, addPath: { ipv6: 'both' } })
    expect([...sessionContext(terms, true, 'send').addPath]).toEqual(['ipv6'])
    expect([...sessionContext(terms, true, 'receive').addPath]).toEqual([])
  })
})

test('extended next hop counts for IPv4 routes with IPv6 next hops only (RFC 8950)', () => {
  const others = openParams(theirs).capabilities.filter(({ type }) => type !== 'extendedNextHop')
  const tuple = { ...unicast('ipv6'), nextHopAfi: 1 }
  expect(
    agree(ours, theirs, [...others, { type: 'extendedNextHop', families: [tuple] }]).extendedNextHop,
  ).toBe(false)
})
