import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Namespace, ObjectKey, Pool, Service } from '../../../src/cluster/index.ts'
import { Allocator, planAllocation, type Settlement } from '../../../src/ipam/index.ts'
import { compatible, NaiveAllocator } from './naive-allocator.ts'
import {
  arbitraryNamespaces,
  arbitraryPools,
  arbitraryService,
  arbitrarySpec,
  NAMES,
  withStatus,
} from './random-allocation.ts'

const keyOf = ({ namespace, name }: Service): ObjectKey => `${namespace}/${name}`

type Pools = readonly [readonly Pool[], ReadonlyMap<string, Namespace>]

/** A cluster, its allocator, and the twin that goes through the same. */
class World {
  readonly services = new Map<ObjectKey, Service>()
  readonly real = new Allocator()
  readonly twin = new NaiveAllocator()
  #pools: Pools = [[], new Map()]

  start(pools: Pools, services: readonly Service[]): void {
    this.#pools = pools
    this.real.setPools(...pools)
    this.twin.setPools(...pools)
    for (const one of services) this.services.set(keyOf(one), one)
    for (const one of services) this.real.adopt(one)
    this.twin.adoptAll(services)
    this.settleAll([...this.services.keys()].sort())
  }

  setPools(pools: Pools): void {
    this.#pools = pools
    const keys = this.real.setPools(...pools)
    this.twin.setPools(...pools)
    this.settleAll(keys)
  }

  put(spec: Service): void {
    const before = this.services.get(keyOf(spec))
    const pool = before?.annotations['metallb.io/ip-allocated-from-pool']
    this.services.set(keyOf(spec), before === undefined ? spec : withStatus(spec, before.addresses, pool))
    this.settleAll([keyOf(spec)])
  }

  setStatus(key: ObjectKey, addresses: readonly string[]): void {
    const service = this.services.get(key)
    if (service === undefined) return
    this.services.set(
      key,
      withStatus(service, addresses, service.annotations['metallb.io/ip-allocated-from-pool']),
    )
    this.settleAll([key])
  }

  remove(key: ObjectKey): void {
    if (!this.services.delete(key)) return
    this.twin.release(key)
    this.settleAll(this.real.release(key))
  }

  /** Until nobody is affected any more; the writes arrive, but for those that are lost. */
  settleAll(keys: Iterable<ObjectKey>): void {
    const queue = [...keys]
    for (const key of queue) {
      expect(queue.length).toBeLessThan(10_000)
      const service = this.services.get(key)
      if (service === undefined) continue
      const { settlement, affected } = this.real.settle(service)
      this.compare(service, settlement, this.twin.settle(service))
      queue.push(...affected)
    }
  }

  compare(service: Service, { addresses, write }: Settlement, expected: readonly string[]): void {
    expect(new Set(addresses), keyOf(service)).toEqual(new Set(expected))
    if (!write) expect(addresses).toEqual(service.addresses)
  }

  /** What is in the allocator's head arrives in the statuses. */
  write(key: ObjectKey): void {
    const service = this.services.get(key)
    if (service === undefined) return
    const { settlement, affected } = this.real.settle(service)
    this.twin.settle(service)
    if (settlement.write) this.services.set(key, withStatus(service, settlement.addresses, settlement.pool))
    this.settleAll(affected)
  }

  writeAll(): void {
    for (const key of [...this.services.keys()]) this.write(key)
  }

  /** Whoever asks again gets the same, writes nothing and says nothing. */
  expectQuiet(): void {
    this.writeAll()
    this.writeAll()
    for (const service of this.services.values()) {
      const { settlement, affected } = this.real.settle(service)
      this.twin.settle(service)
      expect({ write: settlement.write, events: settlement.events, affected }, keyOf(service)).toEqual({
        write: false,
        events: [],
        affected: [],
      })
    }
  }

  /** Whoever waits would still wait after another try: nobody was forgotten when something became free. */
  expectNobodyForgotten(): void {
    for (const [key, service] of this.services)
      if (!this.twin.held.has(key) && service.type === 'LoadBalancer') {
        const { addresses, code } = this.real.settle(service).settlement
        this.twin.settle(service)
        expect(code === 'NoPools' ? [] : addresses, key).toEqual([])
      }
  }

  expectSound(): void {
    const [pools] = this.#pools
    const holders = Map.groupBy(
      [...this.twin.held.values()].flatMap(({ service, addresses }) =>
        addresses.map((address) => ({ service, address })),
      ),
      ({ address }) => address,
    )
    for (const [address, both] of holders)
      for (const [at, { service: a }] of both.entries())
        for (const { service: b } of both.slice(at + 1)) expect(compatible(a, b), address).toBe(true)
    const usage = this.real.usage()
    expect(usage.map(({ name }) => name)).toEqual(pools.map(({ name }) => name).sort())
    for (const { assigned, available, total } of usage)
      for (const family of ['ipv4', 'ipv6'] as const) {
        expect(available[family]).toBeGreaterThanOrEqual(0)
        expect(assigned[family] + available[family]).toBe(total[family])
      }
    const inUse = usage.reduce((sum, { assigned }) => sum + assigned.ipv4 + assigned.ipv6, 0)
    expect(inUse).toBe(holders.size)
  }
}

const cluster = fc.record({
  pools: fc.tuple(arbitraryPools, arbitraryNamespaces),
  services: fc.subarray([...NAMES]).chain((some) => fc.tuple(...some.map(arbitraryService))),
})

const name = fc.constantFrom(...NAMES)
const keyFor = (one: string): ObjectKey => `${one < 'e' ? 'red' : 'blue'}/${one}`

const step: fc.Arbitrary<(world: World) => void> = fc.oneof(
  { weight: 6, arbitrary: name.chain(arbitrarySpec).map((spec) => (world: World) => world.put(spec)) },
  { weight: 3, arbitrary: name.map((one) => (world: World) => world.remove(keyFor(one))) },
  { weight: 4, arbitrary: name.map((one) => (world: World) => world.write(keyFor(one))) },
  {
    weight: 1,
    arbitrary: name
      .chain((one) => arbitraryService(one))
      .map((one) => (world: World) => world.setStatus(keyOf(one), one.addresses)),
  },
  {
    weight: 2,
    arbitrary: fc
      .tuple(arbitraryPools, arbitraryNamespaces)
      .map((pools) => (world: World) => world.setPools(pools)),
  },
  { weight: 1, arbitrary: fc.constant((world: World) => world.expectQuiet()) },
)

describe('the allocator and its naive twin', { timeout: 60_000 }, () => {
  it('agree on a cluster that is seen for the first time', () => {
    fc.assert(
      fc.property(cluster, ({ pools, services }) => {
        const world = new World()
        world.start(pools, services)
        world.expectSound()
        world.expectQuiet()
        world.expectSound()
      }),
      { numRuns: 300 },
    )
  })

  it('agree on whatever comes after', () => {
    fc.assert(
      fc.property(cluster, fc.array(step, { maxLength: 40 }), ({ pools, services }, steps) => {
        const world = new World()
        world.start(pools, services)
        for (const change of steps) {
          change(world)
          world.expectNobodyForgotten()
          world.expectSound()
        }
        world.expectQuiet()
      }),
      { numRuns: 300 },
    )
  })
})

describe('planAllocation', { timeout: 60_000 }, () => {
  const snapshotOf = ([pools, namespaces]: Pools, services: readonly Service[]) => ({
    services: new Map(services.map((one) => [keyOf(one), one])),
    namespaces,
    config: { pools, peers: [], bgpAdvertisements: [], l2Advertisements: [], bfdProfiles: [] },
  })

  it('does not depend on the order in which pools and services come', () => {
    fc.assert(
      fc.property(cluster, fc.nat(), ({ pools: [pools, namespaces], services }, turn) => {
        const turned = <T>(list: readonly T[]) => {
          const at = list.length === 0 ? 0 : turn % list.length
          return [...list.slice(at), ...list.slice(0, at)].reverse()
        }
        const there = planAllocation(snapshotOf([turned(pools), namespaces], turned(services)))
        expect(there).toEqual(planAllocation(snapshotOf([pools, namespaces], services)))
      }),
      { numRuns: 300 },
    )
  })

  it('changes nothing when it is done again', () => {
    fc.assert(
      fc.property(cluster, ({ pools, services }) => {
        const { reports, usage } = planAllocation(snapshotOf(pools, services))
        const byKey = new Map(reports.map((report) => [report.key, report]))
        const written = services.map((one) => {
          const report = byKey.get(keyOf(one))
          return report === undefined || report.code === 'NoPools'
            ? one
            : withStatus(one, report.after, report.pool)
        })
        const again = planAllocation(snapshotOf(pools, written))
        expect(again.reports.filter(({ before, after }) => before.join() !== after.join())).toEqual([])
        expect(again.usage).toEqual(usage)
      }),
      { numRuns: 300 },
    )
  })
})
