/**
 * ServiceBGPStatus: which routers a service is to be announced to from one node, for `kubectl get servicebgpstatuses`.
 * Names, labels and columns are those that users of MetalLB know. Pure: what an object says, what it should say, and
 * the one step that brings it nearer.
 *
 * The peers of an object are kept as one text, names joined by commas: there may be ten thousand objects, and nearly
 * all of them say the same.
 */
import type { ObjectKey } from '../cluster/index.ts'
import { isOwnedBy, type OwnerReference } from './owner.ts'

export const SERVICE_STATUS = {
  apiVersion: 'metallb.io/v1beta1',
  kind: 'ServiceBGPStatus',
  plural: 'servicebgpstatuses',
} as const

export const Label = {
  node: 'metallb.io/node',
  serviceName: 'metallb.io/service-name',
  serviceNamespace: 'metallb.io/service-namespace',
} as const

export const collectionPath = (namespace: string): string =>
  `/apis/${SERVICE_STATUS.apiVersion}/namespaces/${encodeURIComponent(namespace)}/${SERVICE_STATUS.plural}`

/** Whose objects they are. */
export interface Author {
  readonly node: string
  /** Where the objects live. */
  readonly namespace: string
  /** Absent outside a pod. */
  readonly owner?: OwnerReference
}

/** One object of the API server, trimmed to what is compared. */
export interface Found {
  readonly name: string
  readonly key: ObjectKey
  readonly peers: string
  readonly owned: boolean
  /** metadata.resourceVersion. */
  readonly version: string
  /** It says something that cannot be changed (immutable fields), or no service can be made out: it has to go. */
  readonly broken: boolean
}

export type Step =
  | { readonly type: 'create' }
  | { readonly type: 'own'; readonly name: string }
  | { readonly type: 'tell'; readonly name: string }
  | { readonly type: 'delete'; readonly name: string }

interface RawStatus {
  readonly metadata?: {
    readonly name?: unknown
    readonly resourceVersion?: unknown
    readonly labels?: Readonly<Record<string, unknown>>
    readonly ownerReferences?: unknown
  }
  readonly status?: {
    readonly node?: unknown
    readonly serviceName?: unknown
    readonly serviceNamespace?: unknown
    readonly peers?: unknown
  }
}

/** Undefined when it is no object of this node's. */
export function readServiceStatus(raw: unknown, { node, owner }: Author): Found | undefined {
  const { metadata = {}, status = {} } = (raw ?? {}) as RawStatus
  const { name, labels = {}, resourceVersion } = metadata
  if (typeof name !== 'string' || labels[Label.node] !== node) return undefined
  const [namespace, service] = [labels[Label.serviceNamespace], labels[Label.serviceName]]
  const says = (field: unknown, expected: unknown) => field === undefined || field === expected
  const agrees =
    says(status.node, node) && says(status.serviceName, service) && says(status.serviceNamespace, namespace)
  return {
    name,
    key: `${namespace}/${service}`,
    peers: Array.isArray(status.peers) ? status.peers.join() : '',
    owned: isOwnedBy(metadata.ownerReferences, owner),
    version: typeof resourceVersion === 'string' ? resourceVersion : '',
    broken: !agrees || typeof namespace !== 'string' || typeof service !== 'string',
  }
}

/**
 * The next thing to write for one service; undefined: all is as it should be. `peers` is absent when this node does
 * not announce it. Ownership comes before content: what an ended pod left is about to be collected.
 */
export function nextStep(peers: string | undefined, found: readonly Found[]): Step | undefined {
  const useful = found.filter(({ broken }) => !broken).sort(byWorth)
  const [kept] = peers === undefined ? [] : useful
  const surplus = found.find((one) => one !== kept)
  if (surplus !== undefined) return { type: 'delete', name: surplus.name }
  if (peers === undefined) return undefined
  if (kept === undefined) return { type: 'create' }
  if (!kept.owned) return { type: 'own', name: kept.name }
  return kept.peers === peers ? undefined : { type: 'tell', name: kept.name }
}

const byWorth = (a: Found, b: Found): number =>
  Number(b.owned) - Number(a.owned) || b.peers.length - a.peers.length || (a.name < b.name ? -1 : 1)

/** The object to create; its status is a write of its own, since the API server ignores it here. */
export function newServiceStatus(key: ObjectKey, author: Author): object {
  return {
    apiVersion: SERVICE_STATUS.apiVersion,
    kind: SERVICE_STATUS.kind,
    metadata: {
      generateName: 'bgp-',
      namespace: author.namespace,
      labels: labelsOf(key, author.node),
      ...(author.owner !== undefined && { ownerReferences: [author.owner] }),
    },
  }
}

/** Merge patch: belongs to our pod from now on. */
export const ownershipPatch = ({ owner }: Author): object => ({
  metadata: { ownerReferences: owner === undefined ? null : [owner] },
})

/** Merge patch of the status subresource. */
export function statusPatch(key: ObjectKey, peers: string, node: string): object {
  const [serviceNamespace, serviceName] = partsOf(key)
  return { status: { node, serviceName, serviceNamespace, peers: peers.split(',') } }
}

function labelsOf(key: ObjectKey, node: string): Readonly<Record<string, string>> {
  const [namespace, name] = partsOf(key)
  return { [Label.node]: node, [Label.serviceName]: name, [Label.serviceNamespace]: namespace }
}

function partsOf(key: ObjectKey): readonly [string, string] {
  const slash = key.indexOf('/')
  return [key.slice(0, slash), key.slice(slash + 1)]
}
