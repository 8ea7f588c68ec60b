import { Cease, ErrorCode, type Notification } from '../wire/index.ts'

/**
 * IdleHold: how long a peer is left alone after its session failed (RFC 4271 section 8.1.1, DampPeerOscillations).
 *
 * The first pause is short, because most failures are a router that restarts and seconds count then. It doubles with
 * each failure that follows, so a peer that rejects us for ever is asked ever more rarely, and it is forgotten once a
 * session has stood for STABLE_MS. How it starts and where it stops depends on what went wrong.
 */

export interface BackOff {
  /** Failures since the last stable session. */
  readonly failures: number
  readonly kind: FailureKind
}

/**
 * - `quick`: the transport or the session broke
 * - `open`: an OPEN was refused, by either side: configuration that people have to mend
 * - `closed`: the peer was shut down by its operator
 * - `full`: a limit was reached: too many prefixes, rejected, out of resources (RFC 4486 section 4)
 */
export type FailureKind = 'quick' | 'open' | 'closed' | 'full'

/** What ended a connection, as far as the next attempt depends on it. */
export type Cause =
  /** We found something wrong and said so. */
  | { readonly by: 'us'; readonly notification: Notification; readonly reason: string }
  | { readonly by: 'peer'; readonly notification: Notification }
  | { readonly by: 'transport'; readonly error?: string }
  /** We shut the session down; there is no next attempt. */
  | { readonly by: 'operator'; readonly notification: Notification }
  /** A duplicate connection was dropped; the other one carries on. */
  | { readonly by: 'collision' }

/** A session that stood this long wipes out the failures before it. */
export const STABLE_MS = 60_000

const PAUSES: Record<FailureKind, { readonly first: number; readonly longest: number }> = {
  quick: { first: 1_000, longest: 120_000 },
  open: { first: 2_000, longest: 300_000 },
  closed: { first: 5_000, longest: 120_000 },
  full: { first: 30_000, longest: 300_000 },
}

export const NO_BACK_OFF: BackOff = { failures: 0, kind: 'quick' }

export function afterFailure(before: BackOff, cause: Cause): BackOff {
  return { failures: before.failures + 1, kind: kindOf(cause) }
}

/** The pause before the next attempt, to be jittered. */
export function idleHoldMs({ failures, kind }: BackOff): number {
  const { first, longest } = PAUSES[kind]
  return Math.min(first * 2 ** Math.min(Math.max(failures - 1, 0), 20), longest)
}

function kindOf(cause: Cause): FailureKind {
  if (cause.by !== 'us' && cause.by !== 'peer') return 'quick'
  const { code, subcode } = cause.notification
  if (code === ErrorCode.open) return 'open'
  if (code !== ErrorCode.cease) return 'quick'
  switch (subcode) {
    case Cease.maximumPrefixes:
    case Cease.connectionRejected:
    case Cease.outOfResources:
      return 'full'
    case Cease.administrativeShutdown:
    case Cease.peerDeconfigured:
      return 'closed'
    default:
      return 'quick'
  }
}
