import { request as httpsRequest } from 'node:https'
import { afterEach, expect, test } from 'vitest'
import { systemClock } from '../../../bgp/index.ts'
import { parseObjects } from '../../../src/cluster/index.ts'
import { KubeError } from '../../../src/sources/index.ts'
import { serveWebhooks, type WebhookServer } from '../../../src/webhook/index.ts'
import { pool, raws } from '../../support/raw-objects.ts'
import { CONFIGURATION, PEER_CRD, WebhookApi } from './webhook-api.ts'

const servers: WebhookServer[] = []

afterEach(async () => {
  for (const server of servers.splice(0)) await server.close()
})

async function serve(api = new WebhookApi(), wait = true) {
  const lines: string[] = []
  const objects = parseObjects(raws([pool('first', { addresses: ['192.0.2.0/24'] })])).objects
  const server = await serveWebhooks(
    {
      api,
      namespace: 'metallb-system',
      port: 0,
      service: 'oyez-webhook',
      cluster: () => ({ objects, services: new Map() }),
    },
    { clock: systemClock, log: (level, message) => lines.push(`${level} ${message}`), random: Math.random },
  )
  servers.push(server)
  while (wait && !server.ready) await new Promise((resolve) => setTimeout(resolve, 5))
  return { api, server, lines }
}

/** As an API server asks: it trusts what it was told to trust, and looks for the Service's name. */
function post(
  { api, server }: { api: WebhookApi; server: WebhookServer },
  path: string,
  body: string,
): Promise<{ status: number; body: Record<string, unknown> }> {
  const options = {
    method: 'POST',
    host: '127.0.0.1',
    port: server.port,
    path,
    ca: api.bundles[0],
    servername: 'oyez-webhook.metallb-system.svc',
    headers: { 'content-type': 'application/json' },
    agent: false as const,
  }
  return new Promise((resolve, reject) => {
    httpsRequest(options, (answer) => {
      let text = ''
      answer.on('data', (chunk) => {
        text += chunk
      })
      answer.on('end', () => resolve({ status: answer.statusCode ?? 0, body: JSON.parse(text) }))
    })
      .on('error', reject)
      .end(body)
  })
}

const admission = (object: unknown) =>
  JSON.stringify({
    request: {
      uid: 'u-1',
      kind: { group: 'metallb.io', version: 'v1beta1', kind: 'IPAddressPool' },
      namespace: 'metallb-system',
      name: 'second',
      operation: 'CREATE',
      object,
    },
  })

test('an API server that trusts the bundle gets its verdict', async () => {
  const running = await serve()
  const good = pool('second', { addresses: ['198.51.100.9/24'] })
  expect((await post(running, '/validate', admission(good))).body).toMatchObject({
    apiVersion: 'admission.k8s.io/v1',
    kind: 'AdmissionReview',
    response: {
      uid: 'u-1',
      allowed: true,
      warnings: [expect.stringContaining('stands for all of 198.51.100.0/24')],
    },
  })
  const bad = pool('second', { addresses: ['192.0.2.7/32'] })
  expect((await post(running, '/validate', admission(bad))).body).toMatchObject({
    response: { allowed: false, status: { code: 422, message: expect.stringContaining('overlaps') } },
  })
})

test('both registrations are completed and nothing else in them is touched', async () => {
  const { api } = await serve()
  expect(api.bundles).toEqual([expect.stringContaining('BEGIN CERTIFICATE'), api.bundles[0]])
  expect(api.objects.get(CONFIGURATION)).toMatchObject({
    webhooks: [
      {
        name: 'validate.oyez.io',
        clientConfig: { service: { name: 'oyez-webhook', namespace: 'metallb-system', path: '/validate' } },
      },
    ],
  })
  expect(api.objects.get(PEER_CRD)).toMatchObject({
    spec: {
      conversion: {
        strategy: 'Webhook',
        webhook: { clientConfig: { service: { namespace: 'metallb-system', path: '/convert' } } },
      },
    },
  })
})

test('a conversion webhook of somebody else is left alone, and so is a URL', async () => {
  const api = new WebhookApi()
  const theirs = {
    caBundle: 'dGhlaXJz',
    service: { name: 'metallb-webhook-service', namespace: 'metallb-system' },
  }
  api.put(PEER_CRD, { spec: { conversion: { strategy: 'Webhook', webhook: { clientConfig: theirs } } } })
  api.put(CONFIGURATION, {
    webhooks: [{ name: 'a', clientConfig: { url: 'https://127.0.0.1:9443/validate' } }],
  })
  const { lines } = await serve(api)
  expect(api.objects.get(PEER_CRD)).toMatchObject({
    spec: { conversion: { webhook: { clientConfig: theirs } } },
  })
  expect(lines.join()).toContain('metallb-system/metallb-webhook-service')
  expect(api.objects.get(CONFIGURATION)).toMatchObject({
    webhooks: [{ clientConfig: { url: 'https://127.0.0.1:9443/validate' } }],
  })
  expect(api.writes).toEqual(['POST /api/v1/namespaces/metallb-system/secrets'])
})

test('without registrations it serves all the same and says what is missing', async () => {
  const api = new WebhookApi()
  api.objects.delete(CONFIGURATION)
  api.objects.delete(PEER_CRD)
  const { server, lines } = await serve(api)
  expect(server.ready).toBe(true)
  expect(lines.join()).toContain('there is no ValidatingWebhookConfiguration "oyez"')
})

test('an API server that refuses everything ends nothing', async () => {
  const api = new WebhookApi()
  const refused = Promise.withResolvers<void>()
  api.before = () => {
    refused.resolve()
    throw new KubeError('unreachable', 'nobody answers')
  }
  const { server, lines } = await serve(api, false)
  await refused.promise
  await new Promise(setImmediate)
  expect(server.ready).toBe(false)
  expect(lines).toEqual(['warn webhook: nobody answers'])
})

test('names that JavaScript holds dear are names like any other', async () => {
  const running = await serve()
  const object =
    '{"apiVersion":"metallb.io/v1beta1","kind":"BGPPeer","metadata":{"name":"p"},"spec":{"nodeSelectors":[{"matchLabels":{"__proto__":"x","constructor":"y"}}]}}'
  const body = `{"request":{"uid":"u","desiredAPIVersion":"metallb.io/v1beta2","objects":[${object}]}}`
  const answer = await post(running, '/convert', body)
  expect(answer.status).toBe(200)
  expect(JSON.stringify(answer.body)).toContain('"matchLabels":{"__proto__":"x","constructor":"y"}')
})

test.each([
  ['/validate', 'no JSON', 400, 'this is not JSON'],
  ['/validate', '{}', 400, 'this is no AdmissionReview'],
  ['/validate', '{"request":{"uid":"u","kind":{"kind":"BGPPeer"},"operation":"CONNECT"}}', 400, 'CONNECT'],
  ['/convert', '[]', 400, 'this is no ConversionReview'],
  ['/validate', `{"a":"${'x'.repeat(9 * 1024 * 1024)}"}`, 413, 'too large'],
  ['/elsewhere', '{}', 404, 'there is no POST /elsewhere'],
])('%s with %.40s is answered %d', async (path, body, status, words) => {
  const running = await serve()
  const answer = await post(running, path, body)
  expect(answer.status).toBe(status)
  expect(JSON.stringify(answer.body)).toContain(words)
})
