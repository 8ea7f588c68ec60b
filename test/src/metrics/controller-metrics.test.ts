import { expect, it } from 'vitest'
import { controllerMetrics } from '../../../src/metrics/index.ts'

it('the metrics of a controller have the names and labels of MetalLB', async () => {
  const { figures, settled } = controllerMetrics({
    version: '1.2.3',
    source: () => ({ isReady: true, diagnostics: [], updates: 1, updateErrors: 0 }),
    pools: () => [
      {
        name: 'first',
        autoAssign: true,
        ranges: ['192.0.2.0/24', '2001:db8::/120'],
        assigned: { ipv4: 3, ipv6: 1 },
        available: { ipv4: 253, ipv6: 255 },
        total: { ipv4: 256, ipv6: 256 },
        services: 3,
      },
    ],
    isLeader: () => true,
    queueLength: () => 4,
    writes: () => ({ done: 9, failed: 1 }),
    codes: () => new Map([['AddressKept', 3]]),
  })
  settled(0.02)
  const lines = (await figures.read()).split('\n')
  expect(lines.filter((line) => line.startsWith('metallb_allocator'))).toEqual([
    'metallb_allocator_addresses_total{pool="first"} 512',
    'metallb_allocator_ipv4_addresses_total{pool="first"} 256',
    'metallb_allocator_ipv6_addresses_total{pool="first"} 256',
    'metallb_allocator_addresses_in_use_total{pool="first"} 4',
    'metallb_allocator_ipv4_addresses_in_use_total{pool="first"} 3',
    'metallb_allocator_ipv6_addresses_in_use_total{pool="first"} 1',
    'metallb_allocator_services_allocated_total{pool="first"} 3',
  ])
  expect(lines).toEqual(
    expect.arrayContaining([
      'oyez_leader 1',
      'oyez_controller_queue_length 4',
      'oyez_controller_writes_total{result="written"} 9',
      'oyez_allocations{code="AddressKept"} 3',
      'oyez_controller_service_latency_seconds_bucket{le="0.025"} 1',
    ]),
  )
})
