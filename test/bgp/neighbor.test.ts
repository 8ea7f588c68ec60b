import { describe, expect, test } from 'vitest'
import { RouteSet } from '../../bgp/index.ts'
import { type Capability, encodeRouteRefresh, encodeUpdate, fromHex, toHex } from '../../bgp/wire/index.ts'
import { fullCapabilities, type ScriptedConnection } from '../support/scripted-peer.ts'
import { THEM, US, World } from '../support/world.ts'

const HOUR = 3_600_000

function routes(count: number, attributes = {}): RouteSet {
  return RouteSet.of(Array.from({ length: count }, (_, i) => ({ prefix: `198.51.100.${i}/32`, attributes })))
}

/** What the connection was told: announced and withdrawn prefixes in order, and End-of-RIB. */
function story(connection: ScriptedConnection): string[] {
  return connection.received.flatMap(({ decoded }) => {
    if (decoded.type === 'ROUTE-REFRESH') return [decoded.message.subtype]
    if (decoded.type !== 'UPDATE') return []
    const { withdrawn, nlri, reach, unreach, endOfRib } = decoded.message
    if (endOfRib !== undefined) return [`EoR ${endOfRib}`]
    const added = [...nlri, ...(reach?.nlri ?? [])].map(({ prefix }) => `+${prefix}`)
    const removed = [...withdrawn, ...(unreach?.nlri ?? [])].map(({ prefix }) => `-${prefix}`)
    return [...removed, ...added]
  })
}

describe('routes', () => {
  test('set before the session, arrive with it, and then End-of-RIB', () => {
    const world = new World()
    world.neighbor.setRoutes(routes(2))
    const connection = world.establish()
    expect(story(connection)).toEqual(['+198.51.100.0/32', '+198.51.100.1/32', 'EoR ipv4'])
    expect(world.neighbor.status()).toMatchObject({ advertised: { ipv4: 2, ipv6: 0 }, pending: 0 })
    expect(world.neighbor.standing('198.51.100.0/32').sent).toBe(true)
  })

  test('nothing is sent in the turn of setRoutes, and only the last set counts', () => {
    const world = new World()
    const connection = world.establish()
    world.neighbor.setRoutes(routes(3))
    world.neighbor.setRoutes(routes(1))
    expect(world.neighbor.status().messages.sent.UPDATE).toBe(1)
    world.clock.settle()
    expect(story(connection)).toEqual(['EoR ipv4', '+198.51.100.0/32'])
    world.neighbor.setRoutes(RouteSet.empty)
    world.clock.settle()
    expect(story(connection).at(-1)).toBe('-198.51.100.0/32')
  })

  test('are all sent again after the session was lost', () => {
    const world = new World()
    world.neighbor.setRoutes(routes(2))
    world.establish().close()
    world.clock.advance(0)
    expect(world.neighbor.status().advertised.ipv4).toBe(0)
    world.clock.advance(2_000)
    expect(story(world.establish())).toEqual(['+198.51.100.0/32', '+198.51.100.1/32', 'EoR ipv4'])
    expect(world.neighbor.status().flaps).toBe(1)
  })

  test('of a family the peer does not carry are withheld, and status says so', () => {
    const world = new World({ families: ['ipv4', 'ipv6'] })
    world.neighbor.setRoutes(
      RouteSet.of([{ prefix: '2001:db8::1/128', attributes: { nextHop: '2001:db8::2' } }]),
    )
    const connection = world.establish({ families: ['ipv4'] })
    expect(story(connection)).toEqual(['EoR ipv4'])
    expect(world.neighbor.status().withheld).toEqual([
      { family: 'ipv6', reason: 'FamilyNotNegotiated', count: 1 },
    ])
  })

  test('both families over one session, with the configured next hop for the other', () => {
    const world = new World({ families: ['ipv4', 'ipv6'], nextHop: { ipv6: '2001:db8::1' } })
    world.neighbor.setRoutes(
      RouteSet.of([
        { prefix: '198.51.100.1/32', attributes: {} },
        { prefix: '2001:db8:1::1/128', attributes: {} },
      ]),
    )
    const connection = world.establish({ families: ['ipv4', 'ipv6'] })
    expect(story(connection).sort()).toEqual([
      '+198.51.100.1/32',
      '+2001:db8:1::1/128',
      'EoR ipv4',
      'EoR ipv6',
    ])
    const updates = connection.received.flatMap(({ decoded }) =>
      decoded.type === 'UPDATE' ? [decoded.message] : [],
    )
    expect(updates.map(({ attributes }) => attributes.nextHop)).toContain(US)
    expect(updates.map(({ reach }) => reach?.nextHop)).toContain('2001:db8::1')
  })

  test('an internal peer gets LOCAL_PREF and no AS, an external one our AS and no LOCAL_PREF', () => {
    const told = (asn: number) => {
      const world = new World({ asn })
      world.neighbor.setRoutes(routes(1))
      const { received } = world.establish({ asn })
      const first = received.find(({ decoded }) => decoded.type === 'UPDATE')?.decoded
      return first?.type === 'UPDATE' ? first.message.attributes : undefined
    }
    expect(told(65001)).toMatchObject({ asPath: [], localPref: 100 })
    expect(told(65002)?.asPath).toEqual([{ type: 'sequence', asns: [65001] }])
    expect(told(65002)?.localPref).toBeUndefined()
  })
})

describe('ROUTE-REFRESH (RFC 2918, RFC 7313)', () => {
  const established = (capabilities?: readonly Capability[]) => {
    const world = new World()
    world.neighbor.setRoutes(routes(2))
    const connection = world.establish(capabilities === undefined ? {} : { capabilities })
    connection.received.length = 0
    return { world, connection }
  }
  const both = ['+198.51.100.0/32', '+198.51.100.1/32']

  test('sends the family again, between BoRR and EoRR', () => {
    const { world, connection } = established()
    connection.send(encodeRouteRefresh('ipv4', 'request'))
    world.clock.settle()
    expect(story(connection)).toEqual(['begin', ...both, 'end'])
  })

  test('without marks for a peer that does not know them', () => {
    const plain = fullCapabilities(65002, ['ipv4']).filter(({ type }) => type !== 'enhancedRefresh')
    const { world, connection } = established(plain)
    connection.send(encodeRouteRefresh('ipv4', 'request'))
    world.clock.settle()
    expect(story(connection)).toEqual(both)
  })

  test('of a family that was not negotiated is ignored', () => {
    const { world, connection } = established()
    connection.send(encodeRouteRefresh('ipv6', 'request'))
    world.clock.settle()
    expect(story(connection)).toEqual([])
    expect(world.state).toBe('Established')
  })

  test('a hundred requests in a row are answered at most twice', () => {
    const { world, connection } = established()
    for (let i = 0; i < 100; i += 1) connection.send(encodeRouteRefresh('ipv4', 'request'))
    world.clock.settle()
    const starts = story(connection).filter((word) => word === 'begin')
    expect(starts.length).toBeGreaterThan(0)
    expect(starts.length).toBeLessThanOrEqual(2)
  })

  test('we can ask too', () => {
    const { world, connection } = established()
    expect(world.neighbor.requestRefresh('ipv4')).toBe(true)
    expect(world.neighbor.requestRefresh('ipv6')).toBe(false)
    world.clock.settle()
    expect(story(connection)).toEqual(['request'])
  })
})

describe('what the peer announces', () => {
  const context = {
    as4: true,
    ebgp: true,
    extendedMessages: false,
    addPath: new Set<never>(),
    families: new Set(['ipv4'] as const),
  }
  const announcement = (first: number, count: number) =>
    encodeUpdate(
      {
        attributes: { origin: 'igp', asPath: [{ type: 'sequence', asns: [65002] }], nextHop: THEM },
        nlri: Array.from({ length: count }, (_, i) => ({ prefix: `192.0.2.${first + i}/32` })),
      },
      context,
    )

  test('is counted, shown, and forgotten with the session', () => {
    const world = new World()
    const connection = world.establish()
    connection.send(announcement(0, 3))
    world.clock.settle()
    expect(world.neighbor.status().received.ipv4).toEqual({ prefixes: 3, exact: true })
    expect([...world.neighbor.receivedRoutes()].map(({ prefix }) => prefix)).toEqual([
      '192.0.2.0/32',
      '192.0.2.1/32',
      '192.0.2.2/32',
    ])
    connection.close()
    world.clock.settle()
    expect(world.neighbor.status().received.ipv4.prefixes).toBe(0)
  })

  test('is never passed on', () => {
    const world = new World()
    const connection = world.establish()
    connection.send(announcement(0, 3))
    world.clock.settle()
    expect(story(connection)).toEqual(['EoR ipv4'])
  })

  test('beyond the limit ends the session with 6/1, the limit as data, and a long pause (RFC 4486)', () => {
    const world = new World({ maxPrefixes: { ipv4: 5 } })
    const connection = world.establish()
    connection.send(announcement(0, 5))
    world.clock.settle()
    expect(world.state).toBe('Established')
    connection.send(announcement(5, 1))
    world.clock.settle()
    expect(connection.refusal).toBe('6/1')
    expect(toHex(connection.notification?.data ?? new Uint8Array(0))).toBe('00010100000005')
    const { nextRetryInMs, lastError } = world.neighbor.status()
    expect(nextRetryInMs).toBeGreaterThan(20_000)
    expect(lastError?.text).toContain('6 ipv4 prefixes')
  })

  test('with an attribute that is wrong costs the routes, not the session; logged with its octets now and then', () => {
    const world = new World()
    const connection = world.establish()
    const bad = fromHex(
      `${'ff'.repeat(16)}00270200000010 40010105 40020402010000fdea 40030401020304 18c00002`.replaceAll(
        ' ',
        '',
      ),
    )
    const wrongOrigin = bad ?? new Uint8Array(0)
    const length = wrongOrigin.length
    wrongOrigin[16] = length >> 8
    wrongOrigin[17] = length & 0xff
    wrongOrigin[22] = length - 23 - 4
    for (let i = 0; i < 10; i += 1) connection.send(wrongOrigin)
    world.clock.settle()
    expect(world.state).toBe('Established')
    expect(world.neighbor.status().faults.treatAsWithdraw).toBe(10)
    const lines = () => world.log.filter(({ message }) => message.includes('faults'))
    expect(lines()).toHaveLength(1)
    expect(lines()[0]?.fields.message).toBe(toHex(wrongOrigin))
    world.clock.advance(60_000)
    connection.send(wrongOrigin)
    world.clock.settle()
    expect(lines()[1]?.fields.unlogged).toBe(9)
  })
})

describe('a peer that rejects us is asked ever more rarely', () => {
  /** Attempts in each of the first hours. */
  function attempts(script: (connection: ScriptedConnection) => void, hours = 3): number[] {
    const world = new World()
    world.peer.listen(script)
    return Array.from({ length: hours }, () => {
      const before = world.lan.attempts.length
      world.clock.advance(HOUR)
      return world.lan.attempts.length - before
    })
  }

  test.each<[string, (connection: ScriptedConnection) => void, number]>([
    ['closes at once', (connection) => connection.close(), 45],
    ['answers our OPEN with 2/2', (connection) => afterOpen(connection, () => connection.notify(2, 2)), 20],
    ['always answers 2/4', (connection) => afterOpen(connection, () => connection.notify(2, 4)), 20],
    ['answers 6/5', (connection) => afterOpen(connection, () => connection.notify(6, 5)), 18],
    ['is another AS', (connection) => connection.open({ asn: 65099 }), 20],
    ['closes after its OPEN', (connection) => afterOpen(connection, () => connection.open().close()), 45],
    ['sends garbage', (connection) => connection.send(new Uint8Array(100)), 45],
    ['ends every session at once', flap, 45],
  ])('%s', (_what, script, most) => {
    const [first = 0, second = 0, third = 0] = attempts(script)
    expect(first).toBeGreaterThan(5)
    expect(first).toBeLessThanOrEqual(most)
    expect(second).toBeLessThanOrEqual(Math.ceil(HOUR / 90_000))
    expect(third).toBeLessThanOrEqual(Math.ceil(HOUR / 90_000))
  })

  test('no listener at all', () => {
    const world = new World()
    world.clock.advance(HOUR)
    expect(world.lan.attempts.length).toBeLessThan(45)
    const gaps = world.lan.attempts.slice(1).map(({ at }, i) => at - (world.lan.attempts[i]?.at ?? 0))
    expect(gaps[0]).toBeLessThanOrEqual(2_000)
    expect(gaps[0]).toBeGreaterThanOrEqual(1_500)
    expect(gaps.at(-1)).toBeGreaterThanOrEqual(90_000)
    expect(gaps.at(-1)).toBeLessThanOrEqual(120_000)
  })

  test('a peer that dials us all the time cannot make us busy either', () => {
    const world = new World()
    let opens = 0
    for (let i = 0; i < 3_600; i += 1) {
      const connection = world.peer.dial(US)
      world.clock.settle()
      connection.notify(2, 2)
      world.clock.advance(1_000)
      opens += connection.count('OPEN')
    }
    expect(opens).toBeLessThan(30)
    expect(world.neighbor.status().refused).toBeGreaterThan(3_000)
  })

  test('one whose SYNs vanish is tried again within ConnectRetry, and reached once it is back', () => {
    const world = new World({ connectRetryTime: 20 })
    world.lan.unreachable.add(THEM)
    world.peer.listen((connection) => afterOpen(connection, () => connection.open().keepalive()))
    world.clock.advance(HOUR)
    world.lan.unreachable.delete(THEM)
    world.clock.advance(20_000)
    expect(world.state).toBe('Established')
  })

  test('a first reconnect after a lost session is a matter of a second', () => {
    const world = new World()
    world.establish().close()
    world.peer.listen((connection) => afterOpen(connection, () => connection.open().keepalive()))
    world.clock.advance(1_000)
    expect(world.state).toBe('Established')
  })

  function afterOpen(connection: ScriptedConnection, then: () => void): void {
    connection.onMessage = ({ type }) => {
      if (type === 'OPEN') then()
    }
  }

  function flap(connection: ScriptedConnection): void {
    connection.onMessage = ({ type }) => {
      if (type === 'OPEN') connection.open().keepalive()
      if (type === 'UPDATE') connection.notify(6, 4)
    }
  }
})

describe('a peer that refuses a capability', () => {
  /** Refuses OPENs by `judge`, and accepts the others. */
  function picky(judge: (capabilities: readonly string[]) => [number, number, string?] | undefined) {
    const world = new World({}, { hostname: 'node1' })
    const seen: string[][] = []
    world.peer.listen((connection) => {
      connection.onMessage = (decoded) => {
        if (decoded.type !== 'OPEN') return
        const names = decoded.message.capabilities.map(({ type }) => type)
        seen.push(names)
        const [code, subcode, data = ''] = judge(names) ?? [0, 0]
        if (code === 0) connection.open({ capabilities: [] }).keepalive()
        else connection.notify(code, subcode, fromHex(data))
      }
    })
    world.clock.advance(60_000)
    return { world, seen }
  }

  test('by name: the next OPEN is without it, the session comes up, and status says what was left out', () => {
    const { world, seen } = picky((names) =>
      names.includes('extendedMessages') ? [2, 7, '0600'] : undefined,
    )
    expect(seen).toHaveLength(2)
    expect(seen[1]).toEqual(seen[0]?.filter((name) => name !== 'extendedMessages'))
    expect(world.state).toBe('Established')
    expect(world.neighbor.status().capabilities.leftOut).toEqual(['extended messages'])
  })

  test('without a name, one that knows none at all gets the bare OPEN in the end', () => {
    const { world, seen } = picky((names) => (names.length > 0 ? [2, 4] : undefined))
    expect(seen.map((names) => names.length)).toEqual([6, 3, 2, 0])
    expect(world.state).toBe('Established')
  })

  test('is offered the same less after a lost session', () => {
    const { world, seen } = picky((names) =>
      names.includes('extendedMessages') ? [2, 7, '0600'] : undefined,
    )
    world.peer.last.close()
    world.clock.advance(5_000)
    expect(world.state).toBe('Established')
    expect(seen.at(-1)).not.toContain('extendedMessages')
  })
})

describe('shutting down', () => {
  test('Cease 6/2 with the text for the operator (RFC 9003), and no further attempt', () => {
    const world = new World()
    const connection = world.establish()
    world.neighbor.shutdown('back at 10')
    world.clock.settle()
    expect(connection.refusal).toBe('6/2')
    expect(toHex(connection.notification?.data ?? new Uint8Array(0))).toBe(
      `0a${toHex(new TextEncoder().encode('back at 10'))}`,
    )
    const before = world.lan.attempts.length
    world.clock.advance(HOUR)
    expect(world.lan.attempts.length).toBe(before)
    expect(world.neighbor.status()).toMatchObject({ state: 'Idle', enabled: false, flaps: 0 })
    world.neighbor.start()
    expect(world.establish().isOpen).toBe(true)
  })

  test('without a text there is no data', () => {
    const world = new World()
    const connection = world.establish()
    world.neighbor.shutdown()
    world.clock.settle()
    expect(connection.notification?.data).toHaveLength(0)
  })

  test('removing says 6/3', () => {
    const world = new World()
    const connection = world.establish()
    world.speaker.remove(world.neighbor)
    world.clock.settle()
    expect(connection.refusal).toBe('6/3')
    expect(world.speaker.neighbors()).toEqual([])
  })

  test('the NOTIFICATION arrives although the peer has unread octets under way', () => {
    const world = new World()
    world.lan.latency = () => 5
    const connection = world.peer.dial(US)
    world.clock.advance(20)
    connection.open()
    world.clock.advance(20)
    connection.keepalive()
    world.clock.advance(20)
    connection.keepalive().keepalive()
    world.neighbor.shutdown('bye')
    world.clock.advance(100)
    expect(connection.refusal).toBe('6/2')
  })
})

describe('status', () => {
  test('is plain JSON', () => {
    const world = new World({ password: 'secret', description: 'rack 1' })
    const status = world.neighbor.status()
    expect(JSON.parse(JSON.stringify(status))).toEqual(status)
    expect(JSON.stringify([status, world.speaker.status(), world.log])).not.toContain('secret')
  })

  test('tells what the peer said when it left, safe to show', () => {
    const world = new World()
    const connection = world.establish()
    const text = new TextEncoder().encode('maintenance\u0007 soon')
    connection.notify(6, 2, Uint8Array.of(text.length, ...text))
    world.clock.settle()
    const { lastError, state, nextRetryInMs } = world.neighbor.status()
    expect(lastError).toMatchObject({ direction: 'received' })
    expect(lastError?.text).toMatch(/^Cease\/Administrative Shutdown: maintenance/)
    expect(lastError?.text).not.toContain('\u0007')
    expect(state).toBe('Idle')
    expect(nextRetryInMs).toBeGreaterThan(3_000)
  })

  test('names both AS numbers when they do not fit', () => {
    const world = new World()
    world.peer.dial(US).open({ asn: 65077 })
    world.clock.settle()
    expect(world.neighbor.status().lastError?.text).toMatch(/65077.*65002/)
  })

  test('says what we offered when the peer hangs up on our OPEN', () => {
    const world = new World()
    world.peer.listen((connection) => {
      connection.onMessage = () => connection.close()
    })
    world.clock.advance(1_000)
    expect(world.neighbor.status().lastError?.text).toMatch(/after our OPEN.*extended messages/)
  })

  test('says that another speaker may hold the session when all we get is 6/7', () => {
    const world = new World()
    world.peer.listen((connection) => connection.notify(6, 7))
    world.clock.advance(1_000)
    expect(world.neighbor.status().lastError?.text).toMatch(/another BGP speaker/)
  })

  test('tells onChange of every state', () => {
    const world = new World()
    const before = world.changes
    world.establish()
    expect(world.changes - before).toBeGreaterThanOrEqual(3)
  })

  test('counts time in its state', () => {
    const world = new World()
    const connection = world.establish()
    world.clock.advance(20_000)
    connection.keepalive()
    world.clock.advance(20_000)
    expect(world.neighbor.status().uptimeMs).toBe(40_000)
  })
})
