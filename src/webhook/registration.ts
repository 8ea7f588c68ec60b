/**
 * How API servers learn of the webhooks: the ValidatingWebhookConfiguration and the CRD of BGPPeer name a Service and
 * the authorities to trust. Both are shipped without; whoever applies them again wipes what was filled in, so it is
 * looked at again and again, and written only when it is not as it should be.
 */
import { type KubeApi, KubeError, Patch } from '../sources/index.ts'
import { type Fields, fieldsOf, textOf } from './review.ts'

export interface Registration {
  /** The Service that leads here. */
  readonly service: { readonly name: string; readonly namespace: string }
  /** PEM of the authorities to trust. */
  readonly bundle: string
}

export const CONFIGURATION = '/apis/admissionregistration.k8s.io/v1/validatingwebhookconfigurations/oyez'
export const PEER_CRD = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions/bgppeers.metallb.io'

/** What is not registered and why, in sentences. Both are tried; then rejects with what the API server says. */
export async function register(api: KubeApi, registration: Registration): Promise<readonly string[]> {
  const results = await Promise.allSettled([
    registerValidation(api, registration),
    registerConversion(api, registration),
  ])
  const failed = results.find((result) => result.status === 'rejected')
  if (failed !== undefined) throw failed.reason
  return results.flatMap((result) =>
    result.status === 'fulfilled' && result.value !== undefined ? [result.value] : [],
  )
}

async function registerValidation(api: KubeApi, registration: Registration): Promise<string | undefined> {
  const found = await read(api, CONFIGURATION)
  if (found === undefined)
    return 'there is no ValidatingWebhookConfiguration "oyez": objects are checked by their CRDs and when they are read'
  const webhooks = Array.isArray(found.webhooks) ? found.webhooks.map(fieldsOf) : []
  const wanting = webhooks.flatMap(({ name, clientConfig }) => {
    const change = changeOf(fieldsOf(clientConfig), registration)
    return change === undefined ? [] : [{ name, clientConfig: change }]
  })
  if (wanting.length > 0)
    await api.request({
      method: 'PATCH',
      path: CONFIGURATION,
      body: { webhooks: wanting },
      patch: Patch.strategic,
    })
  return undefined
}

/** Other implementations convert for themselves: only where the CRD names our Service it is completed. */
async function registerConversion(api: KubeApi, registration: Registration): Promise<string | undefined> {
  const found = await read(api, PEER_CRD)
  if (found === undefined) return 'there is no CRD for BGPPeer: apply deploy/crds'
  const { strategy, webhook } = fieldsOf(fieldsOf(found.spec).conversion)
  const clientConfig = fieldsOf(fieldsOf(webhook).clientConfig)
  const { name, namespace } = fieldsOf(clientConfig.service)
  if (strategy !== 'Webhook') return 'the CRD of BGPPeer knows no conversion: apply deploy/crds'
  if (clientConfig.url === undefined && name !== registration.service.name)
    return `BGPPeer v1beta1 is converted by ${textOf(namespace)}/${textOf(name)}: apply deploy/crds to let oyez do it`
  const change = changeOf(clientConfig, registration)
  if (change === undefined) return undefined
  const body = { spec: { conversion: { webhook: { clientConfig: change } } } }
  await api.request({ method: 'PATCH', path: PEER_CRD, body, patch: Patch.merge })
  return undefined
}

/** What to write into a clientConfig; undefined when it is right. Whoever wrote a URL has a certificate for it. */
function changeOf({ caBundle, url, service }: Fields, registration: Registration): Fields | undefined {
  const bundle = Buffer.from(registration.bundle).toString('base64')
  const { name, namespace } = registration.service
  const now = fieldsOf(service)
  const isRight = caBundle === bundle && now.name === name && now.namespace === namespace
  return isRight || url !== undefined ? undefined : { caBundle: bundle, service: { name, namespace } }
}

async function read(api: KubeApi, path: string): Promise<Fields | undefined> {
  try {
    return fieldsOf(await api.request({ method: 'GET', path }))
  } catch (error) {
    if (error instanceof KubeError && error.kind === 'not-found') return undefined
    throw error
  }
}
