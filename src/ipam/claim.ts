/**
 * What a Service brings along when it asks for an address: who it is, with whom it would share, and which ports it
 * needs. Services share an address when annotation allow-shared-ip gives both the same key, their traffic goes to the
 * same backends, and no protocol and port is asked for twice. Traffic of policy Cluster goes anywhere, which is the
 * same for all; with policy Local the backends are those of the selector.
 */
import { listOf, type ObjectKey, quote, type Service } from '../cluster/index.ts'
import { ALLOW_SHARED_IP, annotationOf } from './annotations.ts'
import type { Slot } from './shelf.ts'
import { AllocationCode } from './types.ts'

export interface Claim {
  readonly key: ObjectKey
  /** Sharing key and backends in one; empty: shares with nobody. */
  readonly share: string
  readonly sharingKey: string
  readonly backends: string
  /** `TCP/80`; only of those who would share. */
  readonly ports: readonly string[]
}

const NO_PORTS: readonly string[] = []

export const keyOf = ({ namespace, name }: Pick<Service, 'namespace' | 'name'>): ObjectKey =>
  `${namespace}/${name}`

export function claimOf(service: Service, key: ObjectKey): Claim {
  const sharingKey = annotationOf(service, ALLOW_SHARED_IP) ?? ''
  if (sharingKey === '') return { key, share: '', sharingKey, backends: '', ports: NO_PORTS }
  const backends = service.externalTrafficPolicy === 'Local' ? service.selector : ''
  return {
    key,
    share: `${sharingKey.length} ${sharingKey} ${backends}`,
    sharingKey,
    backends,
    ports: service.ports.map(({ protocol, port }) => `${protocol}/${port}`),
  }
}

export const sameClaim = (a: Claim, b: Claim): boolean =>
  a.share === b.share &&
  a.ports.length === b.ports.length &&
  a.ports.every((port, at) => port === b.ports[at])

export interface Refusal {
  readonly code: AllocationCode
  readonly message: string
}

/** Why the claim may not have the address of the slot; undefined when it may. Its own presence there is no obstacle. */
export function refusalOf(slot: Slot | undefined, claim: Claim): Refusal | undefined {
  if (slot === undefined) return undefined
  const others = othersOn(slot, claim)
  const [other] = others
  if (other === undefined) return undefined
  if (claim.share === '' || claim.share !== slot.share)
    return { code: AllocationCode.sharingRefused, message: whyNotShared(slot.address, claim, others) }
  const port = claim.ports.find((one) => (slot.ports.get(one) ?? claim.key) !== claim.key)
  if (port === undefined) return undefined
  const message = `port ${port} of ${slot.address} is already in use by ${slot.ports.get(port)}`
  return { code: AllocationCode.portInUse, message }
}

/** Two are enough to decide; names are for the message. */
function othersOn({ claims }: Slot, { key }: Claim): readonly Claim[] {
  const others: Claim[] = []
  for (const claim of claims) {
    if (claim.key !== key) others.push(claim)
    if (others.length === MOST_NAMED) break
  }
  return others
}

const MOST_NAMED = 9

function whyNotShared(address: string, claim: Claim, others: readonly Claim[]): string {
  const inUse = `${address} is in use by ${listOf(others.map(({ key }) => key))}`
  const [other] = others
  if (other === undefined || other.sharingKey === '') return `${inUse}, which shares it with nobody`
  if (claim.sharingKey === '')
    return `${inUse}; to share it, give this Service annotation metallb.io/allow-shared-ip: ${quote(other.sharingKey)}`
  if (claim.sharingKey !== other.sharingKey)
    return `${inUse}, which shares it under the key ${quote(other.sharingKey)}, not ${quote(claim.sharingKey)}`
  return `${inUse}, whose traffic goes to ${backendText(other)}, and that of this Service to ${backendText(claim)}`
}

const backendText = ({ backends }: Claim): string =>
  backends === ''
    ? 'any endpoint (externalTrafficPolicy Cluster)'
    : `local endpoints of ${backends} (externalTrafficPolicy Local)`
