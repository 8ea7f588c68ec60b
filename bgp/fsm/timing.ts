/**
 * The clockwork of a session in numbers: milliseconds, as the FSM's actions carry them. Where `jitter` is asked for,
 * whoever runs the timer multiplies by a random factor of 0.75..1.0 (RFC 4271 section 10); the hold timers never are
 * jittered, since the peer counts on the value both OPENs agreed on.
 */

/** What a jittered timer is shortened to at most. */
export const LEAST_JITTER = 0.75

/** A hold timer for the time before the peer's OPEN names one (RFC 4271 section 8.2.2 suggests 4 minutes). */
export const LARGE_HOLD_MS = 240_000

const LEAST_SEND_HOLD_MS = 480_000

/** ConnectRetryTime unless configured (RFC 4271 section 10); the ceiling of the attempts' spacing, not its start. */
export const CONNECT_RETRY_SECONDS = 120

const FIRST_CONNECT_RETRY_MS = 2_000

/**
 * How long one attempt may take, and the pause after a failed one: short at first, since most routers that refuse
 * are just restarting, then doubling up to the configured time.
 */
export function connectRetryMs(failures: number, ceilingSeconds: number): number {
  return Math.min(FIRST_CONNECT_RETRY_MS * 2 ** Math.min(failures, 20), ceilingSeconds * 1000)
}

/** The smaller of the two offers; 0 on either side turns the timers off (RFC 4271 section 4.2). */
export function agreedHoldTime(ours: number, theirs: number): number {
  return Math.min(ours, theirs)
}

/**
 * KEEPALIVEs at a third of the hold time (RFC 4271 section 4.4), sooner if configured, at most one per second; none
 * when the hold time is 0.
 */
export function agreedKeepaliveTime(holdTime: number, configured: number | undefined): number {
  if (holdTime === 0) return 0
  const third = holdTime / 3
  return Math.max(1, configured === undefined ? third : Math.min(third, configured))
}

/** RFC 9687 section 6: the larger of 8 minutes and twice the negotiated hold time. */
export function sendHoldMs(holdTime: number): number {
  return Math.max(LEAST_SEND_HOLD_MS, 2 * holdTime * 1000)
}
