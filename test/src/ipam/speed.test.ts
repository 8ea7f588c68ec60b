import { afterEach, describe, expect, it, vi } from 'vitest'
import type { Service } from '../../../src/cluster/index.ts'
import { Allocator, planAllocation } from '../../../src/ipam/index.ts'
import { cluster, pool, service } from '../../support/tiny-cluster.ts'

/**
 * Clocks tell little on a busy machine. What the allocator looks up is counted instead: its search is made of maps and
 * sets, and what grows with the square of the number of services asks them hundreds of times for each.
 */
const MANY = 1000
const MOST_LOOKUPS = 150

function countLookups(): () => number {
  const spies = [
    vi.spyOn(Map.prototype, 'get'),
    vi.spyOn(Map.prototype, 'has'),
    vi.spyOn(Set.prototype, 'has'),
    vi.spyOn(Set.prototype, 'add'),
  ]
  return () => {
    const calls = spies.reduce((sum, { mock }) => sum + mock.calls.length, 0)
    for (const spy of spies) spy.mockRestore()
    return calls
  }
}

afterEach(() => {
  vi.restoreAllMocks()
})

const many = (over: (at: number) => Partial<Service>) =>
  cluster({
    services: Array.from({ length: MANY }, (_, at) =>
      service({ name: `s${at}`, addresses: [], ...over(at) }),
    ),
    config: { pools: [pool('p', '10.0.0.0/16', '2001:db8::/64')] },
  })

const SHARED = { 'metallb.io/allow-shared-ip': 'k' }

describe('a great many services', { timeout: 60_000 }, () => {
  it.each<[string, (at: number) => Partial<Service>, number]>([
    ['each on an address', () => ({}), MANY],
    ['in a /64', () => ({ clusterIPs: ['fd00::1'], ipFamilies: ['ipv6'] }), MANY],
    ['of one sharing key and one port', () => ({ annotations: SHARED }), MANY],
    [
      'of one sharing key, with one port in common',
      (at) => ({
        annotations: SHARED,
        ports: [443, 1000 + at].map((port) => ({ protocol: 'TCP', port })),
      }),
      MANY,
    ],
    [
      'of one sharing key and a hundred ports',
      (at) => ({ annotations: SHARED, ports: [{ protocol: 'TCP', port: 1000 + (at % 100) }] }),
      MANY / 100,
    ],
    ['in vain', () => ({ loadBalancerIP: '10.0.0.0' }), 1],
  ])('%s', (_, over, addresses) => {
    const snapshot = many(over)
    const lookups = countLookups()
    const { reports } = planAllocation(snapshot)
    expect(lookups() / MANY).toBeLessThan(MOST_LOOKUPS)
    expect(new Set(reports.flatMap(({ after }) => after)).size).toBe(addresses)
  })

  it('that wait: an address that becomes free is the matter of one of them', () => {
    const { services } = many(() => ({}))
    const allocator = new Allocator()
    allocator.setPools([pool('p', '10.0.0.0/28')], new Map())
    for (const one of services.values()) allocator.settle(one)
    for (const key of [...services.keys()].slice(0, 16)) {
      const [next, ...others] = allocator.release(key)
      expect(others).toEqual([])
      const woken = services.get(next ?? '')
      expect(woken && allocator.settle(woken).affected).toEqual([])
    }
    expect(allocator.usage()[0]?.assigned.ipv4).toBe(16)
  })
})
