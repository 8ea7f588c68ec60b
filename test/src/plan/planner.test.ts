import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  type BgpAdvertisement,
  type EndpointSlice,
  type Service,
  SharedMap,
  type Snapshot,
} from '../../../src/cluster/index.ts'
import { EXCLUDE_LABEL, NodePlanner, planService, type ServicePlan } from '../../../src/plan/index.ts'
import {
  arbitraryAdvertisement,
  arbitraryCluster,
  arbitraryNode,
  arbitraryService,
  arbitrarySlices,
} from '../../support/random-cluster.ts'
import { cluster, endpoint, node, service, slice } from '../../support/tiny-cluster.ts'

/** The decision again, as plainly as it can be said: one question after another, no trace, no sharing. */
function naive(snapshot: Snapshot, one: Service, on: string): string {
  const { nodes, config, slices } = snapshot
  if (one.type !== 'LoadBalancer') return 'NotLoadBalancer'
  if (one.loadBalancerClass !== undefined) return 'OtherLoadBalancerClass'
  if (one.invalidAddresses.length > 0) return 'InvalidAddress'
  if (one.addresses.length === 0) return 'NoAddress'
  const home = (address: string): string =>
    address.startsWith('192.0.2.') || address.startsWith('2001:db8:1::')
      ? 'first'
      : address.startsWith('203.0.113.')
        ? 'second'
        : ''
  const homes = new Set(one.addresses.map(home))
  if (homes.has('')) return 'AddressInNoPool'
  if (homes.size > 1) return 'AddressesInSeveralPools'
  const ofPool = config.bgpAdvertisements.filter(({ pools }) => pools.some((name) => homes.has(name)))
  if (ofPool.length === 0) return 'NoAdvertisement'
  const labels = nodes.size === 0 ? {} : nodes.get(on)?.labels
  if (labels === undefined) return 'NodeUnknown'
  const fits = (list: BgpAdvertisement['nodeSelectors'], have: Readonly<Record<string, string>>) =>
    list.length === 0 ||
    list.some(({ matchLabels: want }) => Object.keys(want).every((key) => want[key] === have[key]))
  const here = ofPool.filter((ad) => fits(ad.nodeSelectors, labels))
  if (here.length === 0) return 'NodeNotSelected'
  const mine = here.filter((ad) => fits(ad.serviceSelectors, one.labels))
  if (mine.length === 0) return 'ServiceNotSelected'
  const told = new Map<string, number>()
  for (const ad of mine)
    for (const peer of ad.peers.length > 0 ? ad.peers : ['r1', 'r2', 'r3'])
      for (const address of one.addresses) {
        const slot = `${peer} ${address} ${address.includes(':') ? ad.aggregationLengthV6 : ad.aggregationLength}`
        const preference = ad.localPref ?? 100
        if ((told.get(slot) ?? preference) !== preference) return 'ConflictingAdvertisements'
        told.set(slot, preference)
      }
  if (nodes.get(on)?.networkUnavailable) return 'NodeNetworkUnavailable'
  if (EXCLUDE_LABEL in labels) return 'NodeExcludedFromLoadBalancers'
  const usable = (slices.get(`default/${one.name}`) ?? [])
    .flatMap(({ endpoints }) => endpoints)
    .filter((e) => e.hasAddress && (e.ready === undefined || e.ready || e.serving))
  if (one.externalTrafficPolicy === 'Cluster') return usable.length > 0 ? 'Announced' : 'NoEndpoints'
  return usable.some(({ nodeName }) => nodeName === on) ? 'Announced' : 'NoLocalEndpoints'
}

/** With the trace, which is worked out when asked for. */
const shape = (plan: ServicePlan) => ({ ...plan, trace: plan.trace })
const shapes = (plans: ReadonlyMap<string, ServicePlan>) =>
  [...plans].sort(([a], [b]) => (a < b ? -1 : 1)).map(([key, plan]) => [key, shape(plan)])

const NODE = 'node1'
const all = (snapshot: Snapshot) =>
  new Map([...snapshot.services].map(([key, one]) => [key, planService(snapshot, one, NODE)]))

/** With maps that know what they share, as sources make them. */
const shared = ({ services, slices, nodes, ...rest }: Snapshot): Snapshot => ({
  ...rest,
  services: SharedMap.of(services),
  slices: SharedMap.of(slices),
  nodes: SharedMap.of(nodes),
})

/** An edit makes a new snapshot that shares what it does not touch, as sources do. */
type Edit = (snapshot: Snapshot) => Snapshot
const withEntry = <V>(
  map: ReadonlyMap<string, V>,
  key: string,
  value: V | undefined,
): ReadonlyMap<string, V> => {
  if (map instanceof SharedMap) {
    const edit = (map as SharedMap<V>).edit()
    if (value === undefined) edit.delete(key)
    else edit.set(key, value)
    return edit.done()
  }
  const copy = new Map(map)
  if (value === undefined) copy.delete(key)
  else copy.set(key, value)
  return copy
}
const name = fc.constantFrom('s0', 's1', 's2', 's3', 's4', 's5')
const arbitraryEdit: fc.Arbitrary<Edit> = fc.oneof(
  name.chain(arbitraryService).map(
    (one): Edit =>
      (s) => ({ ...s, services: withEntry(s.services, `default/${one.name}`, one) }),
  ),
  name.map(
    (n): Edit =>
      (s) => ({ ...s, services: withEntry(s.services, `default/${n}`, undefined) }),
  ),
  fc.tuple(name, arbitrarySlices).map(
    ([n, slices]): Edit =>
      (s) => ({ ...s, slices: withEntry(s.slices, `default/${n}`, slices) }),
  ),
  name.map(
    (n): Edit =>
      (s) => ({ ...s, slices: withEntry(s.slices, `default/${n}`, undefined) }),
  ),
  fc
    .constantFrom('node0', NODE)
    .chain(arbitraryNode)
    .map(
      (one): Edit =>
        (s) => ({ ...s, nodes: withEntry(s.nodes, one.name, one) }),
    ),
  fc.constant<Edit>((s) => ({ ...s, nodes: withEntry(s.nodes, NODE, undefined) })),
  fc.array(arbitraryAdvertisement('x'), { maxLength: 1 }).map(
    (bgpAdvertisements): Edit =>
      (s) => ({ ...s, config: { ...s.config, bgpAdvertisements } }),
  ),
  fc.constant<Edit>((s) => ({ ...s, services: new Map([...s.services].reverse()) })),
)

describe('decisions', () => {
  test('equal their naive twin, and themselves when asked again', () => {
    fc.assert(
      fc.property(arbitraryCluster, (snapshot) => {
        for (const one of snapshot.services.values()) {
          const plan = planService(snapshot, one, NODE)
          expect(plan.code).toBe(naive(snapshot, one, NODE))
          expect(shape(planService(snapshot, one, NODE))).toEqual(shape(plan))
          expect(plan.trace.find(({ ok }) => !ok)?.code ?? 'Announced').toBe(plan.code)
        }
      }),
      { numRuns: 500 },
    )
  })
})

describe('the planner', () => {
  test('equals deciding from scratch after any edits, and reports exactly what differs', () => {
    fc.assert(
      fc.property(
        arbitraryCluster,
        fc.array(arbitraryEdit, { maxLength: 8 }),
        fc.boolean(),
        (any, edits, plain) => {
          const start = plain ? any : shared(any)
          const planner = new NodePlanner(NODE)
          const shown = new Map(planner.update(start).changed)
          let snapshot = start
          for (const edit of edits) {
            snapshot = edit(snapshot)
            const { changed, removed } = planner.update(snapshot)
            for (const [key, plan] of changed) shown.set(key, plan)
            for (const key of removed) shown.delete(key)
          }
          expect(shapes(planner.plans)).toEqual(shapes(all(snapshot)))
          expect(shapes(shown)).toEqual(shapes(planner.plans))
        },
      ),
      { numRuns: 300 },
    )
  })

  const many = (
    edit: (services: Map<string, Service>, slices: Map<string, readonly EndpointSlice[]>) => void,
  ) => {
    const names = Array.from({ length: 20 }, (_, at) => `s${at}`)
    const services = new Map(names.map((n) => [`default/${n}`, service({ name: n })]))
    const slices = new Map<string, readonly EndpointSlice[]>(
      names.map((n) => [`default/${n}`, [slice(endpoint(NODE))]]),
    )
    const before: Snapshot = { ...cluster(), services, slices }
    const after: Snapshot = { ...before, services: new Map(services), slices: new Map(slices) }
    edit(after.services as Map<string, Service>, after.slices as Map<string, readonly EndpointSlice[]>)
    const planner = new NodePlanner(NODE)
    planner.update(before)
    return { planner, before, after }
  }

  test('decides again only what changed', () => {
    const { planner, after } = many((services, slices) => {
      services.set('default/s3', service({ name: 's3', externalTrafficPolicy: 'Local' }))
      services.delete('default/s7')
      services.set('default/s99', service({ name: 's99' }))
      slices.set('default/s11', [slice()])
    })
    const kept = planner.plans.get('default/s5')
    const { changed, removed } = planner.update(after)
    expect([...changed.keys()].sort()).toEqual(['default/s11', 'default/s3', 'default/s99'])
    expect(removed).toEqual(['default/s7'])
    expect(planner.plans.get('default/s5')).toBe(kept)
  })

  test('does nothing for what no service can see', () => {
    const { planner, before } = many(() => {})
    const unseen: Edit[] = [
      (s) => s,
      (s) => ({ ...s, services: new Map(s.services) }),
      (s) => ({ ...s, slices: new Map([...s.slices].map(([key, list]) => [key, [...list]])) }),
      (s) => ({ ...s, services: new Map([...s.services].reverse()) }),
      (s) => ({ ...s, config: { ...s.config, peers: [], pools: [...s.config.pools] } }),
      (s) => ({ ...s, nodes: withEntry(s.nodes, NODE, node(NODE, { addresses: ['192.0.2.200'] })) }),
      (s) => ({ ...s, nodes: withEntry(s.nodes, 'node2', undefined) }),
    ]
    for (const edit of unseen) expect(planner.update(edit(before)).changed.size).toBe(0)
  })

  test('keeps the announcements of a service whose change makes no difference to them', () => {
    const { planner, after } = many((_, slices) => {
      slices.set('default/s3', [slice(endpoint(NODE), endpoint('node2'))])
    })
    const before = planner.plans.get('default/s3')
    const now = planner.update(after).changed.get('default/s3')
    expect(now?.trace).not.toEqual(before?.trace)
    expect(now?.announcements).toBe(before?.announcements)
  })

  test('sees a change of each of the terms of an advertisement', () => {
    const { planner, before } = many(() => {})
    const [plain] = before.config.bgpAdvertisements
    const changes: Partial<BgpAdvertisement>[] = [
      { communities: ['64512:7'] },
      { largeCommunities: ['1:2:3'] },
      { localPref: 7 },
      { peers: ['r1'] },
    ]
    for (const change of changes) {
      const bgpAdvertisements = [{ ...(plain as BgpAdvertisement), ...change }]
      const { changed } = planner.update({ ...before, config: { ...before.config, bgpAdvertisements } })
      expect(changed.get('default/s0')?.announcements[0]).toMatchObject(change)
      planner.update(before)
    }
  })

  test('takes as many steps as there are services to decide, and shows nothing before the last', () => {
    const before = shared(many(() => {}).before)
    const planner = new NodePlanner(NODE)
    const first = planner.steps(before)
    for (let step = 0; step < 20; step++) {
      expect(first.next().done).toBe(false)
      expect(planner.plans.size).toBe(0)
    }
    expect(first.next()).toMatchObject({ done: true, value: { removed: [] } })
    expect(planner.plans.size).toBe(20)
    const edited = { ...before, services: withEntry(before.services, 'default/s3', undefined) }
    const plans = planner.plans
    const second = planner.steps(edited)
    expect([second.next().done, planner.plans === plans]).toEqual([false, true])
    expect(second.next()).toMatchObject({ done: true, value: { removed: ['default/s3'] } })
    expect([planner.plans.size, plans.size]).toEqual([19, 20])
  })

  test('a pass that is given up leaves no trace', () => {
    const { planner, after } = many((services) => {
      services.set('default/s3', service({ name: 's3', addresses: [] }))
      services.delete('default/s7')
    })
    planner.steps(after).next()
    const { changed, removed } = planner.update(after)
    expect([[...changed.keys()], removed]).toEqual([['default/s3'], ['default/s7']])
  })

  test('lists its plans by name, however they came', () => {
    const { planner, after } = many((services) => {
      services.delete('default/s1')
      services.set('default/s1', service({ name: 's1' }))
    })
    planner.update(after)
    expect([...planner.plans.keys()]).toEqual([...planner.plans.keys()].sort())
  })
})
