/**
 * One PATCH of services/status: address, annotation and condition together, so that nobody ever sees half of it, and
 * with the resourceVersion it was decided on, so that whoever decided on an older state is refused. Pure.
 */
import { ANNOUNCED_CONDITION, type AnnouncedCondition, type Service } from '../cluster/index.ts'
import { POOL_ANNOTATION } from '../ipam/index.ts'

/** What the status of a Service is to say of its addresses. */
export interface AddressWish {
  /** Empty: none. */
  readonly addresses: readonly string[]
  /** The pool they are from; absent: the annotation goes. */
  readonly pool?: string
}

export interface StatusWrite {
  readonly addresses?: AddressWish
  /** `none`: it goes. */
  readonly condition?: AnnouncedCondition | 'none'
}

/** A strategic merge patch. `now` dates a condition that turns. */
export function statusPatch(
  service: Service,
  { addresses, condition }: StatusWrite,
  resourceVersion: string,
  now: Date,
) {
  const annotations = addresses === undefined ? {} : { [POOL_ANNOTATION]: addresses.pool ?? null }
  return {
    metadata: { resourceVersion, ...(addresses !== undefined && { annotations }) },
    status: {
      ...(addresses !== undefined && { loadBalancer: { ingress: ingressOf(addresses.addresses) } }),
      ...(condition !== undefined && { conditions: [conditionPatch(service, condition, now)] }),
    },
  }
}

/** Null takes the list out. */
const ingressOf = (addresses: readonly string[]) =>
  addresses.length === 0 ? null : addresses.map((ip) => ({ ip }))

/** Merged by type; the date stays as it is while the status does. */
function conditionPatch(service: Service, condition: AnnouncedCondition | 'none', now: Date) {
  if (condition === 'none') return { $patch: 'delete', type: ANNOUNCED_CONDITION }
  const turns = service.announcedCondition?.status !== condition.status
  const lastTransitionTime = now.toISOString().replace(/\.\d+Z$/, 'Z')
  return { type: ANNOUNCED_CONDITION, ...condition, ...(turns && { lastTransitionTime }) }
}

/** The Service as it is once the write has been taken. */
export function afterWrite(service: Service, { addresses, condition }: StatusWrite): Service {
  const { announcedCondition, ...rest } = service
  const next = condition === undefined ? announcedCondition : condition === 'none' ? undefined : condition
  return {
    ...rest,
    ...(addresses !== undefined && {
      addresses: addresses.addresses,
      invalidAddresses: [],
      annotations: annotated(service.annotations, addresses.pool),
    }),
    ...(next !== undefined && { announcedCondition: next }),
  }
}

function annotated({ [POOL_ANNOTATION]: _, ...others }: Service['annotations'], pool: string | undefined) {
  return pool === undefined ? others : { ...others, [POOL_ANNOTATION]: pool }
}
