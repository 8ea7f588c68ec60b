import { expect, test } from 'vitest'
import { parseObjects, type Service } from '../../../src/cluster/index.ts'
import { type Change, judge } from '../../../src/webhook/verdict.ts'
import { bgpAdvertisement, community, peer, peerV1, pool, raws } from '../../support/raw-objects.ts'

const HOME = 'metallb-system'
type Fields = Readonly<Record<string, unknown>>

const cluster = (
  objects: readonly unknown[],
  services: Readonly<Record<string, readonly string[]>> = {},
) => ({
  objects: parseObjects(raws(objects)).objects,
  services: new Map(
    Object.entries(services).map(([key, addresses]) => [key, { addresses } as unknown as Service]),
  ),
})

function named(object: unknown): Pick<Change, 'kind' | 'namespace' | 'name'> {
  const { kind, metadata } = object as { kind: string; metadata: { namespace: string; name: string } }
  return { kind, namespace: metadata.namespace, name: metadata.name }
}

const create = (after: unknown): Change => ({ ...named(after), after })
const update = (before: unknown, after: unknown): Change => ({ ...named(after), before, after })
const remove = (before: unknown): Change => ({ ...named(before), before })

const FIRST = pool('first', { addresses: ['192.0.2.0/24'] })
const ALL = bgpAdvertisement('all')

test('a good object is let in, in silence', () => {
  expect(judge(create(FIRST), cluster([ALL]), HOME)).toEqual({ warnings: [] })
})

test('errors of the object itself are told all at once, with path and hint', () => {
  const { refusal } = judge(
    create(pool('bad', { addresses: ['192.0.2.1', '192.0.2.9-192.0.2.2'] })),
    cluster([]),
    HOME,
  )
  expect(refusal).toBe(
    'IPAddressPool bad: spec.addresses[0]: "192.0.2.1" has no prefix length (write 192.0.2.1/32 for this one address); ' +
      'spec.addresses[1]: the range "192.0.2.9-192.0.2.2" ends before it starts (write 192.0.2.2-192.0.2.9)',
  )
})

test('a pool that overlaps another one is refused, whatever their addresses', () => {
  for (const range of ['192.0.2.128/25', '192.0.0.0/16', '192.0.1.255-192.0.2.0']) {
    const { refusal } = judge(create(pool('second', { addresses: [range] })), cluster([FIRST]), HOME)
    expect(refusal).toMatch(/overlaps/)
    expect(refusal).toContain('first')
  }
})

test('an object is not in its own way', () => {
  const wider = pool('first', { addresses: ['192.0.2.0/23'] })
  expect(judge(update(FIRST, wider), cluster([FIRST, ALL]), HOME)).toEqual({ warnings: [] })
})

test('what is bad already may be labelled, and is told as a warning', () => {
  const bad = pool('first', { addresses: ['192.0.2.1'] })
  const labelled = pool('first', { addresses: ['192.0.2.1'] }, { labels: { a: 'b' } })
  const verdict = judge(update(bad, labelled), cluster([bad]), HOME)
  expect(verdict.refusal).toBeUndefined()
  expect(verdict.warnings.join()).toContain('has no prefix length')
})

test('what is bad already may not become worse', () => {
  const bad = pool('first', { addresses: ['192.0.2.1'] })
  const worse = pool('first', { addresses: ['192.0.2.1', 'x'] })
  const { refusal, warnings } = judge(update(bad, worse), cluster([bad]), HOME)
  expect(refusal).toMatch(/^IPAddressPool \w+: spec\.addresses\[1\]/)
  expect(warnings.join()).toContain('spec.addresses[0]')
})

test('two objects that are in conflict already may both be edited', () => {
  const second = pool('second', { addresses: ['192.0.2.128/25'] })
  for (const [name, addresses] of [
    ['first', ['192.0.2.0/24']],
    ['second', ['192.0.2.128/25']],
  ] as const) {
    const before = pool(name, { addresses })
    const after = pool(name, { addresses, autoAssign: false })
    expect(judge(update(before, after), cluster([FIRST, second]), HOME).refusal).toBeUndefined()
  }
})

test('errors of others are not held against an object', () => {
  const bad = pool('bad', { addresses: ['nonsense'] })
  const conflict = pool('second', { addresses: ['192.0.2.128/25'] })
  const next = pool('next', { addresses: ['198.51.100.0/24'] })
  expect(judge(create(next), cluster([FIRST, conflict, bad, ALL]), HOME).refusal).toBeUndefined()
})

test('what breaks another object is refused and names that object', () => {
  const ad = bgpAdvertisement('wide', { aggregationLength: 24 })
  const { refusal } = judge(create(pool('small', { addresses: ['198.51.100.0/28'] })), cluster([ad]), HOME)
  expect(refusal).toContain('BGPAdvertisement metallb-system/wide')
})

test('a name that nobody has is a warning', () => {
  const ad = bgpAdvertisement('ad', { ipAddressPools: ['frist'] })
  const { refusal, warnings } = judge(create(ad), cluster([FIRST]), HOME)
  expect(refusal).toBeUndefined()
  expect(warnings[0]).toBe(
    'BGPAdvertisement ad: spec.ipAddressPools[0]: there is no IPAddressPool "frist" (did you mean "first"?)',
  )
})

test('a Secret may come later, and so may an alias', () => {
  const locked = peer('locked', { passwordSecret: { name: 'later' } })
  expect(judge(create(locked), cluster([]), HOME)).toEqual({ warnings: [] })
  const ad = bgpAdvertisement('ad', { communities: ['later'] })
  const { refusal, warnings } = judge(create(ad), cluster([FIRST]), HOME)
  expect(refusal).toBeUndefined()
  expect(warnings.join()).toContain('there is no community alias "later"')
})

test('what is not built is refused, unless it is there already', () => {
  const red = peer('red', { vrf: 'red' })
  expect(judge(create(red), cluster([]), HOME).refusal).toContain(
    'BGPPeer red: spec.vrf: vrf is not supported yet',
  )
  const { refusal, warnings } = judge(
    update(red, peer('red', { vrf: 'red', holdTime: '9s' })),
    cluster([red]),
    HOME,
  )
  expect(refusal).toBeUndefined()
  expect(warnings.join()).toContain('vrf is not supported yet')
})

test('both versions of a peer are judged; the API server warns of the old one itself', () => {
  const old = peerV1('old', { myASN: 64512, peerASN: 64513, peerAddress: '192.0.2.7' })
  expect(judge(create(old), cluster([]), HOME)).toEqual({ warnings: [] })
  expect(judge(create(old), cluster([peer('twin', { peerAddress: '192.0.2.7' })]), HOME).refusal).toContain(
    'twin',
  )
})

test('an object on its way out is let go', () => {
  const leaving = pool('first', { addresses: ['bad'] }, { deletionTimestamp: '2026-01-01T00:00:00Z' })
  expect(judge(update(FIRST, leaving), cluster([FIRST]), HOME)).toEqual({ warnings: [] })
})

test('deletion is never refused; what others then lack is told', () => {
  const names = community('names', { communities: [{ name: 'blue', value: '64512:1' }] })
  const ad = bgpAdvertisement('ad', { communities: ['blue'] })
  const { refusal, warnings } = judge(remove(names), cluster([FIRST, names, ad]), HOME)
  expect(refusal).toBeUndefined()
  expect(warnings[0]).toContain(
    'Community names: without it, BGPAdvertisement metallb-system/ad: spec.communities[0]',
  )
})

test('services that lose their addresses are named', () => {
  const services = { 'shop/web': ['192.0.2.200'], 'shop/mail': ['192.0.2.3'], 'shop/new': [] }
  const smaller = pool('first', { addresses: ['192.0.2.0/25'] })
  expect(judge(update(FIRST, smaller), cluster([FIRST, ALL], services), HOME).warnings).toEqual([
    'IPAddressPool first: 1 service has its address from what is taken away; it loses it: shop/web',
  ])
  expect(judge(remove(FIRST), cluster([FIRST, ALL], services), HOME).warnings).toEqual([
    'IPAddressPool first: 2 services have their address from what is taken away; they lose it: shop/web, shop/mail',
  ])
})

test('objects of another namespace are not judged, but their author is told', () => {
  const stray = pool('stray', { addresses: ['nonsense'] }, { namespace: 'default' })
  expect(judge(create(stray), cluster([]), HOME)).toEqual({
    warnings: [
      'IPAddressPool stray: it is in namespace default and has no effect on oyez, which reads those of metallb-system only',
    ],
  })
  expect(judge(remove(stray), cluster([]), HOME)).toEqual({ warnings: [] })
})

test('before the cluster is known an object is judged alone', () => {
  expect(judge(create(FIRST), undefined, HOME)).toEqual({ warnings: [] })
  expect(judge(create(pool('bad', { addresses: ['x'] })), undefined, HOME).refusal).toMatch(
    /^IPAddressPool bad: spec\.addresses\[0\]/,
  )
  expect(judge(remove(FIRST), undefined, HOME)).toEqual({ warnings: [] })
})

test.each([null, 7, 'text', [], {}, { apiVersion: 'v1' }])('%j in place of an object is refused', (after) => {
  const change = { kind: 'IPAddressPool', namespace: HOME, name: 'x', after }
  expect(judge(change, cluster([]), HOME).refusal).toMatch(/Kubernetes object/)
})

test('a secret is in no answer', () => {
  const spec: Fields = { password: 'top-secret-word'.repeat(10), holdTime: '1s' }
  const answer = JSON.stringify(judge(create(peer('p', spec)), cluster([]), HOME))
  expect(answer).toContain('holdTime')
  expect(answer).not.toContain('top-secret-word')
})

test('an answer stays short, however much is wrong', () => {
  const addresses = Array.from({ length: 2000 }, (_, at) => `bad-${at}-${'x'.repeat(500)}`)
  const { refusal = '' } = judge(create(pool('bad', { addresses })), cluster([]), HOME)
  expect(refusal.length).toBeLessThan(4000)
  expect(refusal).toMatch(/and 91 more$/)
})
