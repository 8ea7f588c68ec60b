/**
 * What allocation decides and shows. Like every decision of oyez it comes with its reasons; codes are stable and go
 * unchanged to log, Event, API and `oyez plan`.
 */
import type { Family } from '../../bgp/wire/index.ts'
import type { ObjectKey, Service } from '../cluster/index.ts'

export const AllocationCode = {
  // the Service has what it should have
  kept: 'AddressKept',
  assigned: 'AddressAssigned',
  /** PreferDualStack: the second family was added to an address it had. */
  familyAdded: 'FamilyAdded',
  /** It has an address of a family it no longer is of: that one is given back, the other stays. */
  familyRemoved: 'FamilyRemoved',
  /** The address it had is no longer permitted; it got another one. */
  moved: 'AddressMoved',
  // it has nothing, and why
  notLoadBalancer: 'NotLoadBalancer',
  otherLoadBalancerClass: 'OtherLoadBalancerClass',
  noPools: 'NoPools',
  noClusterIP: 'NoClusterIP',
  notEnoughClusterIPs: 'NotEnoughClusterIPs',
  invalidRequest: 'InvalidRequest',
  familyMismatch: 'FamilyMismatch',
  unknownPool: 'UnknownPool',
  addressInNoPool: 'AddressInNoPool',
  /** A pool is asked for, too, and the address is of another one. */
  addressNotInPool: 'AddressNotInPool',
  addressesInSeveralPools: 'AddressesInSeveralPools',
  /** Ends in .0 or .255, in a pool with avoidBuggyIPs. */
  addressAvoided: 'AddressAvoided',
  poolNotForService: 'PoolNotForService',
  sharingRefused: 'SharingRefused',
  portInUse: 'PortInUse',
  poolExhausted: 'PoolExhausted',
  noFreeAddress: 'NoFreeAddress',
  // why an address it had is given up; only in traces
  otherAddressRequested: 'OtherAddressRequested',
  otherPoolRequested: 'OtherPoolRequested',
  familyNotWanted: 'FamilyNotWanted',
} as const
export type AllocationCode = (typeof AllocationCode)[keyof typeof AllocationCode]

/** One step of the ordered trace. */
export interface AllocationStep {
  /** What was asked, e.g. `pool edge`. */
  readonly rule: string
  readonly ok: boolean
  readonly code?: AllocationCode
  /** The facts in a sentence. */
  readonly message: string
}

/** To be told to users as Kubernetes Events on the Service; reasons are those of MetalLB (metallb.md 3.8). */
export interface AllocationEvent {
  readonly type: 'Normal' | 'Warning'
  readonly reason: string
  readonly message: string
}

/** What the status of one Service should be, and why. */
export interface Settlement {
  readonly service: Service
  /** What status.loadBalancer.ingress should hold, IPv4 first; empty: nothing. */
  readonly addresses: readonly string[]
  /** The pool they are from: annotation metallb.io/ip-allocated-from-pool. */
  readonly pool?: string
  /** The status or the annotation of the Service says otherwise: it has to be written. False for foreign Services. */
  readonly write: boolean
  readonly code: AllocationCode
  readonly message: string
  readonly trace: readonly AllocationStep[]
  readonly events: readonly AllocationEvent[]
}

export interface PoolUsage {
  readonly name: string
  readonly autoAssign: boolean
  /** The texts of spec.addresses. */
  readonly ranges: readonly string[]
  /** Distinct addresses in use: a shared one counts once. */
  readonly assigned: Readonly<Record<Family, number>>
  /** Never negative; capped at Number.MAX_SAFE_INTEGER. */
  readonly available: Readonly<Record<Family, number>>
  readonly total: Readonly<Record<Family, number>>
  /** Services that hold an address of the pool. */
  readonly services: number
}

export interface AllocationOptions {
  /** Only services of this loadBalancerClass; unset: only services without one. */
  readonly lbClass?: string
  /**
   * Manifests as users write them hold no clusterIPs: the API server gives them. True: a Service without them is taken
   * to be of the families that its ipFamilies and ipFamilyPolicy ask for. False (the default): it gets nothing.
   */
  readonly assumeClusterIPs?: boolean
}

/** One Service of a whole-cluster allocation, for `oyez plan` and `oyez shadow`. */
export interface AllocationReport {
  readonly key: ObjectKey
  readonly before: readonly string[]
  readonly after: readonly string[]
  readonly pool?: string
  readonly code: AllocationCode
  readonly message: string
}
