import { describe, expect, it } from 'vitest'
import type { Service } from '../../../src/cluster/index.ts'
import { Allocator, planAllocation } from '../../../src/ipam/index.ts'
import { cluster, pool, service } from '../../support/tiny-cluster.ts'

const MANY = 20_000
/** Of CPU time. Usual is a tenth of it; what grows with the square of the number of services takes more. */
const MOST_MS = 5_000

function cpuTimeOf(work: () => void): number {
  const before = process.cpuUsage()
  work()
  const { user, system } = process.cpuUsage(before)
  return (user + system) / 1000
}

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
      'of one sharing key and a thousand ports',
      (at) => ({ annotations: SHARED, ports: [{ protocol: 'TCP', port: 1000 + (at % 1000) }] }),
      MANY / 1000,
    ],
    ['in vain', () => ({ loadBalancerIP: '10.0.0.0' }), 1],
  ])('%s', (_, over, addresses) => {
    const snapshot = many(over)
    let found: ReadonlySet<string> = new Set()
    const spent = cpuTimeOf(() => {
      found = new Set(planAllocation(snapshot).reports.flatMap(({ after }) => after))
    })
    expect(found.size).toBe(addresses)
    expect(spent).toBeLessThan(MOST_MS)
  })

  it('that wait: an address that becomes free is the matter of one of them', () => {
    const { services } = many(() => ({}))
    const allocator = new Allocator()
    allocator.setPools([pool('p', '10.0.0.0/28')], new Map())
    for (const one of services.values()) allocator.settle(one)
    const keys = [...services.keys()].slice(0, 16)
    for (const key of keys) {
      const [next, ...others] = allocator.release(key)
      expect(others).toEqual([])
      const woken = services.get(next ?? '')
      expect(woken && allocator.settle(woken).affected).toEqual([])
    }
    expect(allocator.usage()[0]?.assigned.ipv4).toBe(16)
  })
})
