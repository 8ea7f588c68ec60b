/**
 * Who the status objects belong to: the speaker's pod. When the pod goes, the API server's garbage collector takes
 * them along, so a node that was drained or lost leaves no claims behind.
 */
import type { KubeApi } from '../sources/index.ts'

/** metav1.OwnerReference, as MetalLB writes it. */
export interface OwnerReference {
  readonly apiVersion: 'v1'
  readonly kind: 'Pod'
  readonly name: string
  readonly uid: string
}

/** Asks for the pod's uid. Rejects with a KubeError. */
export async function ownerOf(api: KubeApi, namespace: string, pod: string): Promise<OwnerReference> {
  const path = `/api/v1/namespaces/${encodeURIComponent(namespace)}/pods/${encodeURIComponent(pod)}`
  const { metadata } = await api.request<{ metadata: { uid: string } }>({ method: 'GET', path })
  return { apiVersion: 'v1', kind: 'Pod', name: pod, uid: metadata.uid }
}

/** What an object says about its owners is exactly what we would say. */
export function isOwnedBy(references: unknown, owner: OwnerReference | undefined): boolean {
  const found = Array.isArray(references) ? (references as readonly Partial<OwnerReference>[]) : []
  if (owner === undefined) return found.length === 0
  return found.length === 1 && found[0]?.uid === owner.uid && found[0].name === owner.name
}
