import { expect, test } from 'vitest'
import { bgpAdvertisement, node, object, peer, pool, service, snapshotOf } from '../../support/raw-objects.ts'

const slice = (name: string, address: string) =>
  object(
    'discovery.k8s.io/v1',
    'EndpointSlice',
    { name, namespace: 'default', labels: { 'kubernetes.io/service-name': 'a' } },
    { endpoints: [{ addresses: [address] }] },
  )

const cluster = (second = '192.0.2.2') => [
  pool('first', { addresses: ['192.0.2.0/24'] }),
  bgpAdvertisement('all'),
  peer('router'),
  node('n1'),
  service('a', ['192.0.2.1']),
  service('b', [second]),
  slice('a-1', '10.0.0.1'),
  slice('a-2', '10.0.0.2'),
]

test('the same input gives the very same snapshot', () => {
  const before = snapshotOf(cluster())
  expect(snapshotOf(cluster(), before)).toBe(before)
})

test('the order of objects does not matter for what is shared', () => {
  const before = snapshotOf(cluster())
  const after = snapshotOf(cluster().reverse(), before)
  expect(after.config).toBe(before.config)
  expect(after.slices.get('default/a')).toBe(before.slices.get('default/a'))
})

test('what did not change is the same object; what did is another', () => {
  const before = snapshotOf(cluster())
  const after = snapshotOf(cluster('192.0.2.3'), before)
  expect(after).not.toBe(before)
  expect(after.services.get('default/a')).toBe(before.services.get('default/a'))
  expect(after.services.get('default/b')).toMatchObject({ addresses: ['192.0.2.3'] })
  expect(after.slices).toBe(before.slices)
  expect(after.nodes).toBe(before.nodes)
  expect(after.config).toBe(before.config)
})

test('a change in one peer leaves pools and advertisements as they are', () => {
  const before = snapshotOf(cluster())
  const after = snapshotOf([...cluster(), peer('other', { peerAddress: '192.0.2.9' })], before)
  expect(after.config.pools).toBe(before.config.pools)
  expect(after.config.bgpAdvertisements).toBe(before.config.bgpAdvertisements)
  expect(after.config.peers.find(({ name }) => name === 'router')).toBe(before.config.peers[0])
  expect(after.services).toBe(before.services)
})

test('removals show', () => {
  const before = snapshotOf(cluster())
  const after = snapshotOf(cluster().slice(0, 5), before)
  expect([...after.services.keys()]).toEqual(['default/a'])
  expect(after.slices.size).toBe(0)
})
