/** The annotations that users steer allocation with. Both prefixes count; the new one wins wherever its key is present. */
import type { Service } from '../cluster/index.ts'

const OLD_PREFIX = 'metallb.universe.tf/'

/** Under both prefixes. */
interface Name {
  readonly key: string
  readonly oldKey: string
}

export const LOAD_BALANCER_IPS: Name = {
  key: 'metallb.io/loadBalancerIPs',
  oldKey: `${OLD_PREFIX}loadBalancerIPs`,
}
export const ADDRESS_POOL: Name = { key: 'metallb.io/address-pool', oldKey: `${OLD_PREFIX}address-pool` }
export const ALLOW_SHARED_IP: Name = {
  key: 'metallb.io/allow-shared-ip',
  oldKey: `${OLD_PREFIX}allow-shared-ip`,
}

/** Written by the controller: the pool that the addresses of the status are from. */
export const POOL_ANNOTATION = 'metallb.io/ip-allocated-from-pool'

export function annotationOf({ annotations }: Service, { key, oldKey }: Name): string | undefined {
  if (Object.hasOwn(annotations, key)) return annotations[key]
  return Object.hasOwn(annotations, oldKey) ? annotations[oldKey] : undefined
}

/** The annotation that is ours to write, as it stands. */
export const writtenPool = ({ annotations }: Service): string | undefined =>
  Object.hasOwn(annotations, POOL_ANNOTATION) ? annotations[POOL_ANNOTATION] : undefined

export const deprecatedOnes = ({ annotations }: Service): readonly string[] =>
  Object.keys(annotations).filter((key) => key.startsWith(OLD_PREFIX))
