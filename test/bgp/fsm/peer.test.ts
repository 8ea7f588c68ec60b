import { describe, expect, test } from 'vitest'
import type {
  MachineEvent,
  Offer,
  Peer,
  PeerAction,
  PeerEvent,
  PeerSettings,
  Slot,
} from '../../../bgp/fsm/index.ts'
import { FEATURES, newPeer, peerState, stepPeer } from '../../../bgp/fsm/index.ts'
import { inWords, negotiatedTerms, notification } from '../../support/fsm-words.ts'

const offer: Offer = {
  asn: 65001,
  routerId: '10.0.0.5',
  holdTime: 90,
  families: ['ipv4'],
  features: new Set(FEATURES),
  addPath: {},
  gracefulRestart: { restartTime: 0, restarting: false, families: [] },
}

const settings: PeerSettings = {
  identity: offer,
  offer,
  passive: false,
  connectRetryTime: 120,
  delayOpenMs: 0,
}

const LOWER = negotiatedTerms({ remote: { routerId: '10.0.0.1', asn: 65002 } })
const HIGHER = negotiatedTerms({ remote: { routerId: '10.0.0.9', asn: 65002 } })

function peerActionInWords(action: PeerAction): string {
  switch (action.type) {
    case 'connection':
      return `${action.slot === 'outgoing' ? 'out' : 'in'} ${inWords(action.action)}`
    case 'start-timer':
      return `${action.timer}${action.jitter ? '~' : '='}${action.ms / 1000}s`
    case 'stop-timer':
      return `-${action.timer}`
    case 'adopt':
      return `adopt ${action.id}`
    case 'refuse': {
      const { id, notification: said } = action
      return said === undefined ? `refuse ${id}` : `refuse ${id} with ${said.code}/${said.subcode}`
    }
  }
}

/** Runs events one after another and keeps what the last one did. */
class Story {
  peer: Peer
  actions: string[] = []

  constructor(overrides: Partial<PeerSettings> = {}) {
    this.peer = newPeer({ ...settings, ...overrides })
  }

  tell(event: PeerEvent): this {
    const { peer, actions } = stepPeer(this.peer, event)
    this.peer = peer
    this.actions = actions.map(peerActionInWords)
    return this
  }

  on(slot: Slot, ...events: MachineEvent[]): this {
    for (const event of events) this.tell({ type: 'connection', slot, event })
    return this
  }

  get states(): [string, string] {
    return [this.peer.outgoing.state, this.peer.incoming.state]
  }
}

const acked: MachineEvent = { type: 'TcpCrAcked' }
const keepalive: MachineEvent = { type: 'KeepaliveMsg' }
const lost: MachineEvent = { type: 'TcpConnectionFails', error: 'gone' }
const open = (negotiated = HIGHER): MachineEvent => ({ type: 'BgpOpen', negotiated })
const refusedWith = (code: number, subcode: number): MachineEvent => ({
  type: 'NotifMsg',
  notification: notification(code, subcode),
})

function started(overrides: Partial<PeerSettings> = {}): Story {
  return new Story(overrides).tell({ type: 'start' })
}

/** Dialled, and dialled by the peer, at the same time: both in OpenSent. */
function crossing(): Story {
  return started().on('outgoing', acked).tell({ type: 'arrival', id: 1 })
}

function establishedOutgoing(): Story {
  return started().on('outgoing', acked, open(), keepalive)
}

describe('starting', () => {
  test('an active peer dials and listens', () => {
    expect(started().states).toEqual(['Connect', 'Active'])
  })

  test('a passive peer only listens', () => {
    const story = started({ passive: true })
    expect(story.states).toEqual(['Idle', 'Active'])
    expect(peerState(story.peer)).toBe('Active')
    story.tell({ type: 'arrival', id: 7 })
    expect(story.actions).toContain('adopt 7')
    expect(story.states).toEqual(['Idle', 'OpenSent'])
  })

  test('connections are refused before the start, and after a stop', () => {
    const story = new Story().tell({ type: 'arrival', id: 1 })
    expect(story.actions).toEqual(['refuse 1'])
    story.tell({ type: 'start' }).tell({ type: 'stop', notification: notification(6, 2) })
    expect(story.tell({ type: 'arrival', id: 2 }).actions).toEqual(['refuse 2'])
    expect(story.states).toEqual(['Idle', 'Idle'])
  })

  test('a stop tells the peer on both connections and sets the counters back', () => {
    const story = crossing().tell({ type: 'stop', notification: notification(6, 2) })
    expect(story.actions).toEqual(expect.arrayContaining(['out 6/2', 'in 6/2']))
    expect(story.peer.backOff.failures).toBe(0)
  })
})

describe('collision (RFC 4271 section 6.8)', () => {
  test('nothing is decided before the peer has spoken', () => {
    expect(crossing().states).toEqual(['OpenSent', 'OpenSent'])
    expect(crossing().on('outgoing', open()).states).toEqual(['OpenConfirm', 'OpenSent'])
  })

  test.each([
    ['lower', LOWER, 'outgoing first', ['outgoing', 'incoming'], ['OpenConfirm', 'Idle'], 'in 6/7'],
    ['lower', LOWER, 'incoming first', ['incoming', 'outgoing'], ['OpenConfirm', 'Idle'], 'in 6/7'],
    ['higher', HIGHER, 'outgoing first', ['outgoing', 'incoming'], ['Idle', 'OpenConfirm'], 'out 6/7'],
    ['higher', HIGHER, 'incoming first', ['incoming', 'outgoing'], ['Idle', 'OpenConfirm'], 'out 6/7'],
  ] as const)('peer with the %s identifier, %s', (_id, terms, _order, order, states, said) => {
    const story = crossing()
    for (const slot of order) story.on(slot, open(terms))
    expect(story.states).toEqual(states)
    expect(story.actions.filter((action) => action.endsWith('6/7'))).toEqual([said])
  })

  test.each([
    [65002, ['Idle', 'OpenConfirm']],
    [64999, ['OpenConfirm', 'Idle']],
  ])('equal identifiers: the higher AS decides, the peer is AS %i (RFC 6286)', (asn, states) => {
    const terms = negotiatedTerms({ remote: { routerId: '10.0.0.5', asn } })
    expect(crossing().on('outgoing', open(terms)).on('incoming', open(terms)).states).toEqual(states)
  })

  test('identifiers compare as unsigned numbers', () => {
    const terms = negotiatedTerms({ remote: { routerId: '200.0.0.1', asn: 65002 } })
    expect(crossing().on('outgoing', open(terms)).on('incoming', open(terms)).states).toEqual([
      'Idle',
      'OpenConfirm',
    ])
  })

  test('a connection that comes while Established is refused with 6/7', () => {
    const story = establishedOutgoing().tell({ type: 'arrival', id: 3 })
    expect(story.actions).toEqual(['refuse 3 with 6/7'])
    expect(story.states[0]).toBe('Established')
  })

  test('there is no room for a third connection', () => {
    expect(crossing().tell({ type: 'arrival', id: 2 }).actions).toEqual(['refuse 2 with 6/7'])
  })

  test('what happens to the loser no longer matters', () => {
    const story = crossing().on('outgoing', open(LOWER)).on('incoming', open(LOWER))
    story.on('incoming', lost, keepalive).on('outgoing', keepalive)
    expect(story.states).toEqual(['Established', 'Idle'])
    expect(story.peer.backOff.failures).toBe(0)
  })

  test('the loser being told 6/7 by the peer is no failure either', () => {
    const story = crossing().on('outgoing', open(LOWER)).on('incoming', refusedWith(6, 7))
    expect(story.actions).toEqual(['in drop', 'in ended by collision'])
    expect(story.on('outgoing', keepalive).states).toEqual(['Established', 'Idle'])
  })

  test('Established drops the other at once where the identifiers say so too', () => {
    const story = crossing().on('outgoing', open(LOWER), keepalive)
    expect(story.states).toEqual(['Established', 'Idle'])
    expect(story.actions).toContain('in 6/7')
  })

  describe('the other connection was preferred, but this one is Established', () => {
    const undecided = () => crossing().on('outgoing', open(HIGHER), keepalive).on('incoming', open(HIGHER))

    test('waits for the peer to decide', () => {
      expect(undecided().actions).toEqual(['verdict=1s'])
      expect(undecided().states).toEqual(['Established', 'OpenSent'])
    })

    test('the peer drops the Established one: the other goes on', () => {
      const story = undecided().on('outgoing', refusedWith(6, 7))
      expect(story.states).toEqual(['Idle', 'OpenConfirm'])
      expect(story.on('incoming', keepalive).states).toEqual(['Idle', 'Established'])
    })

    test('the peer drops the other', () => {
      expect(undecided().on('incoming', refusedWith(6, 7)).states).toEqual(['Established', 'Idle'])
    })

    test('a KEEPALIVE on the other means that the peer chose it', () => {
      const story = undecided().on('incoming', keepalive)
      expect(story.states).toEqual(['Idle', 'Established'])
      expect(story.actions).toContain('out 6/7')
    })

    test('no verdict: what is Established stays (RFC 4271 section 6.8)', () => {
      const story = undecided().tell({ type: 'timer', timer: 'verdict' })
      expect(story.actions).toContain('in 6/7')
      expect(story.states).toEqual(['Established', 'Idle'])
    })
  })

  test('does not dial a second connection while the first is about to succeed', () => {
    const story = started().on('outgoing', lost).tell({ type: 'arrival', id: 1 }).on('incoming', open())
    story.on('outgoing', { type: 'ConnectRetryTimerExpires' })
    expect(story.actions).toEqual(['out connectRetry~120s'])
  })
})

describe('IdleHold', () => {
  test('a failure leaves the peer alone, and refuses it too', () => {
    const story = establishedOutgoing().on('outgoing', lost)
    expect(story.states).toEqual(['Idle', 'Idle'])
    expect(story.actions).toContain('idleHold~1s')
    expect(story.tell({ type: 'arrival', id: 9 }).actions).toEqual(['refuse 9'])
    expect(story.tell({ type: 'timer', timer: 'idleHold' }).states).toEqual(['Connect', 'Active'])
  })

  test('a peer that dials and leaves at once is left alone too, ever longer', () => {
    for (const passive of [false, true]) {
      const story = started({ passive })
      story.tell({ type: 'arrival', id: 1 }).on('incoming', lost)
      expect(story.actions).toContain('idleHold~1s')
      expect(story.tell({ type: 'arrival', id: 2 }).actions).toEqual(['refuse 2'])
      story.tell({ type: 'timer', timer: 'idleHold' }).tell({ type: 'arrival', id: 3 })
      expect(story.actions).toContain('adopt 3')
      expect(story.on('incoming', lost).actions).toContain('idleHold~2s')
    }
  })

  test('unless we have a connection of our own to it', () => {
    const story = crossing().on('incoming', lost)
    expect(story.states).toEqual(['OpenSent', 'Active'])
    expect(story.tell({ type: 'arrival', id: 2 }).actions).toContain('adopt 2')
  })

  test('one connection failing leaves the other its chance', () => {
    const story = crossing().on('outgoing', refusedWith(2, 2))
    expect(story.states).toEqual(['Idle', 'OpenSent'])
    story.on('incoming', lost)
    expect(story.states).toEqual(['Idle', 'Idle'])
    expect(story.peer.holding).toBe(true)
  })

  function pauses(failure: MachineEvent, times: number): number[] {
    const story = started()
    const seconds: number[] = []
    for (let i = 0; i < times; i += 1) {
      story.on('outgoing', acked, open(), failure)
      seconds.push(Number.parseFloat(story.actions.at(-1)?.slice('idleHold~'.length) ?? ''))
      story.tell({ type: 'timer', timer: 'idleHold' })
    }
    return seconds
  }

  test('doubles to two minutes', () => {
    expect(pauses(lost, 9)).toEqual([1, 2, 4, 8, 16, 32, 64, 120, 120])
  })

  test('doubles to five minutes where an OPEN is refused', () => {
    expect(pauses(refusedWith(2, 2), 9)).toEqual([2, 4, 8, 16, 32, 64, 128, 256, 300])
    const weRefuse: MachineEvent = { type: 'BgpOpenMsgErr', notification: notification(2, 2), reason: 'AS' }
    expect(pauses(weRefuse, 9).at(-1)).toBe(300)
  })

  test.each([1, 5, 8])('is slower from the start after Cease 6/%i (RFC 4486)', (subcode) => {
    expect(pauses(refusedWith(6, subcode), 5)).toEqual([30, 60, 120, 240, 300])
  })

  test('only a stable session makes it forget', () => {
    const story = started()
    const flap = () =>
      story.on('outgoing', acked, open(), keepalive, lost).tell({ type: 'timer', timer: 'idleHold' })
    flap()
    flap()
    expect(story.peer.backOff.failures).toBe(2)
    story.on('outgoing', acked, open(), keepalive)
    expect(story.actions).toContain('stable=60s')
    story.tell({ type: 'timer', timer: 'stable' })
    expect(story.peer.backOff.failures).toBe(0)
  })

  test('the stable timer stops with the session', () => {
    expect(establishedOutgoing().on('outgoing', lost).actions).toContain('-stable')
  })

  test('6/7 with no other connection here counts as a failure: someone else holds the session', () => {
    const story = started().on('outgoing', acked, refusedWith(6, 7))
    expect(story.peer.backOff.failures).toBe(1)
    expect(story.actions).toContain('idleHold~1s')
  })
})

test('a refused OPEN makes the next one offer less', () => {
  const story = started({ offer: { ...offer, hostname: 'node1' } }).on('outgoing', acked, refusedWith(2, 4))
  expect([...story.peer.fallback]).toEqual(['fqdn'])
})
