/** coordination.k8s.io/v1 Lease as the API server has it, and as election reads it. Pure. */
import { LEASE_MS, type LeaseRecord } from './lease.ts'

export interface RawLease {
  readonly metadata?: { readonly resourceVersion?: string }
  readonly spec?: {
    readonly holderIdentity?: string | null
    readonly leaseDurationSeconds?: number | null
    readonly leaseTransitions?: number | null
    readonly acquireTime?: string | null
  } | null
}

/** A Lease that claims more would keep everybody from working for as long. */
const LONGEST_MS = 60_000

/** Anybody may have written it: what is missing or absurd is taken for what oyez would have written. */
export function readLease({ metadata, spec }: RawLease): LeaseRecord {
  const seconds = spec?.leaseDurationSeconds
  return {
    holder: spec?.holderIdentity ?? '',
    durationMs: typeof seconds === 'number' && seconds > 0 ? Math.min(seconds * 1_000, LONGEST_MS) : LEASE_MS,
    transitions: spec?.leaseTransitions ?? 0,
    ...(spec?.acquireTime && { acquireTime: spec.acquireTime }),
    resourceVersion: metadata?.resourceVersion ?? '',
  }
}

export interface LeaseWish {
  readonly namespace: string
  readonly name: string
  readonly holder: string
  readonly transitions: number
  /** The first moment of this holder; absent: now. */
  readonly acquireTime?: string
  readonly now: Date
  /** Absent: it must not exist yet. */
  readonly resourceVersion?: string
}

/** A released one is worth a second only, as client-go has it. */
export function leaseBody({
  namespace,
  name,
  holder,
  transitions,
  acquireTime,
  now,
  resourceVersion,
}: LeaseWish) {
  const moment = microTime(now)
  return {
    apiVersion: 'coordination.k8s.io/v1',
    kind: 'Lease',
    metadata: { namespace, name, ...(resourceVersion !== undefined && { resourceVersion }) },
    spec: {
      holderIdentity: holder,
      leaseDurationSeconds: holder === '' ? 1 : LEASE_MS / 1_000,
      acquireTime: acquireTime ?? moment,
      renewTime: moment,
      leaseTransitions: transitions,
    },
  }
}

/** metav1.MicroTime. */
const microTime = (moment: Date): string => moment.toISOString().replace(/Z$/, '000Z')
