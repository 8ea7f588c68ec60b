import { expect, onTestFinished, test } from 'vitest'
import { awaitUntil } from '../../bird-testbed/index.ts'
import { KubernetesFeed } from '../../src/kubernetes-feed.ts'
import { FakeKubeApi } from '../support/fake-kube-api.ts'
import { bgpAdvertisement, node, pool } from '../support/raw-objects.ts'

const GOOD = pool('first', { addresses: ['192.0.2.0/24'] })
const BAD = pool('first', { addresses: ['192.0.2.9-192.0.2.2'] })

/** A feed that follows an API server in memory, and all that it hands over, in order. */
async function following(...objects: readonly Readonly<Record<string, unknown>>[]) {
  const api = new FakeKubeApi()
  api.put(...objects)
  const told: string[] = []
  const feed = new KubernetesFeed({
    api,
    namespace: 'metallb-system',
    needs: 'controller',
    log: () => {},
    take: ({ config }, found) => told.push(`${config.pools.length} pools, ${found.length} findings`),
    onFindings: (found) => told.push(`${found.length} findings`),
  })
  onTestFinished(() => feed.close())
  feed.start()
  await awaitUntil(() => told.length > 0, 'the first state is handed over')
  return { api, told }
}

test('findings are never told of another state than theirs', async () => {
  const { api, told } = await following(node('node1'), bgpAdvertisement('all'), BAD)
  expect(told).toEqual(['0 pools, 1 findings'])
  api.put(GOOD)
  await awaitUntil(() => told.length > 1, 'the mended pool is handed over')
  expect(told).toEqual(['0 pools, 1 findings', '1 pools, 0 findings'])
})

test('findings that change while the state does not are told alone', async () => {
  const { api, told } = await following(node('node1'), bgpAdvertisement('all'), GOOD)
  api.put(BAD)
  await awaitUntil(() => told.length > 1, 'the findings are told')
  expect(told).toEqual(['1 pools, 0 findings', '1 findings'])
})
