import { describe, expect, it } from 'vitest'
import type { Pool, Service } from '../../../src/cluster/index.ts'
import { Allocator, planAllocation, poolUsage } from '../../../src/ipam/index.ts'
import { cluster, pool, service } from '../../support/tiny-cluster.ts'

const MOST = Number.MAX_SAFE_INTEGER

const of = (one: Pool) => {
  const allocator = new Allocator()
  allocator.setPools([one], new Map())
  return allocator.usage()[0]
}

describe('counts', () => {
  it.each<[string, Pool, { ipv4: number; ipv6: number }]>([
    ['a prefix', pool('p', '10.0.0.0/24'), { ipv4: 256, ipv6: 0 }],
    ['without .0 and .255', { ...pool('p', '10.0.0.0/23'), avoidBuggyIPs: true }, { ipv4: 508, ipv6: 0 }],
    ['a single avoided address', { ...pool('p', '10.0.0.0/32'), avoidBuggyIPs: true }, { ipv4: 0, ipv6: 0 }],
    ['a great prefix before a small one', pool('p', '2001:db8::/64', '10.0.0.0/31'), { ipv4: 2, ipv6: MOST }],
    ['several great ones', pool('p', '2001:db8::/64', '2001:db9::/67'), { ipv4: 0, ipv6: MOST }],
    ['all there is', pool('p', '0.0.0.0/0', '::/0'), { ipv4: 2 ** 32, ipv6: MOST }],
  ])('%s', (_, one, total) => {
    expect(of(one)).toMatchObject({ total, available: total, assigned: { ipv4: 0, ipv6: 0 } })
  })

  it('a shared address once, its services each', () => {
    const shared = (name: string, port: number): Service =>
      service({
        name,
        addresses: [],
        annotations: { 'metallb.io/allow-shared-ip': 'k' },
        ports: [{ protocol: 'TCP', port }],
      })
    const allocator = new Allocator()
    allocator.setPools([pool('p', '10.0.0.0/30')], new Map())
    for (const one of [shared('a', 80), shared('b', 81), service({ name: 'c', addresses: [] })])
      allocator.settle(one)
    expect(allocator.usage()).toEqual([
      {
        name: 'p',
        autoAssign: true,
        ranges: ['10.0.0.0/30'],
        assigned: { ipv4: 2, ipv6: 0 },
        available: { ipv4: 2, ipv6: 0 },
        total: { ipv4: 4, ipv6: 0 },
        services: 3,
      },
    ])
  })
})

describe('usage by statuses alone', () => {
  const pools = [pool('second', '203.0.113.0/30'), { ...pool('first', '192.0.2.0/24', '2001:db8:1::/64') }]
  const services = [
    service({ name: 'a', addresses: ['192.0.2.1', '2001:db8:1::1'] }),
    service({ name: 'b', addresses: ['192.0.2.1'] }),
    service({ name: 'c', addresses: ['172.16.0.1'] }),
    service({ name: 'd', addresses: ['192.0.2.2'], type: 'ClusterIP' }),
    service({ name: 'e', addresses: ['192.0.2.3'], loadBalancerClass: 'x' }),
    service({ name: 'f', addresses: [] }),
  ]
  const snapshot = cluster({ services, config: { pools } })

  it('counts what is there, whoever wrote it', () => {
    const usage = poolUsage(snapshot)
    expect(
      usage.map(({ name, assigned, services }) => [name, assigned.ipv4, assigned.ipv6, services]),
    ).toEqual([
      ['first', 2, 1, 3],
      ['second', 0, 0, 0],
    ])
  })
})

describe('planAllocation', () => {
  it('says what each Service would have, and what would move', () => {
    const services = [
      service({
        name: 'kept',
        addresses: ['192.0.2.1'],
        annotations: { 'metallb.io/ip-allocated-from-pool': 'first' },
      }),
      service({ name: 'moved', addresses: ['172.16.0.1'] }),
      service({ name: 'new', addresses: [] }),
      service({ name: 'late', addresses: [], loadBalancerIP: '203.0.113.0' }),
      service({ name: 'none', type: 'ClusterIP', addresses: [] }),
    ]
    const { reports, usage } = planAllocation(
      cluster({
        services,
        config: { pools: [pool('first', '192.0.2.0/30'), pool('second', '203.0.113.0/32')] },
      }),
    )
    expect(
      reports.map(({ key, before, after, pool: from, code }) => [key, before, after, from, code]),
    ).toEqual([
      ['default/kept', ['192.0.2.1'], ['192.0.2.1'], 'first', 'AddressKept'],
      ['default/late', [], ['203.0.113.0'], 'second', 'AddressAssigned'],
      ['default/moved', ['172.16.0.1'], ['192.0.2.0'], 'first', 'AddressMoved'],
      ['default/new', [], ['192.0.2.2'], 'first', 'AddressAssigned'],
    ])
    expect(usage.map(({ assigned }) => assigned.ipv4)).toEqual([3, 1])
  })

  it('gives what one gives up to one that waits', () => {
    const services = [
      service({ name: 'a', addresses: [], loadBalancerIP: '192.0.2.0' }),
      service({ name: 'b', addresses: ['192.0.2.0'], loadBalancerIP: '192.0.2.1' }),
    ]
    const { reports } = planAllocation(cluster({ services, config: { pools: [pool('p', '192.0.2.0/31')] } }))
    expect(reports.map(({ after }) => after)).toEqual([['192.0.2.0'], ['192.0.2.1']])
  })
})
