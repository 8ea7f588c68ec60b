/**
 * Before a new leader gives out anything it must have seen what its predecessor wrote: a watch may lag behind. So the
 * Services are listed once, straight from the store, and it waits until its own view is no older than that list.
 */
import { canonicalAddress, type ObjectKey, type Service } from '../cluster/index.ts'
import { type KubeApi, pagesOf } from '../sources/index.ts'
import { isAtLeast } from './versions.ts'

interface RawItem {
  readonly metadata?: {
    readonly namespace?: string
    readonly name?: string
    readonly resourceVersion?: string
  }
  readonly status?: {
    readonly loadBalancer?: { readonly ingress?: readonly { readonly ip?: string }[] | null } | null
  }
}

/** A Service that holds addresses, as the store has it. */
export interface Held {
  readonly version: string
  readonly addresses: readonly string[]
}

/** Every Service that holds an address. Rejects with a KubeError. */
export async function heldAddresses(api: KubeApi): Promise<ReadonlyMap<ObjectKey, Held>> {
  const held = new Map<ObjectKey, Held>()
  for await (const page of pagesOf(api, '/api/v1/services')) {
    for (const { metadata, status } of page as readonly RawItem[]) {
      const addresses = status?.loadBalancer?.ingress?.flatMap(({ ip }) => ip || []) ?? []
      if (metadata?.resourceVersion === undefined || addresses.length === 0) continue
      held.set(`${metadata.namespace}/${metadata.name}`, { version: metadata.resourceVersion, addresses })
    }
  }
  return held
}

/**
 * Whether the watch shows what the store held. `shownVersion` may be ahead of the snapshot by a moment, so the
 * addresses themselves are looked for; a version beyond the one that was listed makes them old news.
 */
export function isShown(
  { version, addresses }: Held,
  service: Service | undefined,
  shownVersion: string | undefined,
): boolean {
  if (service === undefined || shownVersion === undefined) return false
  if (shownVersion !== version && isAtLeast(shownVersion, version)) return true
  const shown = [...service.addresses, ...service.invalidAddresses]
  return addresses.every((address) => shown.includes(canonicalAddress(address) ?? address))
}
