import { describe, expect, test } from 'vitest'
import { ClusterStore, type Diagnostic, type Kind, type RawObject } from '../../../src/cluster/index.ts'
import {
  bgpAdvertisement,
  community,
  namespace,
  node,
  object,
  peer,
  pool,
  secret,
  service,
  slice,
} from '../../support/raw-objects.ts'

const raw = (value: unknown): RawObject => ({ value, origin: { locate: () => ({}) } })
const NAMESPACE = 'metallb-system'

/** With every value put, and taken once. */
function storeOf(...values: readonly unknown[]): ClusterStore {
  const store = new ClusterStore({ metallbNamespace: NAMESPACE })
  return put(store, ...values)
}

function put(store: ClusterStore, ...values: readonly unknown[]): ClusterStore {
  for (const value of values) store.put(raw(value))
  store.take()
  return store
}

const config = (store: ClusterStore) => store.take().snapshot.config
const ranges = (store: ClusterStore) =>
  Object.fromEntries(config(store).pools.map(({ name, ranges: [first] }) => [name, first?.text]))
/** `error OverlappingPools IPAddressPool metallb-system/b`. */
const found = (store: ClusterStore) =>
  store.take().diagnostics.map(({ severity, code, location }) => `${severity} ${code} ${location.object}`)
const errors = (store: ClusterStore): readonly Diagnostic[] =>
  store.take().diagnostics.filter(({ severity }) => severity === 'error')

const born = (at: string) => ({ creationTimestamp: `2026-01-01T00:00:${at}Z` })
const block = (name: string, cidr: string, metadata = {}) => pool(name, { addresses: [cidr] }, metadata)
const A = block('a', '10.0.0.0/24')
const ALL = bgpAdvertisement('all')
const FORCE = 'its last good version stays in force until this is mended'
const OUT = 'it is not used until this is mended'

describe('without faults', () => {
  const all = [
    A,
    ALL,
    peer('router'),
    node('n1', { zone: 'a' }),
    namespace('default'),
    service('web', ['10.0.0.1']),
    slice('web-1', 'web', ['10.244.0.1']),
  ]

  test('everything is in the snapshot, and nothing is found', () => {
    const { snapshot, diagnostics } = storeOf(...all).take()
    expect(diagnostics).toEqual([])
    expect([...snapshot.services.keys()]).toEqual(['default/web'])
    expect(snapshot.slices.get('default/web')).toHaveLength(1)
    expect([...snapshot.nodes.keys(), ...snapshot.namespaces.keys()]).toEqual(['n1', 'default'])
    expect(snapshot.config).toMatchObject({
      pools: [{ name: 'a' }],
      peers: [{ name: 'router' }],
      bgpAdvertisements: [{ name: 'all', pools: ['a'] }],
    })
  })

  test('what says the same as before changes nothing', () => {
    const store = storeOf(...all)
    const before = store.take()
    put(store, ...structuredClone(all))
    store.remove('Service', 'default', 'nobody')
    store.remove('IPAddressPool', NAMESPACE, 'nobody')
    expect(store.take()).toBe(before)
  })

  test('a change leaves everything else the same object', () => {
    const store = storeOf(...all, service('other'))
    const before = store.take().snapshot
    put(store, service('web', ['10.0.0.2']))
    const after = store.take().snapshot
    expect(after.services.get('default/web')).toMatchObject({ addresses: ['10.0.0.2'] })
    expect(after.services.get('default/other')).toBe(before.services.get('default/other'))
    expect([after.slices, after.nodes, after.namespaces, after.config]).toEqual([
      before.slices,
      before.nodes,
      before.namespaces,
      before.config,
    ])
    expect(after.config).toBe(before.config)
    expect(after.slices).toBe(before.slices)
  })

  test('what is removed is gone', () => {
    const store = storeOf(...all)
    const kinds: readonly [Kind, string, string][] = [
      ['Service', 'default', 'web'],
      ['EndpointSlice', 'default', 'web-1'],
      ['Node', '', 'n1'],
      ['Namespace', '', 'default'],
      ['BGPPeer', NAMESPACE, 'router'],
    ]
    for (const [kind, space, name] of kinds) store.remove(kind, space, name)
    const { services, slices, nodes, namespaces, config: left } = store.take().snapshot
    expect([services.size, slices.size, nodes.size, namespaces.size, left.peers.length]).toEqual([
      0, 0, 0, 0, 0,
    ])
  })

  test('a whole list replaces what was, and need not say what it is a list of', () => {
    const store = storeOf(...all, service('old'), block('b', '10.0.1.0/24'))
    const bare = ({ apiVersion: _, kind: __, ...rest }: Record<string, unknown>) => raw(rest)
    store.replace('Service', [bare(service('web', ['10.0.0.9'])), bare(service('new'))])
    store.replace('IPAddressPool', [bare(block('c', '10.0.2.0/24'))])
    store.replace('BGPPeer', [bare(peer('other', { peerAddress: '192.0.2.7' }))])
    store.replace('Node', [])
    const { snapshot, diagnostics } = store.take()
    expect(diagnostics).toEqual([])
    expect([...snapshot.services.keys()]).toEqual(['default/new', 'default/web'])
    expect(snapshot.services.get('default/web')?.addresses).toEqual(['10.0.0.9'])
    expect(snapshot.config.pools.map(({ name }) => name)).toEqual(['c'])
    expect(snapshot.config.peers).toMatchObject([{ name: 'other', peerAddress: '192.0.2.7' }])
    expect(snapshot.nodes.size).toBe(0)
  })

  test('metallb.io objects and Secrets of other namespaces are passed over', () => {
    const elsewhere = { namespace: 'other' }
    const store = storeOf(
      A,
      ALL,
      block('a', '10.9.0.0/24', elsewhere),
      block('x', 'nonsense', elsewhere),
      object('v1', 'Secret', { name: 's', namespace: 'other' }, { type: 'kubernetes.io/basic-auth' }),
    )
    expect([ranges(store), found(store)]).toEqual([{ a: '10.0.0.0/24' }, []])
  })

  test('without a namespace given, one name in two namespaces is told, and the older one is used', () => {
    const store = new ClusterStore()
    put(
      store,
      ALL,
      block('a', '10.1.0.0/24', { namespace: 'x', ...born('02') }),
      block('a', '10.0.0.0/24', born('01')),
    )
    expect(ranges(store)).toEqual({ a: '10.0.0.0/24' })
    expect(found(store)).toContain('error DuplicateName IPAddressPool x/a')
  })
})

describe('slices', () => {
  test('stand by name under their service, and move with their label', () => {
    const store = storeOf(slice('b', 'web', []), slice('a', 'web', []), slice('c', 'db', []))
    const names = () =>
      Object.fromEntries(
        store
          .take()
          .snapshot.slices.entries()
          .map(([key, list]) => [key, list.map(({ name }) => name)]),
      )
    expect(names()).toEqual({ 'default/db': ['c'], 'default/web': ['a', 'b'] })
    put(store, slice('a', 'db', []))
    expect(names()).toEqual({ 'default/db': ['a', 'c'], 'default/web': ['b'] })
    store.remove('EndpointSlice', 'default', 'b')
    expect(names()).toEqual({ 'default/db': ['a', 'c'] })
    put(store, slice('a', '', []))
    expect(names()).toEqual({ 'default/db': ['c'] })
    store.replace('EndpointSlice', [raw(slice('d', 'web', []))])
    expect(names()).toEqual({ 'default/web': ['d'] })
  })

  const on = (name: string, ...nodeNames: readonly string[]) => ({
    ...slice(name, 'web', []),
    endpoints: nodeNames.map((nodeName, at) => ({ addresses: [`10.0.0.${at}`], nodeName })),
  })

  test('a list changes only with one of its slices', () => {
    const store = storeOf(on('a', 'node1'), on('b', 'node1'))
    const before = store.take().snapshot.slices
    put(store, on('a', 'node1'))
    expect(store.take().snapshot.slices).toBe(before)
    put(store, on('a', 'node2'))
    const after = store.take().snapshot.slices.get('default/web')
    expect(after?.[0]?.endpoints).toEqual([{ hasAddress: true, nodeName: 'node2' }])
    expect(after?.[1]).toBe(before.get('default/web')?.[1])
  })

  test('a pod that takes the place of another on its node changes nothing', () => {
    const store = storeOf(on('a', 'node1', 'node2'))
    const before = store.take()
    const moved = {
      ...on('a'),
      endpoints: ['node1', 'node2'].map((nodeName) => ({ addresses: ['10.0.9.9'], nodeName })),
    }
    put(store, moved)
    expect(store.take()).toBe(before)
  })

  test('equal endpoints are one, and no name passes for several', () => {
    const store = storeOf(
      on('a', 'node1', 'node2'),
      on('b', 'node1', 'node2'),
      on('c', 'node1,true   5 node2'),
      on('d', 'node2', 'node1'),
    )
    const [a, b, c, d] = store.take().snapshot.slices.get('default/web') ?? []
    expect(a?.endpoints).toBe(b?.endpoints)
    expect(c?.endpoints).toEqual([{ hasAddress: true, nodeName: 'node1,true   5 node2' }])
    expect(d?.endpoints.map(({ nodeName }) => nodeName)).toEqual(['node2', 'node1'])
    expect(d?.endpoints[1]).toBe(a?.endpoints[0])
  })
})

describe('an object with a fault of its own', () => {
  test('is left out and named, and the rest is in force', () => {
    const store = storeOf(A, ALL, block('b', '10.0.1.300/24'))
    expect(ranges(store)).toEqual({ a: '10.0.0.0/24' })
    expect(errors(store)).toMatchObject([
      {
        code: 'InvalidRange',
        location: { object: 'IPAddressPool metallb-system/b', path: 'spec.addresses[0]' },
      },
    ])
    expect(errors(store)[0]?.hint).toMatch(new RegExp(`; ${OUT}$`))
  })

  test('keeps its last good version in force until it is mended or removed', () => {
    const store = storeOf(A, ALL)
    put(store, block('a', '10.0.0.0/33'))
    expect(ranges(store)).toEqual({ a: '10.0.0.0/24' })
    expect(errors(store)[0]?.hint).toMatch(new RegExp(`; ${FORCE}$`))
    put(store, block('a', '10.0.0.0/25'))
    expect([ranges(store), found(store)]).toEqual([{ a: '10.0.0.0/25' }, []])
    put(store, block('a', '10.0.0.0/33'))
    store.remove('IPAddressPool', NAMESPACE, 'a')
    expect(ranges(store)).toEqual({})
  })

  test('a field that is not built, a kind that is not known, and what is no object at all', () => {
    const store = storeOf(
      peer('p', { vrf: 'red' }),
      object('metallb.io/v1beta1', 'AddressPool', { name: 'x', namespace: NAMESPACE }),
      'garbage',
    )
    expect(config(store).peers).toEqual([])
    expect(found(store)).toEqual([
      'error UnknownKind undefined',
      'error NotAnObject undefined',
      'error NotSupportedYet BGPPeer metallb-system/p',
    ])
  })

  test('a Service that cannot be read keeps its last good version, or is left out', () => {
    const store = storeOf(service('a', ['10.0.0.1']))
    put(
      store,
      service('a', [], { type: 'Loadbalancer' }),
      service('b', [], { externalTrafficPolicy: 'local' }),
    )
    expect([...store.take().snapshot.services.keys()]).toEqual(['default/a'])
    expect(store.take().snapshot.services.get('default/a')?.addresses).toEqual(['10.0.0.1'])
    expect(found(store)).toEqual([
      'error UnknownValue Service default/a',
      'error UnknownValue Service default/b',
    ])
    expect(errors(store).map(({ hint }) => hint?.split('; ').at(-1))).toEqual([FORCE, OUT])
    put(store, service('a', ['10.0.0.2']))
    store.remove('Service', 'default', 'b')
    expect(found(store)).toEqual([])
  })

  test('warnings say nothing of what stays in force', () => {
    const store = storeOf({
      ...service('a'),
      metadata: { name: 'a', namespace: 'default', annotations: { 'metallb.universe.tf/address-pool': 'p' } },
    })
    const { snapshot, diagnostics } = store.take()
    expect(diagnostics).toMatchObject([
      { code: 'DeprecatedAnnotation', hint: 'write "metallb.io/address-pool"' },
    ])
    expect(snapshot.services.size).toBe(1)
    put(store, service('b', ['10.0.0.1']))
    expect(store.take().diagnostics).toBe(diagnostics)
  })

  test('an address in no pool is left to the decisions to tell', () => {
    expect(found(storeOf(A, ALL, service('a', ['192.0.2.1'])))).toEqual([])
  })
})

describe('objects that contradict each other', () => {
  test('the pool in force keeps its addresses, whatever comes', () => {
    const store = storeOf(block('z', '10.0.0.0/24', born('09')), ALL)
    put(store, block('a', '10.0.0.128/25', born('01')))
    expect(ranges(store)).toEqual({ z: '10.0.0.0/24' })
    expect(errors(store)).toMatchObject([
      { code: 'OverlappingPools', location: { object: 'IPAddressPool metallb-system/a' } },
    ])
    expect(errors(store)[0]?.hint).toContain(OUT)
  })

  test('a pool that is edited into another keeps what it had', () => {
    const store = storeOf(A, block('b', '10.0.1.0/24'), ALL)
    put(store, block('b', '10.0.0.0/23'))
    expect(ranges(store)).toEqual({ a: '10.0.0.0/24', b: '10.0.1.0/24' })
    expect(errors(store)).toMatchObject([{ code: 'OverlappingPools', hint: expect.stringContaining(FORCE) }])
    // Its hindrance gone, the new version comes into force by itself.
    store.remove('IPAddressPool', NAMESPACE, 'a')
    expect([ranges(store), found(store)]).toEqual([{ b: '10.0.0.0/23' }, []])
  })

  test('two pools change places, at once or one by one', () => {
    const swapped = [block('a', '10.0.1.0/24'), block('b', '10.0.0.0/24')]
    const store = storeOf(A, block('b', '10.0.1.0/24'), ALL)
    put(store, swapped[0])
    expect(ranges(store)).toEqual({ a: '10.0.0.0/24', b: '10.0.1.0/24' })
    put(store, swapped[1])
    expect([ranges(store), found(store)]).toEqual([{ a: '10.0.1.0/24', b: '10.0.0.0/24' }, []])
  })

  test('a pool that falls back takes its addresses back from a newcomer', () => {
    const store = storeOf(A, block('c', '10.0.2.0/24'), ALL)
    put(store, block('a', '10.0.2.0/25'), block('b', '10.0.0.0/25'))
    expect(ranges(store)).toEqual({ a: '10.0.0.0/24', c: '10.0.2.0/24' })
    expect(found(store)).toEqual([
      'error OverlappingPools IPAddressPool metallb-system/a',
      'error OverlappingPools IPAddressPool metallb-system/b',
    ])
  })

  test('among new ones the older object wins, then the name; never the order of arrival', () => {
    const pools = [
      block('a', '10.0.0.0/24', born('03')),
      block('b', '10.0.0.0/25', born('01')),
      block('d', '10.1.0.0/24'),
      block('c', '10.1.0.0/25'),
    ]
    for (const order of [pools, pools.toReversed()])
      expect(ranges(storeOf(ALL, ...order))).toEqual({ b: '10.0.0.0/25', c: '10.1.0.0/25' })
  })

  test('who is only in the way of one that is put aside itself stays', () => {
    // b contradicts a; c contradicts b alone.
    const store = storeOf(
      ALL,
      block('a', '10.0.0.0/24'),
      block('b', '10.0.0.128-10.0.1.127'),
      block('c', '10.0.1.0/25'),
    )
    expect(Object.keys(ranges(store))).toEqual(['a', 'c'])
  })

  test('of two peers of one router the one in force keeps its session', () => {
    const store = storeOf(peer('z'))
    put(store, peer('a'))
    expect(config(store).peers.map(({ name }) => name)).toEqual(['z'])
    expect(found(store)).toEqual(['error DuplicatePeer BGPPeer metallb-system/a'])
  })

  test('a new pool that an aggregate reaches past is left out, not the advertisement of all the others', () => {
    const wide = bgpAdvertisement('wide', { aggregationLength: 24 }, born('01'))
    const narrow = block('narrow', '10.9.0.0/28', born('02'))
    const store = storeOf(A, wide)
    put(store, narrow)
    for (const one of [store, storeOf(narrow, A, wide)]) {
      expect(config(one).bgpAdvertisements).toMatchObject([{ name: 'wide', pools: ['a'] }])
      expect(errors(one)).toMatchObject([
        {
          code: 'AggregationTooWide',
          message:
            'aggregationLength 24 of BGPAdvertisement wide reaches past 10.9.0.0/28 of IPAddressPool narrow',
          location: { object: 'IPAddressPool metallb-system/narrow' },
        },
      ])
    }
  })

  test('an advertisement that is edited past its pool keeps what it had', () => {
    const store = storeOf(A, ALL)
    put(store, bgpAdvertisement('all', { aggregationLength: 16 }))
    expect(config(store)).toMatchObject({
      pools: [{ name: 'a' }],
      bgpAdvertisements: [{ aggregationLength: 32 }],
    })
    expect(found(store)).toEqual(['error AggregationTooWide BGPAdvertisement metallb-system/all'])
  })

  test('two local preferences for the same routes: the advertisement in force stays', () => {
    const store = storeOf(A, bgpAdvertisement('z', { localPref: 200 }))
    put(store, bgpAdvertisement('a', { localPref: 300 }))
    expect(config(store).bgpAdvertisements).toMatchObject([{ name: 'z' }])
    expect(found(store)).toEqual(['error ConflictingAdvertisements BGPAdvertisement metallb-system/a'])
  })

  test('very many that contradict each other are settled all the same', () => {
    const pools = Array.from({ length: 300 }, (_, at) => block(`p${at}`, '10.0.0.0/8', born('00')))
    const store = storeOf(ALL, ...pools)
    expect(config(store).pools.map(({ name }) => name)).toEqual(['p0'])
    expect(errors(store)).toHaveLength(299)
  })
})

describe('what an object had from others', () => {
  const PASSWORD = secret('md5', { stringData: { password: 'sesame' } })
  const P = peer('router', { passwordSecret: { name: 'md5' } })
  const passwords = (store: ClusterStore) => config(store).peers.map(({ password }) => password)

  test('a password stays when its Secret goes or goes bad, and follows when it changes', () => {
    const store = storeOf(PASSWORD, P)
    expect([passwords(store), found(store)]).toEqual([['sesame'], []])
    put(store, secret('md5', { type: 'Opaque', stringData: { password: 'x' } }))
    expect([passwords(store), found(store)]).toEqual([
      ['sesame'],
      ['error WrongSecretType BGPPeer metallb-system/router'],
    ])
    store.remove('Secret', NAMESPACE, 'md5')
    expect(passwords(store)).toEqual(['sesame'])
    expect(errors(store)).toMatchObject([
      {
        code: 'SecretNotFound',
        message: 'there is no Secret "md5" in namespace metallb-system; the last password stays in use',
      },
    ])
    put(store, secret('md5', { stringData: { password: 'open' } }))
    expect([passwords(store), found(store)]).toEqual([['open'], []])
    expect(JSON.stringify(store.take().diagnostics)).not.toMatch(/sesame|open/)
  })

  test('a peer that names another Secret, which is not there, keeps its last good version', () => {
    const store = storeOf(PASSWORD, P)
    put(store, peer('router', { passwordSecret: { name: 'new' }, holdTime: '30s' }))
    expect(config(store).peers).toMatchObject([{ password: 'sesame' }])
    expect(config(store).peers[0]?.holdTime).toBeUndefined()
    expect(errors(store)).toMatchObject([{ code: 'SecretNotFound', hint: expect.stringContaining(FORCE) }])
    put(store, secret('new', { stringData: { password: 'second' } }))
    expect(config(store).peers).toMatchObject([{ password: 'second', holdTime: 30 }])
  })

  test('a peer whose Secret never was is left out: never without its password', () => {
    const store = storeOf(P, peer('other', { peerAddress: '192.0.2.9' }))
    expect(config(store).peers.map(({ name }) => name)).toEqual(['other'])
    expect(errors(store)).toMatchObject([{ code: 'SecretNotFound', hint: expect.stringContaining(OUT) }])
    put(store, object('v1', 'Secret', { name: 'md5', namespace: NAMESPACE, labels: 7 }))
    expect(config(store).peers.map(({ name }) => name)).toEqual(['other'])
  })

  test('a peer that comes back does not find the password of the one before', () => {
    const store = storeOf(PASSWORD, P)
    store.remove('BGPPeer', NAMESPACE, 'router')
    store.remove('Secret', NAMESPACE, 'md5')
    store.take()
    put(store, P)
    expect(config(store).peers).toEqual([])
  })

  test('communities stay when the Community that named them goes', () => {
    const names = community('names', { communities: [{ name: 'vip', value: '64512:7' }] })
    const tagged = bgpAdvertisement('tagged', { communities: ['vip', '64512:8'] })
    const store = storeOf(A, names, tagged)
    store.remove('Community', NAMESPACE, 'names')
    expect(config(store).bgpAdvertisements).toMatchObject([{ communities: ['64512:7', '64512:8'] }])
    expect(errors(store)).toMatchObject([
      { message: 'there is no community alias "vip"; its last value, 64512:7, stays in use' },
    ])
    put(store, community('names', { communities: [{ name: 'vip', value: '64512:9' }] }))
    expect(config(store).bgpAdvertisements).toMatchObject([{ communities: ['64512:8', '64512:9'] }])
    expect(found(store)).toEqual([])
  })

  test('an advertisement with an alias that never was is left out: never without its community', () => {
    const broken = community('names', { communities: [{ name: 'vip', value: 'nonsense' }] })
    const store = storeOf(A, ALL, broken, bgpAdvertisement('tagged', { communities: ['vip'] }))
    expect(config(store).bgpAdvertisements.map(({ name }) => name)).toEqual(['all'])
    expect(found(store)).toEqual([
      'error InvalidCommunity Community metallb-system/names',
      'error UnknownCommunity BGPAdvertisement metallb-system/tagged',
    ])
  })
})
