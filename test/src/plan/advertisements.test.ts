import { expect, it } from 'vitest'
import type { BgpAdvertisement } from '../../../src/cluster/index.ts'
import { announcementsOf } from '../../../src/plan/advertisements.ts'

const ad = (aggregationLength: number): BgpAdvertisement => ({
  name: 'all',
  pools: [],
  aggregationLength,
  aggregationLengthV6: 128,
  communities: [],
  largeCommunities: [],
  nodeSelectors: [],
  peers: [],
  serviceSelectors: [],
})

it('announces an aggregate once', () => {
  const prefixes = announcementsOf('a/b', ['192.0.2.1', '192.0.2.2', '2001:db8::1'], [ad(24)])
  expect(prefixes.map(({ prefix }) => prefix)).toEqual(['192.0.2.0/24', '2001:db8::1/128'])
})

it('takes a time in proportion to the addresses: a monstrous service must not stop the sessions', () => {
  const addresses = Array.from(
    { length: 150_000 },
    (_, at) => `10.${at >> 16}.${(at >> 8) & 255}.${at & 255}`,
  )
  expect(announcementsOf('a/b', addresses, [ad(32)])).toHaveLength(addresses.length)
}, 5_000)
