import fc from 'fast-check'
import { beforeEach, describe, expect, test } from 'vitest'
import type { RouteSet } from '../../bgp/index.ts'
import { type Announcement, PeerBook, type PeerSpec, type Session } from '../../peers/index.ts'

const peer = (name: string, over: Partial<PeerSpec> = {}): PeerSpec => ({
  name,
  address: `198.51.100.${name.length}`,
  port: 179,
  localAsn: 64512,
  asn: 64513,
  holdTime: 90,
  dualStack: false,
  ...over,
})

const web: Announcement = {
  prefix: '192.0.2.10/32',
  owner: 'default/web',
  advertisement: 'plain',
  communities: [],
  largeCommunities: [],
}

/** What happened to sessions, in order; `open` holds those alive. */
let events: string[]
let open: Map<string, { spec: PeerSpec; routes?: RouteSet }>
let logged: string[]

const begin = (spec: PeerSpec): Session<string> => {
  if (spec.port === 1) throw new Error('port 1 is not allowed')
  const state: { spec: PeerSpec; routes?: RouteSet } = { spec }
  events.push(`open ${spec.name}`)
  open.set(spec.name, state)
  return {
    setRoutes(routes) {
      events.push(`routes ${spec.name} ${routes.size}`)
      state.routes = routes
    },
    status: () => `${spec.name} is up`,
    close(reason) {
      events.push(`close ${spec.name} ${reason}`)
      open.delete(spec.name)
    },
  }
}

const book = () => new PeerBook(begin, (level, message) => logged.push(`${level}: ${message}`))
const since = () => events.splice(0)

beforeEach(() => {
  events = []
  open = new Map()
  logged = []
})

describe('the sessions of a node', () => {
  test('begin with their routes, and end when unwanted', () => {
    const peers = book()
    peers.update({ peers: [peer('a'), peer('bb')], changes: [['default/web', [web]]] })
    expect(since()).toEqual(['open a', 'open bb', 'routes a 1', 'routes bb 1'])
    peers.update({ peers: [peer('bb')] })
    expect(since()).toEqual(['close a removed'])
    peers.close()
    expect(since()).toEqual(['close bb shutdown'])
    expect([...peers]).toEqual([])
  })

  test('a changed way of speaking starts one session over, and no other', () => {
    const peers = book()
    peers.update({ peers: [peer('a'), peer('bb')] })
    since()
    peers.update({ peers: [peer('a', { password: 'new' }), peer('bb')] })
    expect(since()).toEqual(['close a reconfigured', 'open a', 'routes a 0'])
    peers.update({ peers: [peer('a'), peer('bb')] })
    expect(since()).toEqual(['close a reconfigured', 'open a', 'routes a 0'])
  })

  test('the same peers in another order change nothing', () => {
    const peers = book()
    peers.update({ peers: [peer('a'), peer('bb')] })
    since()
    peers.update({ peers: [peer('bb'), peer('a')] })
    expect(since()).toEqual([])
    expect([...peers].map(({ spec }) => spec.name)).toEqual(['bb', 'a'])
  })

  test('another next hop is told in routes, over the session that stands', () => {
    const peers = book()
    const six = { ...web, prefix: '2001:db8:1::1/128' }
    const dual = peer('a', { dualStack: true })
    peers.update({ peers: [dual], changes: [['default/web', [web, six]]] })
    expect(since()).toEqual(['open a', 'routes a 1'])
    peers.update({ peers: [{ ...dual, nextHop6: '2001:db8::1' }] })
    expect(since()).toEqual(['routes a 2'])
  })

  test('announcements reach only the peers they change something for', () => {
    const peers = book()
    peers.update({ peers: [peer('a'), peer('bb')] })
    since()
    peers.update({ changes: [['default/web', [{ ...web, peers: ['bb'] }]]] })
    expect(since()).toEqual(['routes bb 1'])
    peers.update({ changes: [['default/web', [{ ...web, peers: ['bb'] }]]] })
    peers.update({})
    expect(since()).toEqual([])
  })

  test('an address may pass from one peer to another at once', () => {
    const peers = book()
    peers.update({ peers: [peer('a', { address: '198.51.100.9' })] })
    since()
    peers.update({ peers: [peer('b', { address: '198.51.100.9' })] })
    expect(since()).toEqual(['close a removed', 'open b', 'routes b 0'])
  })

  test('two peers of one address: the first has the session, the other says why not, once', () => {
    const peers = book()
    const both = [peer('a', { address: '198.51.100.9' }), peer('b', { address: '198.51.100.9' })]
    peers.update({ peers: both })
    peers.update({ peers: both })
    expect(since()).toEqual(['open a', 'routes a 0'])
    expect([...peers]).toEqual([
      { spec: both[0], status: 'a is up' },
      { spec: both[1], refused: '198.51.100.9 is already the address of peer a' },
    ])
    expect(logged.filter((line) => line.startsWith('error'))).toHaveLength(1)
    peers.update({ peers: both.slice(1) })
    expect(since()).toEqual(['close a removed', 'open b', 'routes b 0'])
  })

  test('a peer that cannot be opened costs the others nothing', () => {
    const peers = book()
    peers.update({ peers: [peer('a', { port: 1 }), peer('bb')] })
    expect(since()).toEqual(['open bb', 'routes bb 0'])
    expect(peers.get('a')).toMatchObject({ spec: { port: 1 }, refused: 'port 1 is not allowed' })
    expect(logged[0]).toBe('error: peer a (198.51.100.1) gets no session: port 1 is not allowed')
  })

  test('no log line holds a password', () => {
    const peers = book()
    peers.update({
      peers: [peer('a', { password: 'hunter2', port: 1 }), peer('bb', { password: 'hunter2' })],
    })
    peers.update({ peers: [] })
    expect(logged.join()).not.toContain('hunter2')
  })

  test('whatever is wanted, exactly that is open, and what did not change was not touched', () => {
    const wanted = fc.array(
      fc
        .subarray(['a', 'bb', 'ccc'])
        .chain((names) =>
          fc.tuple(
            ...names.map((name) =>
              fc.constantFrom({}, { holdTime: 30 }, { asn: 7 }).map((over) => peer(name, over)),
            ),
          ),
        ),
      { maxLength: 6 },
    )
    fc.assert(
      fc.property(wanted, (rounds) => {
        open = new Map()
        const peers = book()
        for (const specs of rounds) {
          const before = new Map(open)
          peers.update({ peers: specs })
          expect([...open].map(([name, { spec }]) => [name, spec]).sort()).toEqual(
            specs.map((spec) => [spec.name, spec]).sort(),
          )
          for (const [name, state] of before) {
            const same = specs.some((spec) => JSON.stringify(spec) === JSON.stringify(state.spec))
            expect(open.get(name) === state).toBe(same)
          }
        }
      }),
    )
  })
})
