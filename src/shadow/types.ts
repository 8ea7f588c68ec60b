/** What `oyez shadow` finds: one row for each thing that oyez would do differently from the MetalLB beside it. */

import type { Diagnostic, ObjectKey } from '../cluster/index.ts'
import type { AllocationCode } from '../ipam/index.ts'
import type { ReasonCode } from '../plan/index.ts'

/** One ServiceBGPStatus of MetalLB: what one of its speakers means to announce. */
export interface MetallbAnnouncement {
  readonly service: ObjectKey
  readonly node: string
  /** BGPPeer names, sorted. */
  readonly peers: readonly string[]
}

export interface AllocationDifference {
  readonly service: ObjectKey
  /** What the Service has now. */
  readonly metallb: readonly string[]
  /** What it would have after the switch. */
  readonly oyez: readonly string[]
  readonly code: AllocationCode
  readonly message: string
}

export interface AnnouncementDifference {
  readonly service: ObjectKey
  readonly node: string
  /** BGPPeer names; empty: not announced. */
  readonly metallb: readonly string[]
  readonly oyez: readonly string[]
  readonly code: ReasonCode | 'Announced' | 'NoSuchService'
  readonly message: string
}

export interface ShadowReport {
  readonly nodes: readonly string[]
  /** Services of type LoadBalancer. */
  readonly services: number
  readonly allocation: {
    readonly same: number
    readonly differences: readonly AllocationDifference[]
  }
  /** Absent when MetalLB says nothing of its announcements (no ServiceBGPStatus: before 0.15). */
  readonly announcement?: {
    /** Pairs of service and node that both announce to the same peers. */
    readonly same: number
    readonly differences: readonly AnnouncementDifference[]
  }
  /** Objects that oyez would not use, or would use with a word of warning. */
  readonly diagnostics: readonly Diagnostic[]
  /** What was not compared, in sentences. */
  readonly notes: readonly string[]
}
