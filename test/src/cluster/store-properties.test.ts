import fc from 'fast-check'
import { expect, test } from 'vitest'
import { ClusterStore, type RawObject, type Snapshot } from '../../../src/cluster/index.ts'
import {
  bgpAdvertisement,
  namespace,
  node,
  peer,
  pool,
  service,
  slice,
  snapshotOf,
} from '../../support/raw-objects.ts'

const raw = (value: unknown): RawObject => ({ value, origin: { locate: () => ({}) } })

type Named = {
  readonly kind: string
  readonly metadata: { readonly name: string; readonly namespace?: string }
}
const named = (value: unknown) => value as Named
const titleOf = (value: unknown): string => `${named(value).kind} ${named(value).metadata.name}`

/** Objects of which any selection is without fault, each in two versions. */
const NAMES = ['a', 'b', 'c']
const number = (name: string): number => NAMES.indexOf(name)
const VERSIONS: readonly (readonly [unknown, unknown])[] = NAMES.flatMap((name) => [
  [service(name, [`10.${number(name)}.0.1`]), service(name, [`10.${number(name)}.0.2`])],
  [slice(`${name}-1`, name, ['10.244.0.1']), slice(`${name}-1`, 'b', ['10.244.0.1'])],
  [slice(`${name}-2`, name, []), slice(`${name}-2`, name, ['10.244.0.2'])],
  [node(name, { zone: 'x' }), node(name, { zone: 'y' })],
  [namespace(name, { team: 'x' }), namespace(name, { team: 'y' })],
  [
    pool(name, { addresses: [`10.${number(name)}.0.0/24`] }),
    pool(name, { addresses: [`10.${number(name)}.0.0/16`], autoAssign: false }),
  ],
  [
    bgpAdvertisement(name),
    bgpAdvertisement(name, { ipAddressPools: ['a'], nodeSelectors: [{ matchLabels: { zone: 'x' } }] }),
  ],
  [
    peer(name, { peerAddress: `192.0.2.${number(name) + 1}` }),
    peer(name, { peerAddress: `192.0.2.${number(name) + 1}`, holdTime: '30s' }),
  ],
])

const arbitraryStep = fc.record({
  object: fc.integer({ min: 0, max: VERSIONS.length - 1 }),
  version: fc.constantFrom<0 | 1 | undefined>(0, 1, undefined),
  take: fc.boolean(),
})

const plain = ({ services, slices, nodes, namespaces, config }: Snapshot) => ({
  services: [...services],
  slices: [...slices],
  nodes: [...nodes],
  namespaces: [...namespaces],
  config,
})

test('after any changes, taken at any time, the snapshot is the one that all objects make at once', () => {
  fc.assert(
    fc.property(fc.array(arbitraryStep, { maxLength: 40 }), (steps) => {
      const store = new ClusterStore()
      const present = new Map<string, unknown>()
      for (const { object, version, take } of steps) {
        const value = VERSIONS[object]?.[version ?? 0]
        if (version !== undefined) {
          present.set(titleOf(value), value)
          store.put(raw(value))
        } else {
          const { kind, metadata } = named(value)
          present.delete(titleOf(value))
          store.remove(kind as 'Node', metadata.namespace ?? '', metadata.name)
        }
        if (take) expect(store.take()).toBe(store.take())
      }
      expect(plain(store.take().snapshot)).toEqual(plain(snapshotOf([...present.values()])))
    }),
    { numRuns: 150 },
  )
})

/** Of pools a, b, c, d: a range within sixteen addresses, none that can be read, or gone. */
type Range = readonly [first: number, last: number]
const arbitraryRange = fc
  .tuple(fc.nat(15), fc.nat(4))
  .map(([first, length]): Range => [first, first + length])
const arbitraryPoolStep = fc.record({
  name: fc.constantFrom('a', 'b', 'c', 'd'),
  range: fc.oneof(
    { weight: 6, arbitrary: arbitraryRange },
    { weight: 1, arbitrary: fc.constant('unreadable' as const) },
    { weight: 1, arbitrary: fc.constant(undefined) },
  ),
  take: fc.boolean(),
})

const textOf = ([first, last]: Range): string => `10.0.0.${first}-10.0.0.${last}`
const meet = (a: Range, b: Range): boolean => a[0] <= b[1] && b[0] <= a[1]

test('pools in force never overlap, never give way, and come in as soon as nothing is in their way', () => {
  fc.assert(
    fc.property(fc.array(arbitraryPoolStep, { maxLength: 30 }), (steps) => {
      const store = new ClusterStore()
      const latest = new Map<string, Range | 'unreadable'>()
      let inForce = new Map<string, Range>()
      for (const { name, range, take } of steps) {
        if (range === undefined) {
          // What comes back is another object, without the rights of the old one.
          latest.delete(name)
          inForce.delete(name)
          store.remove('IPAddressPool', 'metallb-system', name)
        } else {
          latest.set(name, range)
          store.put(raw(pool(name, { addresses: [range === 'unreadable' ? 'x' : textOf(range)] })))
        }
        if (!take) continue
        const { snapshot, diagnostics } = store.take()
        const choices = (one: string) =>
          [latest.get(one), inForce.get(one)].filter((r) => typeof r === 'object')
        const now = new Map(
          snapshot.config.pools.map(({ name: one, ranges: [first] }) => [
            one,
            choices(one).find((r) => textOf(r) === first?.text) as Range,
          ]),
        )
        expect([...now.values()]).not.toContain(undefined)
        for (const [one, range] of now)
          for (const [other, another] of now) expect(one !== other && meet(range, another)).toBe(false)
        for (const [one, range] of inForce)
          if (latest.get(one) === range) expect(now.get(one)).toBe(range)
          else if (latest.has(one)) expect(now.has(one)).toBe(true)
        for (const [one, range] of latest) {
          if (range === 'unreadable') continue
          const others = [...latest.keys()].filter((other) => other !== one).flatMap(choices)
          if (!others.some((other) => meet(range, other))) expect(now.get(one)).toBe(range)
        }
        const blamed = diagnostics.filter(({ severity }) => severity === 'error')
        expect(blamed.map(({ location }) => location.object)).toEqual(
          [...latest.keys()]
            .filter((one) => now.get(one) !== latest.get(one))
            .sort()
            .map((one) => `IPAddressPool metallb-system/${one}`),
        )
        inForce = now
      }
    }),
    { numRuns: 300 },
  )
})

const hostile = fc.oneof(
  fc.anything(),
  fc.record({
    apiVersion: fc.constantFrom('v1', 'metallb.io/v1beta1', 'metallb.io/v1beta2', 'discovery.k8s.io/v1'),
    kind: fc.constantFrom(
      'Service',
      'Node',
      'Secret',
      'EndpointSlice',
      'IPAddressPool',
      'BGPPeer',
      'Community',
    ),
    metadata: fc.oneof(
      fc.record({
        name: fc.constantFrom('a', 'b', '', 7),
        namespace: fc.constantFrom('m', undefined, null, {}),
      }),
      fc.anything(),
    ),
    spec: fc.anything(),
    status: fc.anything(),
  }),
)

test('nothing makes the store throw, and an error is never without its object or its outcome', () => {
  fc.assert(
    fc.property(fc.array(hostile, { maxLength: 8 }), fc.array(hostile, { maxLength: 3 }), (values, list) => {
      const store = new ClusterStore()
      for (const value of values) store.put(raw(value))
      store.take()
      store.replace('Service', list.map(raw))
      store.replace('IPAddressPool', list.map(raw))
      for (const { severity, hint, location } of store.take().diagnostics)
        if (severity === 'error' && location.object?.includes('/'))
          expect(hint).toMatch(/until this is mended$/)
    }),
    { numRuns: 300 },
  )
})
