import { describe, expect, it } from 'vitest'
import { observe } from '../../../src/shadow/index.ts'
import { FakeKubeApi } from '../../support/fake-kube-api.ts'
import { bgpAdvertisement, node, pool, service } from '../../support/raw-objects.ts'

const OPTIONS = { namespace: 'metallb-system', timeoutMs: 5_000, log: () => {} }

describe('a look at a cluster', () => {
  it('finds what MetalLB works on', async () => {
    const api = new FakeKubeApi()
    api.put(node('node1'), pool('first', { addresses: ['192.0.2.0/24'] }), bgpAdvertisement('all'))
    const { snapshot, announcements } = await observe(api, OPTIONS)
    expect(snapshot.config.pools.map(({ name }) => name)).toEqual(['first'])
    expect(announcements).toBeUndefined()
  })

  it('where there is nothing of MetalLB is refused, and not taken for agreement', async () => {
    const api = new FakeKubeApi()
    api.put(node('node1'), service('web', ['192.0.2.10']))
    await expect(observe(api, OPTIONS)).rejects.toMatchObject({
      kind: 'not-found',
      message: 'there is nothing of MetalLB in the namespace metallb-system',
      hint: 'name its namespace with -n',
    })
  })
})
