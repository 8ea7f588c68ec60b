import { capabilityName, encodeCapability, isMalformed } from './capabilities.ts'
import type { Capability } from './capability.ts'
import { ErrorCode, OpenError } from './error-codes.ts'
import { ProtocolError } from './errors.ts'
import { unicast } from './family.ts'
import type { OpenMessage } from './open.ts'
import { AS_TRANS, type Asn, type Family } from './types.ts'

/**
 * What an OPEN must say to be acceptable (RFC 4271 section 6.2 and its updates). Some rules hold for any OPEN; those
 * that depend on configuration are judged where the expectation is given.
 */

export interface OpenExpectations {
  /** The peer's AS, as configured. */
  readonly asn?: Asn
  /** Our own AS and identifier; together they tell an internal peer with our identifier. */
  readonly localAsn?: Asn
  readonly localRouterId?: string
  /** Seconds; an OPEN with hold time 0 is refused unless this is 0. */
  readonly minHoldTime?: number
  /** The families we offer: with none in common the session would be of no use. */
  readonly families?: Iterable<Family>
}

const LEAST_HOLD_TIME = 3
const UNSPECIFIED = '0.0.0.0'

/** Throws ProtocolError 2/2, 2/3, 2/6, 2/7 or 2/11. */
export function validateOpen(open: OpenMessage, expected: OpenExpectations = {}): void {
  validateAs(open, expected.asn)
  validateIdentifier(open, expected)
  validateHoldTime(open, expected.minHoldTime ?? 0)
  validateRoles(open)
  if (expected.families !== undefined) validateFamilies(open, [...expected.families])
}

function validateAs(open: OpenMessage, expected: Asn | undefined): void {
  const { badPeerAs } = OpenError
  const numbers = [open.myAs, ...open.capabilities.flatMap((capability) => as4Of(capability) ?? [])]
  if (numbers.includes(0)) throw refused(badPeerAs, 'AS 0 is not allowed (RFC 7607 section 2)')
  if (expected === undefined || open.asn === expected) return
  throw refused(badPeerAs, `the peer is AS ${open.asn}, not AS ${expected} (RFC 4271 section 6.2)`)
}

function as4Of(capability: Capability): Asn | undefined {
  return capability.type === 'as4' ? capability.asn : undefined
}

/** RFC 6286 section 2.2: identifiers are unique within an AS only. */
function validateIdentifier(
  { routerId, asn }: OpenMessage,
  { localAsn, localRouterId }: OpenExpectations,
): void {
  const { badIdentifier } = OpenError
  if (routerId === UNSPECIFIED)
    throw refused(badIdentifier, 'identifier 0 is not allowed (RFC 6286 section 2.1)')
  if (asn !== localAsn || routerId !== localRouterId) return
  throw refused(badIdentifier, `the internal peer has our identifier ${routerId} (RFC 6286 section 2.2)`)
}

function validateHoldTime({ holdTime }: OpenMessage, least: number): void {
  const tooShort = holdTime === 0 ? least > 0 : holdTime < Math.max(least, LEAST_HOLD_TIME)
  if (!tooShort) return
  const reason = `hold time ${holdTime} is not acceptable (RFC 4271 section 6.2)`
  throw refused(OpenError.unacceptableHoldTime, reason)
}

/** RFC 9234 section 4.2. We have no role, so any one is right; but nobody has two. */
function validateRoles({ capabilities }: OpenMessage): void {
  const roles = new Set(
    capabilities.flatMap((capability) => (capability.type === 'role' ? capability.role : [])),
  )
  if (roles.size < 2) return
  throw refused(
    OpenError.roleMismatch,
    `roles ${[...roles].join(' and ')} contradict each other (RFC 9234 section 4.2)`,
  )
}

/** The families an OPEN asks for; IPv4 unicast where it names none at all (RFC 4760 section 8, RFC 4271). */
export function openFamilies({ capabilities }: OpenMessage): ReadonlySet<Family> {
  const named = capabilities.filter((capability) => capability.type === 'multiprotocol')
  if (named.length === 0) return new Set(['ipv4'])
  return new Set(named.flatMap(({ family }) => family ?? []))
}

/** RFC 5492 section 5: the data is what the peer would have to offer. */
function validateFamilies(open: OpenMessage, ours: readonly Family[]): void {
  const theirs = openFamilies(open)
  if (ours.some((family) => theirs.has(family))) return
  const wanted = ours.flatMap((family) => [
    ...encodeCapability({ type: 'multiprotocol', ...unicast(family) }),
  ])
  const reason = `the peer offers none of ${ours.join(', ')} (RFC 5492 section 3)`
  throw refused(OpenError.unsupportedCapability, reason, Uint8Array.from(wanted))
}

function refused(subcode: number, reason: string, data?: Uint8Array): ProtocolError {
  return new ProtocolError(ErrorCode.open, subcode, reason, data)
}

/** What is odd about an OPEN that is accepted all the same. */
export function* openRemarks({ myAs, asn, capabilities }: OpenMessage): Iterable<string> {
  if (myAs !== asn && myAs !== AS_TRANS) {
    yield `My Autonomous System is ${myAs} but the 4-octet AS is ${asn}: the latter counts (RFC 6793 section 4.1)`
  }
  for (const capability of capabilities) {
    if (capability.type !== 'unknown' || !isMalformed(capability)) continue
    yield `capability ${capability.code} (${capabilityName(capability.code)}) is malformed and ignored (RFC 5492 section 3)`
  }
}
