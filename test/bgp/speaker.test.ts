import { describe, expect, test } from 'vitest'
import { ConfigError, type Neighbor, type NeighborConfig, RouteSet, Speaker } from '../../bgp/index.ts'
import { FakeLan } from '../support/fake-network.ts'
import { ManualClock } from '../support/manual-clock.ts'
import { ScriptedPeer } from '../support/scripted-peer.ts'
import { seededRandom } from '../support/seeded-random.ts'
import { THEM, US, World } from '../support/world.ts'

/** Two of our speakers, AS 65001 at 10.0.0.1 and AS 65002 at 10.0.0.2. */
function pair(ours: Partial<NeighborConfig> = {}, theirs: Partial<NeighborConfig> = {}, seed = 1) {
  const clock = new ManualClock()
  const lan = new FakeLan(clock)
  const random = seededRandom(seed)
  const speaker = (address: string, asn: number) =>
    new Speaker({ asn, routerId: address }, { network: lan.host(address), clock, random })
  const a = speaker(US, 65001)
  const b = speaker(THEM, 65002)
  return {
    clock,
    lan,
    random,
    /** Both neighbors, added one after the other. */
    add: (between = () => {}): readonly [Neighbor, Neighbor] => {
      const first = a.add({ address: THEM, asn: 65002, ...ours })
      between()
      return [first, b.add({ address: US, asn: 65001, ...theirs })]
    },
  }
}

describe('two speakers', () => {
  test.each<[string, Partial<NeighborConfig>, Partial<NeighborConfig>]>([
    ['one of them passive', { passive: true }, {}],
    ['the other one passive', {}, { passive: true }],
    ['both active at once', {}, {}],
    ['with other hold times', { holdTime: 30 }, { holdTime: 9 }],
    ['without any capability', { capabilities: NONE() }, {}],
    [
      'with every capability',
      { families: ['ipv4', 'ipv6'], addPath: { ipv4: 'both' } },
      { families: ['ipv4', 'ipv6'] },
    ],
    ['with DelayOpen on both sides', { delayOpenTime: 3 }, { delayOpenTime: 5 }],
  ])('%s', (_what, ours, theirs) => {
    const { clock, add } = pair(ours, theirs)
    const [a, b] = add()
    a.setRoutes(RouteSet.of([{ prefix: '198.51.100.1/32', attributes: { communities: ['65001:1'] } }]))
    b.setRoutes(RouteSet.of([{ prefix: '198.51.100.2/32', attributes: {} }]))
    clock.advance(HOUR)
    expect(a.status()).toMatchObject({ state: 'Established', flaps: 0, advertised: { ipv4: 1 } })
    expect(b.status()).toMatchObject({ state: 'Established', flaps: 0, received: { ipv4: { prefixes: 1 } } })
    expect([...b.receivedRoutes()]).toMatchObject([
      { prefix: '198.51.100.1/32', attributes: { nextHop: US, communities: ['65001:1'] } },
    ])
  })

  test('over IPv6', () => {
    const clock = new ManualClock()
    const lan = new FakeLan(clock)
    const random = seededRandom(3)
    const make = (address: string, asn: number, routerId: string) =>
      new Speaker({ asn, routerId }, { network: lan.host(address), clock, random })
    const a = make('2001:db8::1', 65001, US).add({
      address: '2001:DB8:0::2',
      asn: 65002,
      families: ['ipv4', 'ipv6'],
    })
    const b = make('2001:db8::2', 65002, THEM).add({
      address: '2001:db8::1',
      asn: 65001,
      families: ['ipv4', 'ipv6'],
    })
    a.setRoutes(
      RouteSet.of([
        { prefix: '198.51.100.1/32', attributes: {} },
        { prefix: '2001:db8:1::/64', attributes: {} },
      ]),
    )
    clock.advance(5_000)
    expect([...b.receivedRoutes()].map(({ prefix, attributes }) => [prefix, attributes.nextHop])).toEqual([
      ['198.51.100.1/32', '2001:db8::1'],
      ['2001:db8:1::/64', '2001:db8::1'],
    ])
  })

  test('a cut link is noticed, and the session is back soon after it heals', () => {
    const { clock, lan, add } = pair({ holdTime: 9 })
    const [a, b] = add()
    clock.advance(5_000)
    lan.unreachable.add(THEM)
    clock.advance(9_000)
    expect([a.status().state, b.status().state]).not.toContain('Established')
    clock.advance(30_000)
    lan.unreachable.clear()
    clock.advance(60_000)
    expect([a.status().state, b.status().state]).toEqual(['Established', 'Established'])
  })
})

describe('collisions (RFC 4271 section 6.8)', () => {
  /** Both dial at about the same moment over a slow and uneven network; when all is quiet, what is left? */
  function collide(seed: number) {
    const { clock, lan, random, add } = pair({}, {}, seed)
    lan.latency = () => (random() < 0.3 ? random() * 200 : random() * 5)
    const [a, b] = add(() => clock.advance(random() * 20))
    clock.advance(1_500)
    const [left, right] = [a.status(), b.status()]
    const isOne = left.local?.port === right.remote?.port && left.remote?.port === right.local?.port
    return {
      seed,
      states: [left.state, right.state],
      connections: isOne ? 1 : 2,
      attempts: lan.attempts.length,
      mostSaid: Math.max(left.messages.sent.NOTIFICATION, right.messages.sent.NOTIFICATION),
      said: left.messages.sent.NOTIFICATION + right.messages.sent.NOTIFICATION,
      flaps: left.flaps + right.flaps,
    }
  }

  test('a thousand simultaneous opens: one session each, on one connection, no second attempt, no flap', () => {
    const outcomes = Array.from({ length: 1_000 }, (_, i) => collide(i + 1))
    const isGood = ({ states, connections, attempts, mostSaid, flaps }: (typeof outcomes)[number]) =>
      states.every((state) => state === 'Established') &&
      connections === 1 &&
      attempts === 2 &&
      mostSaid <= 1 &&
      flaps === 0
    expect(outcomes.filter((outcome) => !isGood(outcome))).toEqual([])
    // In the rest one side was so late that there was nothing to resolve.
    expect(outcomes.filter(({ said }) => said > 0).length).toBeGreaterThan(150)
  })

  const open = { asn: 65002, routerId: '10.0.0.9' }

  /** We have dialled the peer, and it has dialled us. */
  function crossing() {
    const world = new World()
    world.peer.listen()
    world.clock.settle()
    const ours = world.peer.last
    const theirs = world.peer.dial(US)
    world.clock.settle()
    return { world, ours, theirs }
  }

  test.each([
    ['higher', '10.0.0.9'],
    ['lower', '9.255.255.255'],
  ])('a peer with a %s identifier hears 6/7 exactly once', (which, routerId) => {
    const { world, ours, theirs } = crossing()
    ours.open({ routerId })
    world.clock.settle()
    theirs.open({ routerId })
    world.clock.settle()
    const [winner, loser] = which === 'higher' ? [theirs, ours] : [ours, theirs]
    expect(loser.refusal).toBe('6/7')
    expect(winner.notification).toBeUndefined()
    winner.keepalive()
    world.clock.settle()
    expect(world.state).toBe('Established')
    expect(world.neighbor.status().collisions).toBe(1)
  })

  test('the loser may send what it likes, nobody listens', () => {
    const { world, ours, theirs } = crossing()
    ours.open(open)
    theirs.open(open)
    world.clock.settle()
    ours.send(new Uint8Array(200)).keepalive()
    theirs.keepalive()
    world.clock.settle()
    expect(world.state).toBe('Established')
    expect(theirs.notification).toBeUndefined()
  })

  test('both are kept until the second OPEN is there', () => {
    const { world, ours, theirs } = crossing()
    ours.open(open)
    world.clock.advance(3_000)
    expect([ours.isOpen, theirs.isOpen]).toEqual([true, true])
    theirs.open(open)
    world.clock.settle()
    expect([ours.refusal, theirs.refusal]).toEqual(['6/7', undefined])
  })

  test('an Established session stands; the second connection gets 6/7', () => {
    const world = new World()
    const first = world.establish()
    const second = world.peer.dial(US)
    world.clock.settle()
    expect(second.refusal).toBe('6/7')
    expect(second.isOpen).toBe(false)
    expect(first.isOpen).toBe(true)
    expect(world.state).toBe('Established')
  })

  test('of ten connections two are kept at most, and one wins', () => {
    const { world, ours, theirs } = crossing()
    const others = Array.from({ length: 9 }, () => world.peer.dial(US))
    world.clock.settle()
    expect(others.filter(({ isOpen }) => isOpen)).toEqual([])
    ours.open(open)
    theirs.open(open)
    world.clock.settle()
    theirs.keepalive()
    world.clock.settle()
    expect(world.state).toBe('Established')
  })
})

describe('listening', () => {
  test('strangers are closed without a word, and counted', () => {
    const world = new World()
    const stranger = new ScriptedPeer(world.lan.host('10.0.0.77'), world.clock).dial(US)
    world.clock.settle()
    expect(stranger.types).toEqual([])
    expect(stranger.isOpen).toBe(false)
    expect(world.speaker.status().strangers).toBe(1)
  })

  test('a flood of strangers is counted, and reported once a minute', () => {
    const world = new World()
    const host = world.lan.host('10.0.0.77')
    const reports = () =>
      world.log.filter(({ message }) => message.startsWith('connection from no configured'))
    for (let dials = 0; dials < 1000; dials++) new ScriptedPeer(host, world.clock).dial(US)
    world.clock.settle()
    expect(reports().map(({ fields }) => fields)).toEqual([{ from: '10.0.0.77', unlogged: 0 }])
    world.clock.advance(60_000)
    new ScriptedPeer(host, world.clock).dial(US)
    world.clock.settle()
    expect(reports().map(({ fields }) => fields.unlogged)).toEqual([0, 999])
    expect(world.speaker.status().strangers).toBe(1001)
  })

  test('a port that is taken is reported once, tried again, and does not keep us from dialling', () => {
    const clock = new ManualClock()
    const lan = new FakeLan(clock)
    const squatter = new ScriptedPeer(lan.host(US), clock).listen()
    const warnings: string[] = []
    const context = {
      network: lan.host(US),
      clock,
      random: seededRandom(1),
      log: (level: string, message: string) => level === 'warn' && warnings.push(message),
    }
    const endpoint = { address: '0.0.0.0', port: 179 }
    const speaker = new Speaker({ asn: 65001, routerId: US, listen: [endpoint] }, context)
    new ScriptedPeer(lan.host(THEM), clock).listen((connection) => {
      connection.onMessage = ({ type }) => {
        if (type === 'OPEN') connection.open().keepalive()
      }
    })
    const neighbor = speaker.add({ address: THEM, asn: 65002 })
    clock.advance(60_000)
    expect(neighbor.status().state).toBe('Established')
    expect(speaker.status().listeners).toEqual([{ ...endpoint, state: 'failed', error: 'listen EADDRINUSE' }])
    expect(warnings.filter((message) => message.startsWith('cannot listen'))).toHaveLength(1)
    squatter.deafen()
    clock.advance(60_000)
    expect(speaker.status().listeners).toEqual([{ ...endpoint, state: 'listening' }])
  })

  test('listen: none opens no socket', () => {
    const world = new World({}, { listen: 'none' })
    expect(world.speaker.status().listeners).toEqual([])
    const connection = world.peer.dial(US)
    world.clock.settle()
    expect(connection.isOpen).toBe(false)
    expect(connection.types).toEqual([])
  })

  test('MD5 keys follow the neighbors', () => {
    const world = new World({ password: 'one' })
    expect(world.lan.passwordsAt(US)).toEqual(new Map([[THEM, 'one']]))
    const other = world.speaker.add({ address: '10.0.0.3', asn: 65003, password: 'two' })
    expect(world.lan.passwordsAt(US)).toEqual(
      new Map([
        [THEM, 'one'],
        ['10.0.0.3', 'two'],
      ]),
    )
    world.speaker.remove(other)
    world.speaker.remove(world.neighbor)
    expect(world.lan.passwordsAt(US)).toEqual(new Map())
  })

  test('a key of the wrong kind gets no connection in either direction', () => {
    const { clock, add } = pair({ password: 'one' }, { password: 'two' })
    const [a, b] = add()
    clock.advance(60_000)
    expect([a.status().state, b.status().state]).not.toContain('Established')
    expect(a.status().messages.sent.OPEN + b.status().messages.sent.OPEN).toBe(0)
  })

  test('TTL security is asked of both kinds of connection', () => {
    const world = new World({ ttlSecurity: 1 })
    expect(world.lan.attempts[0]?.options).toEqual({ ttl: 255, minTtl: 255 })
    expect(new World({ ttlSecurity: 3 }).lan.attempts[0]?.options.minTtl).toBe(253)
    expect(new World().lan.attempts[0]?.options).toEqual({})
  })
})

describe('closing', () => {
  test('tells every peer why, and resolves when that is written', async () => {
    const world = new World()
    const connection = world.establish()
    const closed = world.speaker.close('upgrade')
    world.clock.advance(1)
    await closed
    expect(connection.refusal).toBe('6/2')
    expect(new TextDecoder().decode(connection.notification?.data.subarray(1))).toBe('upgrade')
    world.clock.advance(HOUR)
    expect(world.lan.attempts.filter(({ from }) => from === US)).toHaveLength(1)
  })

  test('does not wait for ever for a peer that reads nothing', async () => {
    const world = new World()
    world.lan.window = 100
    const connection = world.establish()
    connection.connection.pause()
    world.neighbor.setRoutes(RouteSet.of([{ prefix: '198.51.100.1/32', attributes: {} }]))
    world.clock.settle()
    let isClosed = false
    const closed = world.speaker.close('upgrade').then(() => {
      isClosed = true
    })
    world.clock.advance(499)
    await Promise.resolve()
    expect(isClosed).toBe(false)
    world.clock.advance(1)
    await closed
    expect(isClosed).toBe(true)
  })

  test('leaves nothing running', async () => {
    const world = new World()
    world.establish()
    const closed = world.speaker.close()
    world.clock.advance(5_000)
    await closed
    world.clock.settle()
    expect(world.clock.size).toBe(0)
  })
})

describe('configuration', () => {
  const world = new World()
  const problems = (config: Partial<Record<keyof NeighborConfig, unknown>>): string[] => {
    try {
      world.speaker.add({ address: '10.0.0.3', asn: 65003, ...config } as NeighborConfig)
    } catch (error) {
      if (error instanceof ConfigError) return error.problems.map(({ field }) => field)
      throw error
    }
    return []
  }

  test.each<[Partial<Record<keyof NeighborConfig, unknown>>, string]>([
    [{ address: 'router1' }, 'address'],
    [{ address: '10.0.0.2' }, 'address'],
    [{ address: '::ffff:10.0.0.2' }, 'address'],
    [{ asn: 0 }, 'asn'],
    [{ asn: 23456 }, 'asn'],
    [{ asn: 2 ** 32 }, 'asn'],
    [{ asn: 1.5 }, 'asn'],
    [{ localAsn: 0 }, 'localAsn'],
    [{ routerId: '0.0.0.0' }, 'routerId'],
    [{ routerId: '::1' }, 'routerId'],
    [{ port: 0 }, 'port'],
    [{ port: 65536 }, 'port'],
    [{ holdTime: 1 }, 'holdTime'],
    [{ holdTime: 2 }, 'holdTime'],
    [{ holdTime: 65536 }, 'holdTime'],
    [{ keepaliveTime: 0 }, 'keepaliveTime'],
    [{ connectRetryTime: 0 }, 'connectRetryTime'],
    [{ delayOpenTime: -1 }, 'delayOpenTime'],
    [{ password: '' }, 'password'],
    [{ password: 'ä'.repeat(41) }, 'password'],
    [{ sourceAddress: '2001:db8::1' }, 'sourceAddress'],
    [{ sourceAddress: 'eth0' }, 'sourceAddress'],
    [{ ttl: 0 }, 'ttl'],
    [{ ttl: 64, ttlSecurity: 1 }, 'ttl'],
    [{ ttlSecurity: 255 }, 'ttlSecurity'],
    [{ families: [] }, 'families'],
    [{ families: ['ipv5'] }, 'families'],
    [{ capabilities: { magic: true } }, 'capabilities.magic'],
    [{ families: ['ipv6'], capabilities: { multiprotocol: false } }, 'capabilities.multiprotocol'],
    [{ addPath: { ipv4: 'maybe' } }, 'addPath.ipv4'],
    [{ addPath: { ipv5: 'both' } }, 'addPath.ipv5'],
    [{ nextHop: { ipv4: 'here' } }, 'nextHop.ipv4'],
    [{ maxPrefixes: { ipv4: 0 } }, 'maxPrefixes.ipv4'],
    [
      { gracefulRestart: { restartTime: 4096, restarting: false, families: [] } },
      'gracefulRestart.restartTime',
    ],
  ])('%j is refused, naming %s', (config, field) => {
    expect(problems(config)).toEqual([field])
  })

  test('all that is wrong is said at once, and no secret with it', () => {
    expect(problems({ asn: 0, holdTime: 2, port: 0 })).toEqual(['asn', 'port', 'holdTime'])
    expect(() => world.speaker.add({ address: '10.0.0.4', asn: 1, password: 'hunter2'.repeat(20) })).toThrow(
      /^password: 140 octets, must be 1..80$/,
    )
  })

  test('limits are allowed', () => {
    const config = {
      asn: 0xffff_ffff,
      holdTime: 0,
      password: 'x'.repeat(80),
      keepaliveTime: 1,
      ttlSecurity: 254,
    }
    expect(problems({ address: '10.0.0.5', ...config })).toEqual([])
    expect(problems({ address: 'fe80::1%eth0', holdTime: 65535 })).toEqual([])
  })

  test.each([
    [{ asn: 0, routerId: US }, 'asn'],
    [{ asn: 1, routerId: 'one' }, 'routerId'],
    [{ asn: 1, routerId: US, hostname: 'x'.repeat(65) }, 'hostname'],
    [{ asn: 1, routerId: US, listen: [{ address: 'all', port: 179 }] }, 'listen[0].address'],
    [{ asn: 1, routerId: US, listen: [{ address: '::', port: 0 }] }, 'listen[0].port'],
  ])('of the speaker: %j', (config, field) => {
    expect(() => new Speaker(config, { network: world.lan.host('10.0.0.9'), clock: world.clock })).toThrow(
      expect.objectContaining({ problems: [expect.objectContaining({ field })] }),
    )
  })
})

const HOUR = 3_600_000

function NONE(): NonNullable<NeighborConfig['capabilities']> {
  return {
    multiprotocol: false,
    routeRefresh: false,
    extendedMessages: false,
    gracefulRestart: false,
    as4: false,
    enhancedRefresh: false,
  }
}
