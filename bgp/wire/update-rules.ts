import { parseAddress } from './address.ts'
import { isConfederation } from './as-path.ts'
import {
  attributeName,
  type Draft,
  MP_REACH,
  MP_UNREACH,
  type UpdateAction,
  type UpdateFault,
} from './attributes/index.ts'
import type { NlriList } from './nlri.ts'
import { DEFAULT_LOCAL_PREF, type SessionContext } from './types.ts'
import { updateError } from './update-error.ts'

/**
 * What is wrong with an UPDATE although each of its attributes reads well: what is missing, what contradicts the
 * session, what no route can be used with. Rules that need the speaker's own AS or configuration (AS loops, first
 * AS, own address as next hop) are policy and not judged here.
 */

const ORIGIN = 1
const AS_PATH = 2
const NEXT_HOP = 3
const LOCAL_PREF = 5
const AS4_PATH = 17

/** The faults of the whole message. Throws ProtocolError where RFC 7606 section 5.2 ends the session. */
export function judgeUpdate(draft: Draft, nlri: NlriList, ctx: SessionContext): UpdateFault[] {
  const reachable = nlri.count > 0 || draft.reachOctets > 0
  const faults = [
    ...pathFaults(draft, ctx),
    ...(reachable ? missingFaults(draft, nlri, ctx) : []),
    ...nextHopFaults(draft, nlri),
    ...familyFaults(nlri, ctx),
  ]
  if (!reachable) requireRoutes(draft, [...draft.faults, ...faults])
  return faults
}

/**
 * RFC 7606 section 5.2: attributes without a reachable prefix are odd in themselves, so once one of them calls for
 * more than its own discard, it is likely that the prefixes were misread: nothing is there to be withdrawn.
 */
function requireRoutes(draft: Draft, faults: readonly UpdateFault[]): void {
  const onlyUnreach = !draft.cutShort && [...draft.seen].every((type) => type === MP_UNREACH)
  const worst = faults.find(({ action }) => action === 'treat-as-withdraw')
  if (onlyUnreach || worst === undefined) return
  const reason = `${worst.reason}; and the message has no reachable prefix (RFC 7606 section 5.2)`
  throw updateError('malformedAttributeList', reason)
}

function* pathFaults({ attributes }: Draft, ctx: SessionContext): Iterable<UpdateFault> {
  const { asPath = [], as4Path = [] } = attributes
  if (asPath.some(({ asns }) => asns.includes(0))) {
    yield withdraw(AS_PATH, 'it holds AS 0 (RFC 7607 section 2)')
  }
  if (ctx.ebgp && asPath.some(({ type }) => isConfederation(type))) {
    yield withdraw(AS_PATH, 'it holds a confederation segment from an external peer (RFC 5065 section 5)')
  }
  for (const [type, path] of [
    [AS_PATH, asPath],
    [AS4_PATH, as4Path],
  ] as const) {
    if (path.some((segment) => segment.type === 'set' || segment.type === 'confed-set')) {
      yield withdraw(type, 'it holds an AS_SET (RFC 9774 section 3)')
    }
  }
}

/** RFC 7606 section 3d. NEXT_HOP belongs to the body's prefixes only (RFC 4760 section 3). */
function* missingFaults({ seen }: Draft, nlri: NlriList, ctx: SessionContext): Iterable<UpdateFault> {
  const mandatory = [ORIGIN, AS_PATH, ...(nlri.count > 0 ? [NEXT_HOP] : [])]
  for (const type of mandatory) {
    if (!seen.has(type)) yield withdraw(type, 'it is missing (RFC 7606 section 3d)')
  }
  // RFC 4271 section 5.1.5 wants it from internal peers; none is worse than the default everyone takes instead.
  if (!ctx.ebgp && !seen.has(LOCAL_PREF)) {
    const reason = `it is missing from an internal peer and taken as ${DEFAULT_LOCAL_PREF} (RFC 4271 section 5.1.5)`
    yield remark(LOCAL_PREF, reason)
  }
}

/** RFC 4271 section 6.3: a next hop that cannot be one excludes the routes; neither session nor message suffers. */
function* nextHopFaults({ attributes, reach }: Draft, nlri: NlriList): Iterable<UpdateFault> {
  if (nlri.count > 0 && attributes.nextHop !== undefined && !isUsable(attributes.nextHop)) {
    yield { ...remark(NEXT_HOP, unusable(attributes.nextHop)), excludes: 'nlri' }
  }
  if (reach !== undefined && reach.nlri.count > 0 && !isUsable(reach.nextHop)) {
    yield { ...remark(MP_REACH, unusable(reach.nextHop)), excludes: 'reach' }
  }
}

/** Prefixes in the body are IPv4 unicast, whether or not that family was agreed upon (RFC 4760 section 8). */
function* familyFaults(nlri: NlriList, ctx: SessionContext): Iterable<UpdateFault> {
  if (nlri.count === 0 || ctx.families.has('ipv4')) return
  const reason = 'ipv4 unicast was not negotiated: its routes are ignored (RFC 4760 section 8)'
  yield { action: 'accept', reason, excludes: 'nlri' }
}

function unusable(nextHop: string): string {
  return `${nextHop} cannot be a next hop, so its routes are not used (RFC 4271 section 6.3)`
}

function isUsable(nextHop: string): boolean {
  const octets = parseAddress(nextHop) ?? new Uint8Array(0)
  const [first = 0] = octets
  if (octets.length === 4) return first !== 0 && first !== 127 && first < 224
  const low = octets.subarray(0, 15).every((octet) => octet === 0) && (octets[15] ?? 0) <= 1
  return first !== 0xff && !low
}

function withdraw(type: number, reason: string): UpdateFault {
  return fault('treat-as-withdraw', type, reason)
}

function remark(type: number, reason: string): UpdateFault {
  return fault('accept', type, reason)
}

function fault(action: UpdateAction, attribute: number, reason: string): UpdateFault {
  return { action, attribute, reason: `${attributeName(attribute)}: ${reason}` }
}
