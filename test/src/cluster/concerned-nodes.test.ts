import { describe, expect, it } from 'vitest'
import { ClusterStore } from '../../../src/cluster/index.ts'
import { concerning } from '../../../src/status/index.ts'

const origin = { locate: () => ({}) }
const only = { matchLabels: { zone: 'b' } }

function findings(spec: object, kind = 'BGPPeer', apiVersion = 'metallb.io/v1beta2') {
  const store = new ClusterStore({ metallbNamespace: 'oyez-system' })
  const metadata = { name: 'tor', namespace: 'oyez-system' }
  store.put({ value: { apiVersion, kind, metadata, spec }, origin })
  return store.take().diagnostics.filter(({ severity }) => severity === 'error')
}

const good = { myASN: 64512, peerASN: 64513, peerAddress: '192.0.2.1' }

describe('what is wrong with an object for some nodes', () => {
  it.each<[string, object]>([
    ['a field that cannot be read', { ...good, peerASN: 'x' }],
    ['a field that is missing', { peerASN: 64513 }],
    ['a Secret that is not there', { ...good, passwordSecret: { name: 'nowhere' } }],
  ])('concerns those nodes: %s', (_, spec) => {
    const found = findings({ ...spec, nodeSelectors: [only] })
    expect(found.length).toBeGreaterThan(0)
    expect(concerning({ zone: 'a' }, found)).toEqual([])
    expect(concerning({ zone: 'b' }, found)).toEqual(found)
  })

  it('concerns all nodes when it is for all, or when that cannot be told', () => {
    for (const spec of [
      { ...good, peerASN: 'x' },
      { ...good, peerASN: 'x', nodeSelectors: [] },
      { ...good, nodeSelectors: 'b' },
      { ...good, nodeSelectors: [{ matchLabels: { 'not a key!': 'b' } }] },
    ]) {
      const found = findings(spec)
      expect(found.length).toBeGreaterThan(0)
      expect(concerning({ zone: 'a' }, found)).toEqual(found)
    }
  })

  it('concerns all while the labels of the node are not known', () => {
    const found = findings({ ...good, peerASN: 'x', nodeSelectors: [only] })
    expect(concerning(undefined, found)).toEqual(found)
  })

  it('is so of BGPAdvertisements, and of pools never', () => {
    const spec = { aggregationLength: 99, nodeSelectors: [only] }
    const found = findings(spec, 'BGPAdvertisement', 'metallb.io/v1beta1')
    expect(found.length).toBeGreaterThan(0)
    expect(concerning({ zone: 'a' }, found)).toEqual([])
    const pools = findings({ addresses: ['x'], nodeSelectors: [only] }, 'IPAddressPool', 'metallb.io/v1beta1')
    expect(concerning({ zone: 'a' }, pools)).toEqual(pools)
  })
})
