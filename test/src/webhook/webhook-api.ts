/** The three objects that webhooks have to do with, as an API server keeps them: conflicts, merges, resource versions. */
import { type KubeApi, KubeError, type KubeRequest } from '../../../src/sources/index.ts'

type Fields = { [field: string]: unknown }

export const SECRET = '/api/v1/namespaces/oyez-system/secrets/oyez-webhook-cert'
export const CONFIGURATION = '/apis/admissionregistration.k8s.io/v1/validatingwebhookconfigurations/oyez'
export const PEER_CRD = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions/bgppeers.metallb.io'

export class WebhookApi implements KubeApi {
  readonly server = 'https://api.test'
  readonly objects = new Map<string, Fields>()
  readonly writes: string[] = []
  /** Requests so far, also those that failed. */
  tries = 0
  /** Called before each request; may throw. */
  before: (request: KubeRequest) => void = () => {}
  #version = 1

  constructor() {
    this.put(CONFIGURATION, {
      webhooks: [{ name: 'validate.oyez.io', clientConfig: { service: { name: 'old', path: '/validate' } } }],
    })
    const clientConfig = { service: { name: 'oyez-webhook', namespace: 'oyez-system', path: '/convert' } }
    this.put(PEER_CRD, { spec: { conversion: { strategy: 'Webhook', webhook: { clientConfig } } } })
  }

  put(path: string, object: Fields): void {
    const metadata = { ...(object.metadata as Fields), resourceVersion: `${this.#version++}` }
    this.objects.set(path, { ...object, metadata })
  }

  async request<T>(request: KubeRequest): Promise<T> {
    this.tries++
    this.before(request)
    const { method, path, body } = request
    if (method !== 'GET') this.writes.push(`${method} ${path}`)
    const at = method === 'POST' ? `${path}/${(body as { metadata: { name: string } }).metadata.name}` : path
    const held = this.objects.get(at)
    if (method === 'POST' && held !== undefined) throw new KubeError('conflict', 'AlreadyExists')
    if (method !== 'POST' && held === undefined) throw new KubeError('not-found', `${at} not found`)
    if (method === 'PUT' && versionOf(held) !== versionOf(body)) throw new KubeError('conflict', 'Conflict')
    if (method === 'PATCH') this.put(at, merge(held, body) as Fields)
    if (method === 'POST' || method === 'PUT') this.put(at, body as Fields)
    return structuredClone(this.objects.get(at)) as T
  }

  /** The PEM that callers of both webhooks are told to trust. */
  get bundles(): readonly (string | undefined)[] {
    const { webhooks } = this.objects.get(CONFIGURATION) as { webhooks: { clientConfig: Fields }[] }
    const crd = this.objects.get(PEER_CRD) as {
      spec: { conversion: { webhook: { clientConfig: Fields } } }
    }
    const configs = [
      ...webhooks.map(({ clientConfig }) => clientConfig),
      crd.spec.conversion.webhook.clientConfig,
    ]
    return configs.map(({ caBundle }) =>
      caBundle === undefined ? undefined : Buffer.from(String(caBundle), 'base64').toString(),
    )
  }

  watch(): never {
    throw new Error('nothing is watched here')
  }

  portForward(): never {
    throw new Error('nothing is forwarded here')
  }

  close(): void {}
}

const versionOf = (object: unknown): unknown =>
  (object as { metadata?: { resourceVersion?: unknown } }).metadata?.resourceVersion

/** Merge patch; lists of named items as a strategic one merges them. */
function merge(before: unknown, change: unknown): unknown {
  if (Array.isArray(change) && Array.isArray(before))
    return before.map((item: Fields) => {
      const own = (change as Fields[]).find(({ name }) => name === item.name)
      return own === undefined ? item : merge(item, own)
    })
  if (typeof change !== 'object' || change === null || Array.isArray(change)) return change
  const merged: Fields = { ...(before as Fields) }
  for (const [key, value] of Object.entries(change)) merged[key] = merge(merged[key], value)
  return merged
}
