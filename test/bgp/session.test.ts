import { describe, expect, test } from 'vitest'
import { RouteSet } from '../../bgp/index.ts'
import { encodeKeepalive, encodeUpdate, fromHex, toHex } from '../../bgp/wire/index.ts'
import { openBytes, type ScriptedConnection } from '../support/scripted-peer.ts'
import { seededRandom } from '../support/seeded-random.ts'
import { US, World } from '../support/world.ts'

const hex = (text: string) => fromHex(text.replaceAll(' ', '')) ?? new Uint8Array(0)
const header = (length: number, type: number) =>
  hex(
    `${'ff'.repeat(16)} ${length.toString(16).padStart(4, '0')} ${Math.trunc(type).toString(16).padStart(2, '0')}`,
  )

const context = {
  as4: true,
  ebgp: true,
  extendedMessages: false,
  addPath: new Set<never>(),
  families: new Set(['ipv4'] as const),
}

function update(prefix: string): Uint8Array {
  const attributes = {
    origin: 'igp',
    asPath: [{ type: 'sequence', asns: [65002] }],
    nextHop: '10.0.0.2',
  } as const
  return encodeUpdate({ attributes, nlri: [{ prefix }] }, context)
}

describe('establishment', () => {
  test.each(['by us', 'by the peer'] as const)('dialled %s', (dialled) => {
    const world = new World()
    const connection = world.establish({}, dialled)
    expect(connection.types).toEqual(['OPEN', 'KEEPALIVE', 'UPDATE'])
    expect(world.neighbor.status()).toMatchObject({
      state: 'Established',
      remoteRouterId: '10.0.0.2',
      flaps: 0,
    })
  })

  test('our OPEN says who we are, what we offer, and nothing else', () => {
    const connection = new World({ families: ['ipv4', 'ipv6'] }).establish()
    const [first] = connection.received
    const octets = toHex(first?.bytes ?? new Uint8Array(0))
    const capabilities = ['010400010001', '010400020001', '0200', '0600', '40020000', '41040000fde9', '4600']
    expect(octets).toBe(
      `${'ff'.repeat(16)}003b01 04 fde9 005a 0a000001 1e 021c${capabilities.join('')}`.replaceAll(' ', ''),
    )
  })

  test('one octet at a time', () => {
    const world = new World()
    world.lan.segment = 1
    const connection = world.peer.dial(US)
    for (const octet of [...openBytes(), ...encodeKeepalive(), ...update('192.0.2.0/24')]) {
      connection.send(Uint8Array.of(octet))
      world.clock.settle()
    }
    expect(world.neighbor.status()).toMatchObject({
      state: 'Established',
      received: { ipv4: { prefixes: 1 } },
    })
  })

  test('all at once', () => {
    const world = new World()
    const connection = world.peer.dial(US)
    const whole = [...openBytes(), ...encodeKeepalive(), ...update('192.0.2.0/24')]
    connection.send(Uint8Array.from(whole))
    world.clock.settle()
    expect(world.neighbor.status()).toMatchObject({
      state: 'Established',
      received: { ipv4: { prefixes: 1 } },
    })
  })

  test('DelayOpen: waits for the peer, and answers at once', () => {
    const world = new World({ delayOpenTime: 10 })
    const connection = world.peer.dial(US)
    world.clock.advance(9_999)
    expect(connection.types).toEqual([])
    connection.open()
    world.clock.settle()
    expect(connection.types).toEqual(['OPEN', 'KEEPALIVE'])
  })

  test('DelayOpen: a silent peer gets our OPEN when the time is up', () => {
    const world = new World({ delayOpenTime: 10 })
    const connection = world.peer.dial(US)
    world.clock.advance(10_000)
    expect(connection.types).toEqual(['OPEN'])
  })
})

describe('what is wrong is answered in kind', () => {
  type Stage = 'OpenSent' | 'OpenConfirm' | 'Established'

  function at(stage: Stage): { world: World; connection: ScriptedConnection } {
    const world = new World()
    if (stage === 'Established') return { world, connection: world.establish({ capabilities: [] }) }
    const connection = world.peer.dial(US)
    if (stage === 'OpenConfirm') connection.open({ capabilities: [] })
    world.clock.settle()
    expect(world.state).toBe(stage)
    return { world, connection }
  }

  const badMarker = hex(`${'ff'.repeat(15)}00 0013 04`)
  const stages: Stage[] = ['OpenSent', 'OpenConfirm', 'Established']

  test.each<[string, Uint8Array, string, string]>([
    ['a broken marker', badMarker, '1/1', ''],
    ['length 18', header(18, 4), '1/2', '0012'],
    ['length 4097', header(4097, 2), '1/2', '1001'],
    ['length 65535', header(65535, 2), '1/2', 'ffff'],
    ['a KEEPALIVE of 20 octets', hex(`${toHex(header(20, 4))} 00`), '1/2', '0014'],
    ['message type 0', header(19, 0), '1/3', '00'],
    ['message type 255', header(19, 255), '1/3', 'ff'],
  ])('%s, in any state', (_what, bytes, refusal, data) => {
    for (const stage of stages) {
      const { world, connection } = at(stage)
      connection.connection.write(bytes)
      world.clock.settle()
      expect([stage, connection.refusal]).toEqual([stage, refusal])
      expect(toHex(connection.notification?.data ?? new Uint8Array(0))).toBe(data)
      expect(connection.isOpen).toBe(false)
      expect(world.state).toBe('Idle')
    }
  })

  const refresh = hex(`${toHex(header(23, 5))} 00010001`)

  test.each<[Stage, string, Uint8Array, string]>([
    ['OpenSent', 'KEEPALIVE', encodeKeepalive(), '5/1'],
    ['OpenSent', 'UPDATE', update('192.0.2.0/24'), '5/1'],
    ['OpenSent', 'an UPDATE that is nonsense', hex(`${toHex(header(23, 2))} ffffffff`), '5/1'],
    ['OpenSent', 'ROUTE-REFRESH', refresh, '5/1'],
    ['OpenConfirm', 'OPEN', openBytes(), '5/2'],
    ['OpenConfirm', 'UPDATE', update('192.0.2.0/24'), '5/2'],
    ['OpenConfirm', 'ROUTE-REFRESH', refresh, '5/2'],
    ['Established', 'OPEN', openBytes(), '5/3'],
    ['Established', 'an UPDATE whose lengths lie', hex(`${toHex(header(23, 2))} ffff0000`), '3/1'],
    ['Established', 'a ROUTE-REFRESH of 24 octets', hex(`${toHex(header(24, 5))} 0001000100`), '7/1'],
  ])('in %s: %s', (stage, _what, bytes, refusal) => {
    const { world, connection } = at(stage)
    connection.send(bytes)
    world.clock.settle()
    expect(connection.refusal).toBe(refusal)
    expect(connection.isOpen).toBe(false)
  })

  test.each([
    ['version 5', '05 fdea 005a 0a000002 00', '2/1', '0004'],
    ['the wrong AS', '04 fde8 005a 0a000002 00', '2/2', ''],
    ['AS 0', '04 0000 005a 0a000002 00', '2/2', ''],
    ['identifier 0', '04 fdea 005a 00000000 00', '2/3', ''],
    ['hold time 2', '04 fdea 0002 0a000002 00', '2/6', ''],
    ['an unknown parameter', '04 fdea 005a 0a000002 03 ff0100'.replace('ff', '07'), '2/4', ''],
    ['parameters longer than the message', '04 fdea 005a 0a000002 05 0200', '2/0', ''],
    ['only IPv6', '04 fdea 005a 0a000002 08 0206 0104 0002 0001', '2/7', '010400010001'],
  ])('an OPEN with %s', (_what, body, refusal, data) => {
    const { world, connection } = at('OpenSent')
    const octets = hex(body)
    connection.send(Uint8Array.from([...header(19 + octets.length, 1), ...octets]))
    world.clock.settle()
    expect(connection.refusal).toBe(refusal)
    expect(toHex(connection.notification?.data ?? new Uint8Array(0))).toBe(data)
  })

  test('a NOTIFICATION that cannot be read is logged and not answered (RFC 4271 section 6.4)', () => {
    for (const stage of stages) {
      const { world, connection } = at(stage)
      connection.send(hex(`${toHex(header(20, 3))} 06`))
      world.clock.settle()
      expect(connection.notification).toBeUndefined()
      expect(connection.isOpen).toBe(false)
      expect(world.neighbor.status().lastError?.text).toContain('NOTIFICATION')
    }
  })

  test('what came whole before the fault has its effect', () => {
    const { world, connection } = at('Established')
    connection.send(Uint8Array.from([...update('192.0.2.0/24'), ...badMarker]))
    expect(world.neighbor.status().messages.received.UPDATE).toBe(0)
    world.clock.settle()
    expect(world.neighbor.status().messages.received.UPDATE).toBe(1)
    expect(connection.refusal).toBe('1/1')
  })

  test('nothing after the fault is looked at', () => {
    const { world, connection } = at('Established')
    connection.send(Uint8Array.from([...badMarker, ...update('192.0.2.0/24')])).keepalive()
    world.clock.settle()
    expect(world.neighbor.status().messages.received.UPDATE).toBe(0)
    expect(connection.count('NOTIFICATION')).toBe(1)
  })

  test('whole messages of random content end the session with a word, or do not end it', () => {
    const random = seededRandom(11)
    for (const stage of stages) {
      for (let round = 0; round < 200; round += 1) {
        const { world, connection } = at(stage)
        const body = Uint8Array.from({ length: 4 + random() * 60 }, () =>
          random() < 0.5 ? random() * 4 : random() * 256,
        )
        connection.send(Uint8Array.from([...header(19 + body.length, 1 + random() * 5), ...body])).keepalive()
        world.clock.settle()
        const isUp = world.state !== 'Idle'
        expect(connection.isOpen).toBe(isUp)
        if (!isUp) expect(connection.refusal ?? world.neighbor.status().lastError?.text).toBeDefined()
      }
    }
  })

  test('random octets end the connection, never the program', () => {
    const random = seededRandom(7)
    for (const stage of stages) {
      for (let round = 0; round < 60; round += 1) {
        const { world, connection } = at(stage)
        connection.send(Uint8Array.from({ length: 4200 }, () => random() * 256))
        world.clock.settle()
        expect(connection.refusal).toBe('1/1')
      }
    }
  })
})

describe('timers', () => {
  test('hold: expires exactly at the negotiated time without a word, with 4/0', () => {
    const world = new World()
    const connection = world.establish({ holdTime: 9 })
    world.clock.advance(8_999)
    expect(world.state).toBe('Established')
    world.clock.advance(1)
    expect(connection.refusal).toBe('4/0')
    expect(world.neighbor.status().lastError).toMatchObject({ direction: 'sent' })
  })

  test('hold: any KEEPALIVE or UPDATE starts it anew', () => {
    const world = new World()
    const connection = world.establish({ holdTime: 9 })
    for (let i = 0; i < 10; i += 1) {
      world.clock.advance(8_000)
      if (i % 2 === 0) connection.keepalive()
      else connection.send(update('192.0.2.0/24'))
    }
    world.clock.advance(8_999)
    expect(world.state).toBe('Established')
    world.clock.advance(1)
    expect(connection.refusal).toBe('4/0')
  })

  test('hold: runs in OpenConfirm too', () => {
    const world = new World()
    const connection = world.peer.dial(US)
    connection.open({ holdTime: 3 })
    world.clock.advance(2_999)
    expect(world.state).toBe('OpenConfirm')
    world.clock.advance(1)
    expect(connection.refusal).toBe('4/0')
  })

  test('hold: a peer that never sends its OPEN is given four minutes', () => {
    const world = new World()
    const connection = world.peer.dial(US)
    world.clock.advance(239_999)
    expect(connection.isOpen).toBe(true)
    world.clock.advance(1)
    expect(connection.refusal).toBe('4/0')
  })

  test('hold: half a message, octet by octet, is not a sign of life', () => {
    const world = new World()
    const connection = world.establish({ holdTime: 9 })
    for (let i = 0; i < 9; i += 1) {
      connection.send(Uint8Array.of(0xff))
      world.clock.advance(1_000)
    }
    expect(connection.refusal).toBe('4/0')
  })

  test('hold 0: nothing expires and nothing is sent', () => {
    const world = new World()
    const connection = world.establish({ holdTime: 0 })
    world.clock.advance(3_600_000)
    expect(world.state).toBe('Established')
    expect(connection.types).toEqual(['OPEN', 'KEEPALIVE', 'UPDATE'])
  })

  test('after a stall the socket is read before the peer is called silent', () => {
    const world = new World()
    const connection = world.establish({ holdTime: 9 })
    // The peer's KEEPALIVE is there; but our process was stopped, and timers come before sockets.
    world.lan.latency = () => 9_000
    connection.keepalive()
    world.clock.advance(9_000)
    world.lan.latency = () => 0
    expect(world.state).toBe('Established')
    world.clock.advance(8_999)
    expect(world.state).toBe('Established')
    world.clock.advance(1)
    expect(connection.refusal).toBe('4/0')
  })

  test('after a stall much longer than the hold time with nothing waiting, the session ends once', () => {
    const world = new World()
    const connection = world.establish({ holdTime: 9 })
    world.clock.stall(60_000)
    world.clock.advance(0)
    expect(connection.refusal).toBe('4/0')
    expect(world.neighbor.status().flaps).toBe(1)
  })

  test('keepalives: every third of the hold time, jittered to 75..100 %', () => {
    const world = new World()
    const connection = world.establish({ holdTime: 30 })
    for (let i = 0; i < 200; i += 1) {
      world.clock.advance(5_000)
      connection.keepalive()
    }
    const times = connection.received
      .filter(({ decoded }) => decoded.type === 'KEEPALIVE')
      .map(({ at }) => at)
    const gaps = times.slice(1).map((at, i) => at - (times[i] ?? 0))
    expect(gaps.length).toBeGreaterThan(90)
    expect(Math.min(...gaps)).toBeGreaterThanOrEqual(7_500)
    expect(Math.max(...gaps)).toBeLessThanOrEqual(10_000)
    expect(Math.max(...gaps) - Math.min(...gaps)).toBeGreaterThan(2_000)
  })

  test('keepalives: run in OpenConfirm', () => {
    const world = new World()
    const connection = world.peer.dial(US).open({ holdTime: 30 })
    world.clock.advance(20_000)
    expect(connection.count('KEEPALIVE')).toBeGreaterThan(1)
  })
})

describe('a peer that stops reading', () => {
  const routes = (count: number) =>
    RouteSet.of(
      Array.from({ length: count }, (_, i) => ({
        prefix: `10.${(i >> 16) & 255}.${(i >> 8) & 255}.${i & 255}/32`,
        attributes: {},
      })),
    )

  test('holds up its UPDATEs, not the keepalives, and little memory', () => {
    const world = new World()
    world.lan.window = 64 * 1024
    const connection = world.establish({ holdTime: 30 })
    connection.connection.pause()
    world.neighbor.setRoutes(routes(200_000))
    for (let i = 0; i < 20; i += 1) {
      world.clock.advance(2_000)
      connection.keepalive()
    }
    expect(world.state).toBe('Established')
    const { messages, advertised } = world.neighbor.status()
    expect(messages.sent.KEEPALIVE).toBeGreaterThanOrEqual(4)
    expect(advertised.ipv4).toBeLessThan(150_000)
    connection.connection.resume()
    world.clock.advance(1_000)
    expect(world.neighbor.status()).toMatchObject({ advertised: { ipv4: 200_000 }, pending: 0 })
    // KEEPALIVEs left between the UPDATEs, not after all of them.
    const types = connection.types
    expect(types.indexOf('KEEPALIVE', 2)).toBeLessThan(types.lastIndexOf('UPDATE'))
  })

  test('the send hold timer ends the session with 8/0 when nothing moves for eight minutes (RFC 9687)', () => {
    const world = new World()
    world.lan.window = 1_000
    const connection = world.establish({ holdTime: 30 })
    connection.connection.pause()
    world.neighbor.setRoutes(routes(5_000))
    for (let i = 0; i < 47; i += 1) {
      world.clock.advance(10_000)
      connection.keepalive()
    }
    expect(world.state).toBe('Established')
    for (let i = 0; i < 2; i += 1) {
      world.clock.advance(10_000)
      connection.keepalive()
    }
    expect(world.log.map(({ message }) => message).join()).toContain('Send Hold Timer Expired')
    expect(world.state).not.toBe('Established')
    connection.connection.resume()
    world.clock.advance(3_000)
    expect(connection.isOpen).toBe(false)
  })

  test('the send hold timer leaves a slow reader alone', () => {
    const world = new World()
    world.lan.window = 1_000
    const connection = world.establish({ holdTime: 30 })
    connection.onMessage = () => connection.connection.pause()
    world.neighbor.setRoutes(routes(60_000))
    for (let i = 0; i < 60; i += 1) {
      world.clock.advance(10_000)
      connection.keepalive().connection.resume()
      world.clock.settle()
    }
    expect(world.state).toBe('Established')
    expect(connection.count('UPDATE')).toBeLessThan(100)
  })
})

describe('a peer that sends a great deal', () => {
  const burst = (count: number) => {
    const one = update('192.0.2.0/24')
    const all = new Uint8Array(one.length * count)
    for (let i = 0; i < count; i += 1) all.set(one, i * one.length)
    return all
  }

  test('is read in slices, others get their turn between, and nothing is lost', () => {
    const world = new World()
    world.lan.window = Number.POSITIVE_INFINITY
    const connection = world.establish()
    connection.send(burst(50_000))
    let turns = 0
    let greatest = 0
    let before = 0
    const look = () => {
      const seen = world.neighbor.status().messages.received.UPDATE
      greatest = Math.max(greatest, seen - before)
      before = seen
      turns += 1
      if (seen < 50_000 && turns < 1_000) world.clock.soon(look)
    }
    world.clock.soon(look)
    world.clock.settle()
    expect(before).toBe(50_000)
    expect(greatest).toBeLessThanOrEqual(4_096)
  })

  test('the session ending in the middle of a burst ends the reading', () => {
    const world = new World()
    const connection = world.establish()
    connection.send(burst(10_000))
    world.clock.soon(() => world.neighbor.shutdown())
    world.clock.settle()
    expect(world.neighbor.status().messages.received.UPDATE).toBeLessThan(10_000)
    expect(connection.refusal).toBe('6/2')
  })
})
