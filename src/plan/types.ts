import type { Announcement } from '../../peers/index.ts'
import type { Service } from '../cluster/index.ts'

/**
 * Why a decision came out as it did. Codes are stable and go unchanged to log, Event, API and `explain`.
 */
export const ReasonCode = {
  // announced
  announced: 'Announced',
  // the service itself
  notLoadBalancer: 'NotLoadBalancer',
  otherLoadBalancerClass: 'OtherLoadBalancerClass',
  noAddress: 'NoAddress',
  invalidAddress: 'InvalidAddress',
  addressInNoPool: 'AddressInNoPool',
  addressesInSeveralPools: 'AddressesInSeveralPools',
  // advertisements
  noAdvertisement: 'NoAdvertisement',
  nodeNotSelected: 'NodeNotSelected',
  serviceNotSelected: 'ServiceNotSelected',
  conflictingAdvertisements: 'ConflictingAdvertisements',
  // this node
  nodeUnknown: 'NodeUnknown',
  nodeNetworkUnavailable: 'NodeNetworkUnavailable',
  nodeExcluded: 'NodeExcludedFromLoadBalancers',
  // endpoints
  noEndpoints: 'NoEndpoints',
  noLocalEndpoints: 'NoLocalEndpoints',
  // towards one peer
  peerNotSelected: 'PeerNotSelected',
  peerNodeNotSelected: 'PeerNodeNotSelected',
  noPeers: 'NoPeers',
  familyNotOnSession: 'FamilyNotOnSession',
  noNextHop: 'NoNextHop',
} as const
export type ReasonCode = (typeof ReasonCode)[keyof typeof ReasonCode]

/** One step of the ordered trace: a rule, whether it let the service through, and a sentence with the facts. */
export interface TraceStep {
  /** What was asked, e.g. `service type`. */
  readonly rule: string
  readonly ok: boolean
  /** Why not; absent when the step passed. */
  readonly code?: ReasonCode
  /** The facts in a sentence, e.g. `2 of 3 endpoints are usable, none on node1`. */
  readonly message: string
  /** An earlier rule had decided already: this one was looked at so that `explain` shows all that is wrong at once. */
  readonly late?: true
}

/** What one node should do for one service, and why. */
export interface ServicePlan {
  readonly service: Service
  /** The pool that holds its addresses. */
  readonly pool?: string
  readonly announce: boolean
  /** `Announced`, or the first rule that stopped it. */
  readonly code: ReasonCode
  /** The sentence of the deciding step. */
  readonly message: string
  readonly trace: readonly TraceStep[]
  /** Empty unless `announce`. */
  readonly announcements: readonly Announcement[]
}
