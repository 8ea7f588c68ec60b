import { expect, test } from 'vitest'
import { KubeError } from '../../../src/sources/index.ts'
import { CertificateKeeper } from '../../../src/webhook/certificate-keeper.ts'
import type { KeyRing } from '../../../src/webhook/key-ring.ts'
import { fromSecretData } from '../../../src/webhook/key-secret.ts'
import { ManualClock } from '../../support/manual-clock.ts'
import { SECRET, WebhookApi } from './webhook-api.ts'

const START = Date.UTC(2026, 0, 1)

function replica(api: WebhookApi, use: (ring: KeyRing) => void = () => {}) {
  const clock = new ManualClock()
  const lines: string[] = []
  const used: KeyRing[] = []
  const keeper = new CertificateKeeper(
    {
      api,
      namespace: 'oyez-system',
      secret: 'oyez-webhook-cert',
      names: ['oyez-webhook.oyez-system.svc'],
      use: async (ring) => {
        used.push(ring)
        use(ring)
      },
    },
    {
      clock,
      log: (level, message) => lines.push(`${level} ${message}`),
      random: () => 0.5,
      wallClock: () => START,
    },
  )
  return { keeper, clock, lines, used }
}

test('the first replica makes the Secret, the second takes what is there', async () => {
  const api = new WebhookApi()
  const [one, two] = [replica(api), replica(api)]
  await one.keeper.look()
  await two.keeper.look()
  expect(two.used).toEqual(one.used)
  expect(api.writes).toEqual(['POST /api/v1/namespaces/oyez-system/secrets'])
  one.keeper.close()
  two.keeper.close()
})

test('of two that start together one wins, and both use the same', async () => {
  const api = new WebhookApi()
  const [one, two] = [replica(api), replica(api)]
  await Promise.all([one.keeper.look(), two.keeper.look()])
  expect(one.used).toEqual(two.used)
  expect(one.used[0]).toEqual(fromSecretData(api.objects.get(SECRET)?.data))
  expect([...one.lines, ...two.lines]).toEqual(['info webhook: made the certificate'])
})

test('a Secret that is there but empty is filled, and keeps its labels', async () => {
  const api = new WebhookApi()
  api.put(SECRET, { metadata: { name: 'oyez-webhook-cert', labels: { app: 'oyez' } } })
  const { keeper } = replica(api)
  await keeper.look()
  expect(api.objects.get(SECRET)).toMatchObject({ metadata: { labels: { app: 'oyez' } } })
  expect(fromSecretData(api.objects.get(SECRET)?.data)).toBeDefined()
})

test('it looks again by itself, and writes nothing that is right', async () => {
  const api = new WebhookApi()
  const { keeper, clock, used } = replica(api)
  await keeper.look()
  const looked = Promise.withResolvers<void>()
  api.before = () => looked.resolve()
  clock.advance(60_000)
  await looked.promise
  await new Promise(setImmediate)
  expect(used).toHaveLength(2)
  expect(api.writes).toHaveLength(1)
  keeper.close()
  expect(clock.size).toBe(0)
})

test('a failure is told once per reason and tried again, ever later', async () => {
  const api = new WebhookApi()
  const { keeper, clock, lines, used } = replica(api)
  api.before = () => {
    throw new KubeError('forbidden', 'secrets is forbidden', { hint: 'apply the Role' })
  }
  const pauses: number[] = []
  await keeper.look()
  for (let turn = 0; turn < 7; turn++) {
    const tried = Promise.withResolvers<void>()
    const refuse = api.before
    api.before = (request) => {
      tried.resolve()
      refuse(request)
    }
    const from = clock.now()
    while (api.tries === turn + 1) clock.advance(500)
    await tried.promise
    await new Promise(setImmediate)
    pauses.push(clock.now() - from)
  }
  expect(pauses).toEqual([1000, 2000, 4000, 8000, 16_000, 30_000, 30_000])
  expect(lines).toEqual(['warn webhook: secrets is forbidden'])
  api.before = () => {}
  await keeper.look()
  expect(used).toHaveLength(1)
  keeper.close()
})

test('what fails to be used is told and tried again', async () => {
  const api = new WebhookApi()
  let broken = true
  const { keeper, lines, used } = replica(api, () => {
    if (broken) throw new KubeError('forbidden', 'patch is forbidden')
  })
  await keeper.look()
  expect(lines).toContain('warn webhook: patch is forbidden')
  broken = false
  await keeper.look()
  expect(used).toHaveLength(2)
  keeper.close()
})
