/**
 * The webhooks as a server. The API server is the only one with business here, but anybody in the cluster can reach
 * the port: bodies, connections and times are bounded, and nothing secret is ever answered. Nothing that goes wrong
 * here stops oyez: it takes objects as they are stored, and leaves out the bad ones itself.
 */
import type { Server } from 'node:net'
import { fastify } from 'fastify'
import { boundConnections } from '../api/index.ts'
import { answerOf, readQuestion } from './admission-review.ts'
import { CertificateKeeper } from './certificate-keeper.ts'
import { answerConversion } from './conversion-review.ts'
import type { KeyRing } from './key-ring.ts'
import { register } from './registration.ts'
import { Reviewer } from './reviewer.ts'
import type { WebhookContext, WebhookOptions, WebhookServer } from './types.ts'

/** The Secret with the certificate. */
export const CERTIFICATE_SECRET = 'oyez-webhook-cert'

const MIB = 1024 * 1024
/** An object has at most 3 MiB on its way to the API server; an update brings two. */
const LONGEST_REVIEW = 8 * MIB
/** All objects of a list come at once. */
const LONGEST_CONVERSION = 64 * MIB

/** Rejects when the port cannot be had; everything else is tried again and told to the log. */
export async function serveWebhooks(
  options: WebhookOptions,
  context: WebhookContext,
): Promise<WebhookServer> {
  const { api, namespace, port } = options
  const { wallClock = Date.now, log } = context
  const app = makeApp(options, context)
  await app.ready()
  await listen(app.server, port)
  let serving = ''
  let ready = false
  let told = ''
  const use = async (ring: KeyRing): Promise<void> => {
    if (ring.serving.cert !== serving) app.server.setSecureContext(ring.serving)
    serving = ring.serving.cert
    const service = { name: options.service, namespace }
    const notes = await register(api, { service, bundle: ring.authorities.join('') })
    if (notes.join() !== told) for (const note of notes) log('info', `webhook: ${note}`)
    told = notes.join()
    ready = true
  }
  const names = [`${options.service}.${namespace}.svc`, `${options.service}.${namespace}`]
  const keeper = new CertificateKeeper(
    { api, namespace, secret: CERTIFICATE_SECRET, names, use },
    { ...context, wallClock },
  )
  void keeper.look()
  return {
    port: portOf(app.server),
    get ready() {
      return ready
    },
    async close() {
      keeper.close()
      const closed = new Promise((resolve) => app.server.close(resolve))
      app.server.closeAllConnections()
      await closed
      await app.close()
    },
  }
}

/** On all addresses, of the families that there are. */
const listen = (server: Server, port: number): Promise<void> =>
  new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, () => resolve())
  })

const portOf = (server: Server): number => {
  const address = server.address()
  return typeof address === 'object' && address !== null ? address.port : 0
}

function makeApp(options: WebhookOptions, { clock, log }: WebhookContext) {
  const { namespace, cluster } = options
  const reviewer = new Reviewer({ namespace, cluster, clock })
  const app = fastify({
    https: { minVersion: 'TLSv1.3', handshakeTimeout: 10_000 },
    bodyLimit: LONGEST_REVIEW,
    requestTimeout: 30_000,
  })
  boundConnections(app.server, 256)
  // A label may have any name, also those that fastify's own parser refuses; nothing here merges objects.
  app.removeAllContentTypeParsers()
  app.addContentTypeParser('application/json', { parseAs: 'string' }, (_, body, done) => {
    try {
      done(null, JSON.parse(String(body)))
    } catch {
      done(Object.assign(new Error('this is not JSON'), { statusCode: 400 }))
    }
  })
  app.post('/validate', async (request) => {
    const question = readQuestion(request.body)
    return answerOf(question, await reviewer.review(question))
  })
  app.post('/convert', { bodyLimit: LONGEST_CONVERSION }, (request) => answerConversion(request.body))
  app.setNotFoundHandler(({ method, url }, reply) =>
    reply
      .code(404)
      .send({ error: `there is no ${method} ${url}`, hint: 'API servers POST /validate and /convert' }),
  )
  app.setErrorHandler((error: Error & { statusCode?: number }, _, reply) => {
    const status = error.statusCode ?? 500
    if (status >= 500) log('error', 'webhook: a review could not be answered', { error: error.message })
    return reply.code(status).send({ error: error.message })
  })
  return app
}
