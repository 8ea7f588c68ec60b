import { describe, expect, it } from 'vitest'
import type { Namespace, Pool, Service } from '../../../src/cluster/index.ts'
import { type AllocationOptions, Allocator, type Settlement } from '../../../src/ipam/index.ts'
import { pool as barePool, selector, service } from '../../support/tiny-cluster.ts'

const OURS = 'metallb.io/ip-allocated-from-pool'
const WISH = 'metallb.io/loadBalancerIPs'
const POOL = 'metallb.io/address-pool'
const SHARE = 'metallb.io/allow-shared-ip'

const V6: Partial<Service> = { clusterIPs: ['fd00::1'], ipFamilies: ['ipv6'] }
const DUAL: Partial<Service> = { clusterIPs: ['10.96.0.1', 'fd00::1'], ipFamilies: ['ipv4', 'ipv6'] }
const PREFER: Partial<Service> = { ...DUAL, ipFamilyPolicy: 'PreferDualStack' }
const REQUIRE: Partial<Service> = { ...DUAL, ipFamilyPolicy: 'RequireDualStack' }

const svc = (name: string, over: Partial<Service> = {}): Service => service({ name, addresses: [], ...over })

const pool = (name: string, cidrs: readonly string[], over: Partial<Pool> = {}): Pool => ({
  ...barePool(name, ...cidrs),
  ...over,
})

const V4_POOL = pool('v4', ['192.0.2.0/30'])
const BOTH_POOL = pool('both', ['198.51.100.0/31', '2001:db8::/127'])

const namespaces = (...all: readonly Namespace[]): ReadonlyMap<string, Namespace> =>
  new Map(all.map((one) => [one.name, one]))

interface Start {
  readonly pools?: readonly Pool[]
  readonly namespaces?: ReadonlyMap<string, Namespace>
  readonly options?: AllocationOptions
  /** Settled before, one after the other, their statuses written. */
  readonly others?: readonly Service[]
}

function start({
  pools = [V4_POOL],
  namespaces: spaces = new Map(),
  options,
  others = [],
}: Start = {}): Allocator {
  const allocator = new Allocator(options)
  allocator.setPools(pools, spaces)
  for (const other of others) allocator.settle(other)
  return allocator
}

const settle = (one: Service, how: Start = {}): Settlement => start(how).settle(one).settlement

const written = (one: Service, { addresses, pool: from }: Settlement): Service => ({
  ...one,
  addresses,
  annotations: { ...one.annotations, ...(from !== undefined && { [OURS]: from }) },
})

const brief = ({ addresses, code, write }: Settlement) => ({ addresses, code, write })
const reasons = ({ events }: Settlement) => events.map(({ type, reason }) => `${type} ${reason}`)

describe('who gets an address at all', () => {
  it.each<[string, Service, Start, Partial<Settlement>]>([
    [
      'a LoadBalancer',
      svc('a'),
      {},
      { addresses: ['192.0.2.0'], code: 'AddressAssigned', pool: 'v4', write: true },
    ],
    [
      'another type',
      svc('a', { type: 'ClusterIP' }),
      {},
      { addresses: [], code: 'NotLoadBalancer', write: false },
    ],
    [
      'another type, with what we gave it before',
      svc('a', { type: 'ClusterIP', addresses: ['192.0.2.1'] }),
      {},
      { addresses: [], code: 'NotLoadBalancer', write: true },
    ],
    [
      'another type, with our annotation alone',
      svc('a', { type: 'ClusterIP', annotations: { [OURS]: 'v4' } }),
      {},
      { addresses: [], write: true },
    ],
    [
      'another type, with what somebody else gave it',
      svc('a', { type: 'NodePort', addresses: ['172.16.0.1'] }),
      {},
      { addresses: ['172.16.0.1'], write: false },
    ],
    [
      'a class, where none is served',
      svc('a', { loadBalancerClass: 'other', addresses: ['172.16.0.1'] }),
      {},
      { addresses: ['172.16.0.1'], code: 'OtherLoadBalancerClass', write: false },
    ],
    [
      'no class, where one is served',
      svc('a'),
      { options: { lbClass: 'x' } },
      { code: 'OtherLoadBalancerClass', write: false },
    ],
    [
      'the class that is served',
      svc('a', { loadBalancerClass: 'x' }),
      { options: { lbClass: 'x' } },
      { addresses: ['192.0.2.0'], write: true },
    ],
    [
      'anyone, without pools: what they have stays',
      svc('a', { addresses: ['172.16.0.1'], annotations: { [OURS]: 'gone' } }),
      { pools: [] },
      { addresses: ['172.16.0.1'], code: 'NoPools', write: false, events: [] },
    ],
    [
      'no clusterIP',
      svc('a', { clusterIPs: [], addresses: ['192.0.2.1'] }),
      {},
      { addresses: [], code: 'NoClusterIP', write: true },
    ],
    [
      'no clusterIP, in a folder of manifests',
      svc('a', { clusterIPs: [], ipFamilies: [] }),
      { options: { assumeClusterIPs: true } },
      { addresses: ['192.0.2.0'] },
    ],
    [
      'no clusterIP, in a folder of manifests, dual stack',
      svc('a', { clusterIPs: [], ipFamilies: ['ipv6'], ipFamilyPolicy: 'RequireDualStack' }),
      { options: { assumeClusterIPs: true }, pools: [BOTH_POOL] },
      { addresses: ['198.51.100.0', '2001:db8::'] },
    ],
    [
      'RequireDualStack with one clusterIP',
      svc('a', { ipFamilyPolicy: 'RequireDualStack', addresses: ['192.0.2.1'] }),
      {},
      { addresses: [], code: 'NotEnoughClusterIPs', write: true },
    ],
  ])('%s', (_, one, how, expected) => {
    expect(settle(one, how)).toMatchObject(expected)
  })
})

describe('which address', () => {
  const used = (name: string, address: string) => svc(name, { annotations: { [WISH]: address } })
  it.each<[string, Service, Start, readonly string[], string?]>([
    [
      'the first free one',
      svc('a'),
      { others: [used('x', '192.0.2.0'), used('y', '192.0.2.2')] },
      ['192.0.2.1'],
    ],
    ['of the first pool by name', svc('a'), { pools: [pool('b', ['10.0.0.0/31']), V4_POOL] }, ['10.0.0.0']],
    [
      'not where autoAssign is false',
      svc('a'),
      { pools: [pool('b', ['10.0.0.0/31'], { autoAssign: false }), V4_POOL] },
      ['192.0.2.0'],
    ],
    [
      'not one ending in .0 or .255',
      svc('a'),
      { pools: [pool('b', ['10.0.0.255/32', '10.0.1.0/31'], { avoidBuggyIPs: true })] },
      ['10.0.1.1'],
    ],
    ['ranges in their order', svc('a'), { pools: [pool('b', ['10.0.9.0/31', '10.0.1.0/31'])] }, ['10.0.9.0']],
    ['of the family of the clusterIP', svc('a', V6), { pools: [V4_POOL, BOTH_POOL] }, ['2001:db8::']],
    ['both of one pool', svc('a', REQUIRE), { pools: [V4_POOL, BOTH_POOL] }, ['198.51.100.0', '2001:db8::']],
    [
      'IPv4 first, whatever ipFamilies says',
      svc('a', { ...REQUIRE, ipFamilies: ['ipv6', 'ipv4'] }),
      { pools: [BOTH_POOL] },
      ['198.51.100.0', '2001:db8::'],
    ],
    [
      'preferably both',
      svc('a', PREFER),
      { pools: [V4_POOL, pool('zz', ['10.0.0.0/32', '2001:db8::/128'])] },
      ['10.0.0.0', '2001:db8::'],
    ],
    [
      'else the first family',
      svc('a', { ...PREFER, ipFamilies: ['ipv6', 'ipv4'] }),
      { pools: [V4_POOL, pool('v6', ['2001:db8::/127'])] },
      ['2001:db8::'],
    ],
    ['else the other', svc('a', { ...PREFER, ipFamilies: ['ipv6', 'ipv4'] }), {}, ['192.0.2.0']],
    [
      'PreferDualStack with one clusterIP: one',
      svc('a', { ipFamilyPolicy: 'PreferDualStack' }),
      { pools: [BOTH_POOL] },
      ['198.51.100.0'],
    ],
    ['what is asked for', svc('a', { annotations: { [WISH]: ' 192.0.2.3 ' } }), {}, ['192.0.2.3']],
    ['what spec.loadBalancerIP asks for', svc('a', { loadBalancerIP: '192.0.2.3' }), {}, ['192.0.2.3']],
    [
      'asked for, with autoAssign false',
      svc('a', { loadBalancerIP: '192.0.2.3' }),
      { pools: [{ ...V4_POOL, autoAssign: false }] },
      ['192.0.2.3'],
    ],
    [
      'asked for by the old annotation',
      svc('a', { annotations: { 'metallb.universe.tf/loadBalancerIPs': '192.0.2.3' } }),
      {},
      ['192.0.2.3'],
    ],
    [
      'asked for no more: the new key is there, though empty',
      svc('a', { annotations: { 'metallb.universe.tf/loadBalancerIPs': '192.0.2.3', [WISH]: '' } }),
      {},
      ['192.0.2.0'],
    ],
    [
      'two that are asked for',
      svc('a', { ...REQUIRE, annotations: { [WISH]: '2001:DB8::1,198.51.100.1' } }),
      { pools: [BOTH_POOL] },
      ['198.51.100.1', '2001:db8::1'],
    ],
    [
      'of the pool that is asked for',
      svc('a', { annotations: { [POOL]: 'b' } }),
      { pools: [V4_POOL, pool('b', ['10.0.0.0/31'], { autoAssign: false })] },
      ['10.0.0.0'],
    ],
    [
      'of both that are asked for',
      svc('a', { loadBalancerIP: '192.0.2.3', annotations: { [POOL]: 'v4' } }),
      {},
      ['192.0.2.3'],
    ],
  ])('%s', (_, one, how, addresses) => {
    const settlement = settle(one, how)
    expect(settlement.addresses).toEqual(addresses)
    expect(settlement).toMatchObject({ code: 'AddressAssigned', write: true })
    expect(settlement.trace.some(({ ok }) => ok)).toBe(true)
  })

  it('takes pools for some before pools for all, by priority, 0 last, then by name', () => {
    const pinned = (name: string, cidr: string, priority: number) =>
      pool(name, [cidr], {
        allocation: { priority, namespaces: ['default'], namespaceSelectors: [], serviceSelectors: [] },
      })
    const pools = [
      pool('a', ['10.0.0.0/32']),
      pinned('b', '10.0.1.0/32', 0),
      pinned('e', '10.0.2.0/32', 2),
      pinned('d', '10.0.3.0/32', 2),
      pinned('c', '10.0.4.0/32', 7),
    ]
    const allocator = start({ pools })
    const order = ['1', '2', '3', '4', '5'].map((name) => allocator.settle(svc(name)).settlement.pool)
    expect(order).toEqual(['d', 'e', 'c', 'b', 'a'])
  })

  it.each<[string, Pool['allocation'], boolean]>([
    ['nothing said', { priority: 1, namespaces: [], namespaceSelectors: [], serviceSelectors: [] }, true],
    [
      'its namespace',
      { priority: 0, namespaces: ['default'], namespaceSelectors: [], serviceSelectors: [] },
      true,
    ],
    [
      'another namespace',
      { priority: 0, namespaces: ['x'], namespaceSelectors: [], serviceSelectors: [] },
      false,
    ],
    [
      'its namespace by label',
      { priority: 0, namespaces: ['x'], namespaceSelectors: [selector({ team: 'a' })], serviceSelectors: [] },
      true,
    ],
    [
      'a label that no namespace has',
      { priority: 0, namespaces: [], namespaceSelectors: [selector({ team: 'b' })], serviceSelectors: [] },
      false,
    ],
    [
      'a label that no namespace has, and its own',
      {
        priority: 0,
        namespaces: [],
        namespaceSelectors: [selector({ team: 'b' })],
        serviceSelectors: [selector({ app: 'web' })],
      },
      false,
    ],
    [
      'its labels',
      {
        priority: 0,
        namespaces: [],
        namespaceSelectors: [],
        serviceSelectors: [selector({ app: 'x' }), selector({ app: 'web' })],
      },
      true,
    ],
    [
      'other labels',
      {
        priority: 0,
        namespaces: ['default'],
        namespaceSelectors: [],
        serviceSelectors: [selector({ app: 'x' })],
      },
      false,
    ],
  ])('serviceAllocation: %s', (_, allocation, isFor) => {
    const pools = [{ ...V4_POOL, ...(allocation && { allocation }) }]
    const spaces = namespaces({ name: 'default', labels: { team: 'a' } })
    const itself = settle(svc('a'), { pools, namespaces: spaces })
    const asked = settle(svc('a', { loadBalancerIP: '192.0.2.3' }), { pools, namespaces: spaces })
    const named = settle(svc('a', { annotations: { [POOL]: 'v4' } }), { pools, namespaces: spaces })
    expect([itself.code, asked.code, named.code]).toEqual(
      isFor
        ? ['AddressAssigned', 'AddressAssigned', 'AddressAssigned']
        : ['NoFreeAddress', 'PoolNotForService', 'PoolNotForService'],
    )
  })

  it('pinning is a preference: with the pinned pool exhausted, the search goes on', () => {
    const allocation = { priority: 1, namespaces: ['default'], namespaceSelectors: [], serviceSelectors: [] }
    const allocator = start({ pools: [pool('pinned', ['10.0.0.0/32'], { allocation }), V4_POOL] })
    expect(allocator.settle(svc('a')).settlement.pool).toBe('pinned')
    expect(allocator.settle(svc('b')).settlement.pool).toBe('v4')
  })
})

describe('why there is none', () => {
  const taken = svc('other', { annotations: { [WISH]: '192.0.2.1' } })
  it.each<[string, Service, Start, string, RegExp]>([
    [
      'exhausted',
      svc('a'),
      { pools: [pool('edge', ['10.0.0.0/32'])], others: [svc('x')] },
      'PoolExhausted',
      /^pool edge \(10.0.0.0\/32\) is exhausted: 1 of 1 IPv4 addresses in use$/,
    ],
    ['no such family', svc('a', V6), {}, 'PoolExhausted', /^pool v4 has no IPv6 addresses$/],
    [
      'several exhausted',
      svc('a', V6),
      { pools: [V4_POOL, pool('b', ['10.0.0.0/31'])] },
      'NoFreeAddress',
      /no pool has a free IPv6 address: pool b has no IPv6 addresses, pool v4 has no/,
    ],
    [
      'only by request',
      svc('a'),
      { pools: [{ ...V4_POOL, autoAssign: false }] },
      'NoFreeAddress',
      /pool v4 gives only what is asked for \(autoAssign: false\)/,
    ],
    [
      'both families, of one pool',
      svc('a', REQUIRE),
      { pools: [V4_POOL, pool('v6', ['2001:db8::/64'])] },
      'NoFreeAddress',
      /pool v4 has no IPv6 addresses, pool v6 has no IPv4 addresses/,
    ],
    [
      'no address',
      svc('a', { loadBalancerIP: '192.0.2.300' }),
      {},
      'InvalidRequest',
      /"192.0.2.300" in spec.loadBalancerIP is not an IP address/,
    ],
    [
      'an empty item',
      svc('a', { annotations: { [WISH]: '192.0.2.1,' } }),
      {},
      'InvalidRequest',
      /"" in metallb.io\/loadBalancerIPs/,
    ],
    [
      'both ways of asking',
      svc('a', { loadBalancerIP: '192.0.2.1', annotations: { [WISH]: '192.0.2.1' } }),
      {},
      'InvalidRequest',
      /both annotation .* are set/,
    ],
    [
      'two of one family',
      svc('a', { ...REQUIRE, annotations: { [WISH]: '192.0.2.1,192.0.2.2' } }),
      {},
      'InvalidRequest',
      /of one family/,
    ],
    [
      'three',
      svc('a', { annotations: { [WISH]: '192.0.2.1,192.0.2.2,2001:db8::' } }),
      {},
      'InvalidRequest',
      /3 addresses/,
    ],
    [
      'the wrong family',
      svc('a', { annotations: { [WISH]: '2001:db8::' } }),
      {},
      'FamilyMismatch',
      /2001:db8:: is asked for \(IPv6\), and the Service is of IPv4/,
    ],
    [
      'one of two families',
      svc('a', { ...PREFER, annotations: { [WISH]: '192.0.2.1' } }),
      {},
      'FamilyMismatch',
      /the Service is of IPv4 and IPv6/,
    ],
    [
      'in no pool',
      svc('a', { loadBalancerIP: '172.16.0.1' }),
      {},
      'AddressInNoPool',
      /^172.16.0.1 is in no IPAddressPool$/,
    ],
    [
      'avoided',
      svc('a', { loadBalancerIP: '192.0.2.0' }),
      { pools: [{ ...V4_POOL, avoidBuggyIPs: true }] },
      'AddressAvoided',
      /avoidBuggyIPs/,
    ],
    [
      'in two pools',
      svc('a', { ...REQUIRE, annotations: { [WISH]: '192.0.2.1,2001:db8::1' } }),
      { pools: [V4_POOL, BOTH_POOL] },
      'AddressesInSeveralPools',
      /192.0.2.1 is of pool v4 and 2001:db8::1 of pool both/,
    ],
    [
      'no such pool',
      svc('a', { annotations: { [POOL]: 'v5' } }),
      {},
      'UnknownPool',
      /no pool "v5"; the pools are v4/,
    ],
    [
      'not of the pool',
      svc('a', { loadBalancerIP: '192.0.2.1', annotations: { [POOL]: 'both' } }),
      { pools: [V4_POOL, BOTH_POOL] },
      'AddressNotInPool',
      /192.0.2.1 is of pool v4, and pool both is asked for/,
    ],
    [
      'in use by one that shares with nobody',
      svc('a', { loadBalancerIP: '192.0.2.1' }),
      { others: [taken] },
      'SharingRefused',
      /^192.0.2.1 is in use by default\/other, which shares it with nobody$/,
    ],
    [
      'in use, and shareable',
      svc('a', { loadBalancerIP: '192.0.2.1' }),
      { others: [svc('other', { annotations: { [WISH]: '192.0.2.1', [SHARE]: 'k' } })] },
      'SharingRefused',
      /to share it, give this Service annotation metallb.io\/allow-shared-ip: "k"/,
    ],
    [
      'in use under another key',
      svc('a', { annotations: { [WISH]: '192.0.2.1', [SHARE]: 'l' } }),
      { others: [svc('other', { annotations: { [WISH]: '192.0.2.1', [SHARE]: 'k' } })] },
      'SharingRefused',
      /shares it under the key "k", not "l"/,
    ],
    [
      'in use for other backends',
      svc('a', {
        annotations: { [WISH]: '192.0.2.1', [SHARE]: 'k' },
        ports: [],
        externalTrafficPolicy: 'Local',
      }),
      { others: [svc('other', { annotations: { [WISH]: '192.0.2.1', [SHARE]: 'k' } })] },
      'SharingRefused',
      /any endpoint .* local endpoints of app=web/,
    ],
    [
      'in use on that port',
      svc('a', { annotations: { [WISH]: '192.0.2.1', [SHARE]: 'k' } }),
      { others: [svc('other', { annotations: { [WISH]: '192.0.2.1', [SHARE]: 'k' } })] },
      'PortInUse',
      /^port TCP\/80 of 192.0.2.1 is already in use by default\/other$/,
    ],
  ])('%s', (_, one, how, code, message) => {
    const settlement = settle(one, how)
    expect(settlement).toMatchObject({
      addresses: [],
      code,
      write: false,
      message: expect.stringMatching(message),
    })
    expect(reasons(settlement)).toEqual(['Warning AllocationFailed'])
    expect(settlement.events[0]?.message).toBe(`Failed to allocate IP for "default/a": ${settlement.message}`)
    expect(settlement.trace.at(-1)).toMatchObject({ ok: false, code, message: settlement.message })
  })
})

describe('sharing', () => {
  const shared = (name: string, key: string, over: Partial<Service> = {}) =>
    svc(name, { annotations: { [SHARE]: key }, ...over })
  const udp = { ports: [{ protocol: 'UDP', port: 80 }] }

  it.each<[string, Service, Service, boolean]>([
    ['same key, other protocol', shared('a', 'k'), shared('b', 'k', udp), true],
    ['same key, same port', shared('a', 'k'), shared('b', 'k'), false],
    ['other keys', shared('a', 'k'), shared('b', 'l', udp), false],
    ['no key', svc('a'), svc('b', udp), false],
    ['empty keys', shared('a', ''), shared('b', '', udp), false],
    [
      'the old annotation',
      shared('a', 'k'),
      svc('b', { ...udp, annotations: { 'metallb.universe.tf/allow-shared-ip': 'k' } }),
      true,
    ],
    [
      'Local, same pods',
      shared('a', 'k', { externalTrafficPolicy: 'Local' }),
      shared('b', 'k', { ...udp, externalTrafficPolicy: 'Local' }),
      true,
    ],
    [
      'Local, other pods',
      shared('a', 'k', { externalTrafficPolicy: 'Local' }),
      shared('b', 'k', { ...udp, externalTrafficPolicy: 'Local', selector: 'app=x' }),
      false,
    ],
    ['Local and Cluster', shared('a', 'k', { externalTrafficPolicy: 'Local' }), shared('b', 'k', udp), false],
    [
      'Local without pods and Cluster',
      shared('a', 'k', { externalTrafficPolicy: 'Local', selector: '' }),
      shared('b', 'k', udp),
      true,
    ],
    ['other namespaces', shared('a', 'k'), shared('b', 'k', { ...udp, namespace: 'x' }), true],
  ])('%s', (_, first, second, share) => {
    const allocator = start({ others: [first] })
    expect(allocator.settle(second).settlement.addresses).toEqual(share ? ['192.0.2.0'] : ['192.0.2.1'])
    expect(allocator.usage()[0]?.assigned.ipv4).toBe(share ? 1 : 2)
  })

  it('goes to the lowest address that is free or fits', () => {
    const allocator = start({ others: [svc('x'), shared('a', 'k'), shared('b', 'l')] })
    expect(allocator.settle(shared('c', 'l', udp)).settlement.addresses).toEqual(['192.0.2.2'])
    allocator.release('default/x')
    expect(allocator.settle(shared('d', 'l', { ports: [] })).settlement.addresses).toEqual(['192.0.2.0'])
  })

  it('lets whoever is alone change its key, and moves one of several that does', () => {
    const allocator = start({ others: [shared('a', 'k')] })
    expect(allocator.settle(shared('a', 'l', { addresses: ['192.0.2.0'] })).settlement.code).toBe(
      'AddressKept',
    )
    allocator.settle(shared('b', 'l', udp))
    const { settlement } = allocator.settle(shared('b', 'm', { ...udp, addresses: ['192.0.2.0'] }))
    expect(settlement).toMatchObject({ addresses: ['192.0.2.1'], code: 'AddressMoved', write: true })
    expect(settlement.message).toBe(
      '192.0.2.1 of pool v4, moved from 192.0.2.0: 192.0.2.0 is in use by default/a, which shares it under the key "l", not "m"',
    )
  })

  it('moves whoever takes a port that another has', () => {
    const allocator = start({ others: [shared('a', 'k'), shared('b', 'k', udp)] })
    const { settlement } = allocator.settle(shared('b', 'k', { addresses: ['192.0.2.0'] }))
    expect(settlement).toMatchObject({ addresses: ['192.0.2.1'], code: 'AddressMoved' })
    expect(settlement.trace.find(({ ok }) => !ok)).toMatchObject({
      rule: 'present addresses',
      code: 'PortInUse',
    })
  })
})

describe('what a Service has', () => {
  it('is kept, and nothing is written or told', () => {
    const one = svc('a', { addresses: ['192.0.2.2'], annotations: { [OURS]: 'v4' } })
    expect(settle(one)).toMatchObject({
      addresses: ['192.0.2.2'],
      pool: 'v4',
      write: false,
      code: 'AddressKept',
      events: [],
    })
  })

  it('stays in the order in which it stands', () => {
    const one = svc('a', {
      ...REQUIRE,
      addresses: ['2001:db8::1', '198.51.100.1'],
      annotations: { [OURS]: 'both' },
    })
    expect(brief(settle(one, { pools: [BOTH_POOL] }))).toEqual({
      addresses: one.addresses,
      code: 'AddressKept',
      write: false,
    })
  })

  it('gets the annotation, when only that is missing or old', () => {
    for (const annotations of [{}, { [OURS]: 'old' }]) {
      const settlement = settle(svc('a', { addresses: ['192.0.2.2'], annotations }))
      expect(settlement).toMatchObject({ pool: 'v4', write: true, code: 'AddressKept', events: [] })
    }
  })

  it('comes before what is new, for a Service that is settled first', () => {
    const allocator = start()
    allocator.adopt(svc('z', { addresses: ['192.0.2.0'] }))
    expect(allocator.settle(svc('a')).settlement.addresses).toEqual(['192.0.2.1'])
  })

  it('belongs to the one with the annotation, else to the first by name; the other moves', () => {
    const had = { addresses: ['192.0.2.0'] }
    const a = svc('a', had)
    const z = svc('z', { ...had, annotations: { [OURS]: 'v4' } })
    for (const order of [
      [a, z],
      [z, a],
    ]) {
      const allocator = start()
      for (const one of order) allocator.adopt(one)
      const { settlement } = allocator.settle(a)
      expect(settlement).toMatchObject({ addresses: ['192.0.2.1'], code: 'AddressMoved' })
      expect(settlement.message).toContain('192.0.2.0 is in use by default/z, which shares it with nobody')
      expect(allocator.settle(z).settlement.code).toBe('AddressKept')
    }
    const allocator = start()
    for (const one of [svc('b', had), a]) allocator.adopt(one)
    expect(allocator.settle(svc('b', had)).settlement.code).toBe('AddressMoved')
  })

  it.each<[string, Service, Start, readonly string[], string, string]>([
    [
      'in no pool',
      svc('a', { addresses: ['172.16.0.1'] }),
      {},
      ['192.0.2.0'],
      'AddressMoved',
      '172.16.0.1 is in no IPAddressPool',
    ],
    [
      'avoided now',
      svc('a', { addresses: ['192.0.2.0'] }),
      { pools: [{ ...V4_POOL, avoidBuggyIPs: true }] },
      ['192.0.2.1'],
      'AddressMoved',
      'avoidBuggyIPs',
    ],
    [
      'of the wrong family',
      svc('a', { ...V6, addresses: ['198.51.100.0'] }),
      { pools: [BOTH_POOL] },
      ['2001:db8::'],
      'AddressMoved',
      'the Service is of IPv6 only',
    ],
    [
      'of a family too many',
      svc('a', { addresses: ['198.51.100.1', '2001:db8::1'] }),
      { pools: [BOTH_POOL] },
      ['198.51.100.1'],
      'FamilyRemoved',
      'the Service is of IPv4 only',
    ],
    [
      'PreferDualStack with one clusterIP, in the middle of MetalLB going round',
      svc('a', { ipFamilyPolicy: 'PreferDualStack', addresses: ['198.51.100.1', '2001:db8::1'] }),
      { pools: [BOTH_POOL] },
      ['198.51.100.1'],
      'FamilyRemoved',
      'the Service is of IPv4 only',
    ],
    [
      'two of one family',
      svc('a', { addresses: ['192.0.2.2', '192.0.2.1'] }),
      {},
      ['192.0.2.2'],
      'FamilyRemoved',
      'a Service can have one IPv4 address, and 192.0.2.2 stands before it',
    ],
    [
      'not what is asked for',
      svc('a', { loadBalancerIP: '192.0.2.3', addresses: ['192.0.2.2'] }),
      {},
      ['192.0.2.3'],
      'AddressMoved',
      '192.0.2.3 is asked for',
    ],
    [
      'not of the pool that is asked for',
      svc('a', { annotations: { [POOL]: 'both' }, addresses: ['192.0.2.2'] }),
      { pools: [V4_POOL, BOTH_POOL] },
      ['198.51.100.0'],
      'AddressMoved',
      'pool both is asked for',
    ],
    [
      'of two pools',
      svc('a', { ...PREFER, addresses: ['192.0.2.2', '2001:db8::1'] }),
      { pools: [V4_POOL, BOTH_POOL] },
      ['192.0.2.2'],
      'FamilyRemoved',
      'both addresses of a Service must be of one pool',
    ],
    [
      'one of two, where both are required',
      svc('a', { ...REQUIRE, addresses: ['198.51.100.1'] }),
      { pools: [V4_POOL, BOTH_POOL] },
      ['198.51.100.1', '2001:db8::'],
      'FamilyAdded',
      '',
    ],
    [
      'one of two, where both are required and its pool has one',
      svc('a', { ...REQUIRE, addresses: ['192.0.2.2'] }),
      { pools: [V4_POOL, BOTH_POOL] },
      ['198.51.100.0', '2001:db8::'],
      'AddressMoved',
      'RequireDualStack needs both families: pool v4 has no IPv6 addresses',
    ],
    [
      'one of two, where both are preferred',
      svc('a', { ...PREFER, addresses: ['2001:db8::1'] }),
      { pools: [BOTH_POOL] },
      ['198.51.100.0', '2001:db8::1'],
      'FamilyAdded',
      '',
    ],
    [
      'no address at all',
      svc('a', { addresses: ['192.0.2.2'], invalidAddresses: ['bogus'] }),
      {},
      ['192.0.2.2'],
      'AddressKept',
      '',
    ],
  ])('%s', (_, one, how, addresses, code, why) => {
    const settlement = settle(one, how)
    expect(brief(settlement)).toEqual({ addresses, code, write: true })
    expect(settlement.message).toContain(why)
  })

  it('is given up for a request that cannot be met', () => {
    const settlement = settle(svc('a', { loadBalancerIP: '172.16.0.1', addresses: ['192.0.2.2'] }))
    expect(settlement).toMatchObject({ addresses: [], write: true, code: 'AddressInNoPool' })
    expect(settlement.message).toBe(
      '172.16.0.1 is in no IPAddressPool; 192.0.2.2 is given up: 172.16.0.1 is asked for',
    )
    expect(reasons(settlement)).toEqual(['Normal ClearAssignment', 'Warning AllocationFailed'])
  })

  it('stays while a request cannot be read', () => {
    const one = svc('a', { loadBalancerIP: 'x', addresses: ['192.0.2.2'], annotations: { [OURS]: 'v4' } })
    const settlement = settle(one)
    expect(brief(settlement)).toEqual({ addresses: ['192.0.2.2'], code: 'InvalidRequest', write: false })
    expect(reasons(settlement)).toEqual(['Warning LoadBalancerFailed'])
  })

  it('is remembered while the status still says otherwise', () => {
    const allocator = start({ others: [svc('x', { loadBalancerIP: '192.0.2.0' })] })
    expect(allocator.settle(svc('a')).settlement.addresses).toEqual(['192.0.2.1'])
    allocator.release('default/x')
    expect(allocator.settle(svc('a')).settlement.addresses).toEqual(['192.0.2.1'])
    const old = svc('b', { addresses: ['172.16.0.1'] })
    expect(allocator.settle(old).settlement.addresses).toEqual(['192.0.2.0'])
    allocator.release('default/a')
    expect(allocator.settle(old).settlement.addresses).toEqual(['192.0.2.0'])
  })
})

describe('events', () => {
  it('tell a new address once, until it is another', () => {
    const allocator = start()
    const { settlement } = allocator.settle(svc('a'))
    expect(settlement.events).toEqual([
      { type: 'Normal', reason: 'IPAllocated', message: 'Assigned IP ["192.0.2.0"] from pool v4' },
    ])
    expect(allocator.settle(svc('a')).settlement).toMatchObject({ write: true, events: [] })
    const has = written(svc('a'), settlement)
    expect(allocator.settle(has).settlement).toMatchObject({ write: false, events: [] })
    expect(reasons(allocator.settle({ ...has, loadBalancerIP: '192.0.2.2' }).settlement)).toEqual([
      'Normal ClearAssignment',
      'Normal IPAllocated',
    ])
  })

  it('name the old and the new address of a move, and why', () => {
    const { events } = settle(svc('a', { addresses: ['172.16.0.1'] }))
    expect(events[0]?.message).toBe(
      'current IP ["172.16.0.1"] for "default/a" not allowed by config, it has ["192.0.2.0"] now: 172.16.0.1 is in no IPAddressPool',
    )
  })

  it('tell a failure once, and again when it is another one', () => {
    const allocator = start({ pools: [pool('p', ['10.0.0.0/32'])], others: [svc('x')] })
    expect(reasons(allocator.settle(svc('a')).settlement)).toEqual(['Warning AllocationFailed'])
    expect(allocator.settle(svc('a')).settlement.events).toEqual([])
    expect(reasons(allocator.settle(svc('a', { annotations: { [POOL]: 'q' } })).settlement)).toEqual([
      'Warning AllocationFailed',
    ])
  })

  it('tell of a missing second family with the first, not of one that is simply kept', () => {
    const allocator = start()
    const { settlement } = allocator.settle(svc('a', PREFER))
    expect(settlement.events.map(({ reason, message }) => `${reason}: ${message}`)).toEqual([
      'IPAllocated: Assigned IP ["192.0.2.0"] from pool v4',
      'AdditionalAssignFailed: cannot assign additional IP in PreferDualStack: pool v4 has no IPv6 addresses',
    ])
    const has = written(svc('a', PREFER), settlement)
    expect(allocator.settle(has).settlement.events).toEqual([])
    expect(start().settle(has).settlement.events).toEqual([])
  })

  it('tell of a second family that came later', () => {
    const allocator = start()
    const has = written(svc('a', PREFER), allocator.settle(svc('a', PREFER)).settlement)
    const keys = allocator.setPools([pool('v4', ['192.0.2.0/30', '2001:db8::/64'])], new Map())
    expect(keys).toEqual(['default/a'])
    const { settlement } = allocator.settle(has)
    expect(settlement).toMatchObject({ code: 'FamilyAdded', addresses: ['192.0.2.0', '2001:db8::'] })
    expect(settlement.events).toEqual([
      { type: 'Normal', reason: 'IPAllocated', message: 'Assigned additional IP "2001:db8::"' },
    ])
  })

  it.each<[string, Service, string]>([
    ['no clusterIP', svc('a', { clusterIPs: [] }), 'Warning noclusterIPsIPFamily'],
    ['one clusterIP', svc('a', { ipFamilyPolicy: 'RequireDualStack' }), 'Warning not enough clusterips'],
    ['a status of two', svc('a', { addresses: ['192.0.2.1', '192.0.2.2'] }), 'Warning nolbIPsIPFamily'],
  ])('%s', (_, one, reason) => {
    const allocator = start()
    expect(reasons(allocator.settle(one).settlement)).toContain(reason)
    expect(allocator.settle(one).settlement.events).toEqual([])
  })

  it('tell of deprecated annotations once, and only when there is something to write', () => {
    const one = svc('a', { annotations: { 'metallb.universe.tf/address-pool': 'v4' } })
    const allocator = start()
    const { settlement } = allocator.settle(one)
    expect(reasons(settlement)).toEqual(['Normal IPAllocated', 'Warning deprecatedAnnotation'])
    expect(reasons(allocator.settle({ ...one, addresses: ['192.0.2.0'] }).settlement)).toEqual([])
    expect(reasons(settle(written(one, settlement)))).toEqual([])
  })
})

describe('when pools change', () => {
  it('nothing is to be done where nothing changed', () => {
    const allocator = start({ others: [svc('a')] })
    expect(allocator.setPools([V4_POOL], new Map([['x', { name: 'x', labels: {} }]]))).toEqual([])
  })

  it('only those are settled again whom it can concern: holders first', () => {
    const other = pool('w', ['10.0.0.0/31'])
    const allocator = start({
      pools: [V4_POOL, other],
      others: [svc('b'), svc('c', { annotations: { [POOL]: 'w' } }), svc('a', V6)],
    })
    expect(allocator.setPools([V4_POOL, { ...other, autoAssign: false }], new Map())).toEqual([
      'default/c',
      'default/a',
    ])
  })

  it('a renamed pool keeps its addresses', () => {
    const allocator = start()
    const has = written(svc('a'), allocator.settle(svc('a')).settlement)
    allocator.setPools([{ ...V4_POOL, name: 'renamed' }], new Map())
    const { settlement } = allocator.settle(has)
    expect(settlement).toMatchObject({
      addresses: ['192.0.2.0'],
      pool: 'renamed',
      write: true,
      code: 'AddressKept',
      events: [],
    })
  })

  it('a pool that is gone: its Services move, and say so', () => {
    const allocator = start()
    const has = written(svc('a'), allocator.settle(svc('a')).settlement)
    allocator.setPools([pool('b', ['10.0.0.0/31'])], new Map())
    expect(allocator.settle(has).settlement).toMatchObject({
      addresses: ['10.0.0.0'],
      code: 'AddressMoved',
      message: '10.0.0.0 of pool b, moved from 192.0.2.0: 192.0.2.0 is in no IPAddressPool',
    })
  })

  it('all are gone and come back: everybody has what they had', () => {
    const allocator = start()
    const a = written(svc('a'), allocator.settle(svc('a')).settlement)
    const b = written(svc('b'), allocator.settle(svc('b')).settlement)
    for (const key of allocator.setPools([], new Map())) expect(['default/a', 'default/b']).toContain(key)
    for (const one of [a, b])
      expect(brief(allocator.settle(one).settlement)).toEqual({
        addresses: one.addresses,
        code: 'NoPools',
        write: false,
      })
    expect(allocator.settle(svc('0')).settlement.code).toBe('NoPools')
    expect(allocator.setPools([V4_POOL], new Map())).toEqual(['default/a', 'default/b', 'default/0'])
    expect(allocator.settle(svc('0')).settlement.addresses).toEqual(['192.0.2.2'])
    for (const one of [a, b])
      expect(allocator.settle(one).settlement).toMatchObject({ write: false, events: [] })
  })

  it('autoAssign: false keeps what there is, an exclusion does not', () => {
    const allocator = start()
    const has = written(svc('a'), allocator.settle(svc('a')).settlement)
    allocator.setPools([{ ...V4_POOL, autoAssign: false }], new Map())
    expect(allocator.settle(has).settlement.code).toBe('AddressKept')
    const allocation = { priority: 0, namespaces: ['x'], namespaceSelectors: [], serviceSelectors: [] }
    allocator.setPools([{ ...V4_POOL, allocation }], new Map())
    expect(allocator.settle(has).settlement).toMatchObject({
      addresses: [],
      code: 'NoFreeAddress',
      write: true,
    })
  })

  it('follows the labels of Namespaces', () => {
    const allocation = {
      priority: 0,
      namespaces: [],
      namespaceSelectors: [selector({ team: 'a' })],
      serviceSelectors: [],
    }
    const pools = [{ ...V4_POOL, allocation }]
    const allocator = start({ pools })
    expect(allocator.settle(svc('a')).settlement.message).toBe(
      'no pool is for this Service: pool v4 is for Namespaces that its namespaceSelectors match, and there are none',
    )
    expect(allocator.setPools(pools, namespaces({ name: 'default', labels: { team: 'a' } }))).toEqual([
      'default/a',
    ])
    expect(allocator.settle(svc('a')).settlement.addresses).toEqual(['192.0.2.0'])
  })
})

describe('those who wait', () => {
  const tiny = pool('tiny', ['10.0.0.0/32'])

  it('are told when an address becomes free: as many as can be helped, by name', () => {
    const allocator = start({ pools: [tiny], others: [svc('x'), svc('c'), svc('b')] })
    expect(allocator.release('default/x')).toEqual(['default/b'])
    const { settlement, affected } = allocator.settle(svc('b'))
    expect([settlement.addresses, affected]).toEqual([['10.0.0.0'], []])
    expect(allocator.settle(svc('b', { type: 'ClusterIP', addresses: ['10.0.0.0'] })).affected).toEqual([
      'default/c',
    ])
  })

  it('pass the chance on when they cannot use it', () => {
    const pools = [pool('p', ['10.0.0.0/32', '2001:db8::/128'])]
    const allocator = start({ pools, others: [svc('x'), svc('y', V6), svc('b', REQUIRE), svc('c')] })
    expect(allocator.release('default/x')).toEqual(['default/b'])
    expect(allocator.settle(svc('b', REQUIRE)).affected).toEqual(['default/c'])
    expect(allocator.settle(svc('c')).settlement.addresses).toEqual(['10.0.0.0'])
  })

  it('pass it on when they are gone, too', () => {
    const allocator = start({ pools: [tiny], others: [svc('x'), svc('b'), svc('c')] })
    expect(allocator.release('default/x')).toEqual(['default/b'])
    expect(allocator.release('default/b')).toEqual(['default/c'])
  })

  it('for one address are told of that address only', () => {
    const wish = svc('w', { loadBalancerIP: '192.0.2.1' })
    const allocator = start({ others: [svc('a'), svc('b'), wish] })
    expect(allocator.release('default/a')).toEqual([])
    expect(allocator.release('default/b')).toEqual(['default/w'])
  })

  it('to share are told when a port becomes free, or an address gets their key', () => {
    const key = (name: string, port: number, over: Partial<Service> = {}) =>
      svc(name, { annotations: { [SHARE]: 'k' }, ports: [{ protocol: 'TCP', port }], ...over })
    const allocator = start({ pools: [tiny], others: [key('a', 80), key('b', 81), key('c', 80)] })
    expect(allocator.release('default/b')).toEqual(['default/c'])
    expect(allocator.settle(key('c', 80)).settlement.code).toBe('PoolExhausted')
    expect(allocator.settle(key('a', 82, { addresses: ['10.0.0.0'] })).affected).toEqual(['default/c'])
    expect(allocator.settle(key('c', 80)).settlement.addresses).toEqual(['10.0.0.0'])

    const alone = start({ pools: [tiny], others: [svc('a'), key('c', 81)] })
    const rekeyed = svc('a', { addresses: ['10.0.0.0'], annotations: { [SHARE]: 'k' } })
    expect(alone.settle(rekeyed).affected).toEqual(['default/c'])
  })

  it('for a second family are told when one becomes free', () => {
    const pools = [pool('p', ['10.0.0.0/31', '2001:db8::/128'])]
    const allocator = start({ pools, others: [svc('x', V6)] })
    const one = written(svc('a', PREFER), allocator.settle(svc('a', PREFER)).settlement)
    expect(allocator.settle(one).affected).toEqual([])
    expect(allocator.release('default/x')).toEqual(['default/a'])
    expect(allocator.settle(one).settlement.addresses).toEqual(['10.0.0.0', '2001:db8::'])
  })

  it('are not kept awake by nothing: asking again wakes nobody', () => {
    const allocator = start({ pools: [tiny], others: [svc('x'), svc('b'), svc('c')] })
    for (let at = 0; at < 3; at++) expect(allocator.settle(svc('b')).affected).toEqual([])
  })
})
