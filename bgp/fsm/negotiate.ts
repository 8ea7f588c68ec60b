import {
  AFI,
  type Asn,
  type Capability,
  capabilityCode,
  capabilityName,
  type Family,
  type GracefulRestart,
  type OpenMessage,
  openFamilies,
  type SessionContext,
  validateOpen,
} from '../wire/index.ts'
import type { Identity } from './collision.ts'
import { FEATURES, type Feature } from './features.ts'
import { type AddPathMode, type Offer, offeredFeatures } from './offer.ts'
import { agreedHoldTime, agreedKeepaliveTime } from './timing.ts'

/** What our OPEN and theirs come to (RFC 4271 section 6.2, RFC 5492): the terms of a session, or why there is none. */

export interface Negotiated {
  /** Who the peer says it is. */
  readonly remote: Identity
  /** Seconds; 0: no hold timer and no KEEPALIVEs. */
  readonly holdTime: number
  readonly keepaliveTime: number
  readonly families: ReadonlySet<Family>
  readonly as4: boolean
  readonly extendedMessages: boolean
  readonly routeRefresh: boolean
  readonly enhancedRefresh: boolean
  /** IPv4 routes may have IPv6 next hops (RFC 8950). */
  readonly extendedNextHop: boolean
  /** The peer's, if both offered it. */
  readonly gracefulRestart?: GracefulRestart
  /** Families with path identifiers, by direction as seen from us (RFC 7911). */
  readonly addPath: { readonly send: ReadonlySet<Family>; readonly receive: ReadonlySet<Family> }
  /** Names of the capabilities in the peer's OPEN. */
  readonly received: readonly string[]
}

/** The terms our offer and the peer's OPEN come to. Throws ProtocolError 2/x where there can be no session. */
export function negotiate(offer: Offer, remoteAsn: Asn, open: OpenMessage): Negotiated {
  const { families, asn, routerId } = offer
  validateOpen(open, { asn: remoteAsn, localAsn: asn, localRouterId: routerId, families })
  return agree(offer, open)
}

/** The context to decode what the peer sends, or to encode what it gets. */
export function sessionContext(
  negotiated: Negotiated,
  ebgp: boolean,
  direction: 'send' | 'receive',
): SessionContext {
  const { as4, extendedMessages, families, addPath } = negotiated
  return { as4, ebgp, extendedMessages, families, addPath: addPath[direction] }
}

/** Names of what both sides agreed on. */
export function negotiatedFeatures(negotiated: Negotiated): readonly Feature[] {
  const { addPath, families, gracefulRestart } = negotiated
  return FEATURES.filter((feature) => {
    switch (feature) {
      case 'multiprotocol':
        return families.size > 0
      case 'gracefulRestart':
        return gracefulRestart !== undefined
      case 'addPath':
        return addPath.send.size + addPath.receive.size > 0
      case 'fqdn':
      case 'softwareVersion':
        return false
      default:
        return negotiated[feature]
    }
  })
}

function agree(offer: Offer, open: OpenMessage): Negotiated {
  const ours = offeredFeatures(offer)
  const theirs = open.capabilities
  const both = (feature: Feature) => ours.has(feature) && find(theirs, feature) !== undefined
  const gracefulRestart = both('gracefulRestart') ? find(theirs, 'gracefulRestart') : undefined
  const remoteFamilies = openFamilies(open)
  const families = new Set(offer.families.filter((family) => remoteFamilies.has(family)))
  const holdTime = agreedHoldTime(offer.holdTime, open.holdTime)
  return {
    remote: { asn: open.asn, routerId: open.routerId },
    holdTime,
    keepaliveTime: agreedKeepaliveTime(holdTime, offer.keepaliveTime),
    families,
    as4: both('as4'),
    extendedMessages: both('extendedMessages'),
    routeRefresh: both('routeRefresh'),
    enhancedRefresh: both('enhancedRefresh'),
    extendedNextHop: families.has('ipv4') && ours.has('extendedNextHop') && takesIpv6NextHops(theirs),
    ...(gracefulRestart && { gracefulRestart }),
    addPath: addPathOf(offer, ours.has('addPath'), theirs, families),
    received: [...new Set(theirs.map((capability) => capabilityName(capabilityCode(capability))))],
  }
}

function takesIpv6NextHops(theirs: readonly Capability[]): boolean {
  const tuples = all(theirs, 'extendedNextHop').flatMap(({ families }) => families)
  return tuples.some(({ family, nextHopAfi }) => family === 'ipv4' && nextHopAfi === AFI.ipv6)
}

/** We may send where we can and they receive, and the other way round. */
function addPathOf(
  offer: Offer,
  offered: boolean,
  theirs: readonly Capability[],
  families: ReadonlySet<Family>,
): Negotiated['addPath'] {
  const tuples = offered ? all(theirs, 'addPath').flatMap((capability) => capability.families) : []
  const agreed = (our: AddPathMode, their: AddPathMode) =>
    new Set(
      [...families].filter((family) => {
        const direction = tuples.findLast((tuple) => tuple.family === family)?.direction
        return can(offer.addPath[family], our) && can(direction, their)
      }),
    )
  return { send: agreed('send', 'receive'), receive: agreed('receive', 'send') }
}

function can(mode: string | undefined, wanted: AddPathMode): boolean {
  return mode === wanted || mode === 'both'
}

type CapabilityOf<T extends Capability['type']> = Extract<Capability, { readonly type: T }>

function all<T extends Capability['type']>(capabilities: readonly Capability[], type: T): CapabilityOf<T>[] {
  return capabilities.filter((capability): capability is CapabilityOf<T> => capability.type === type)
}

function find<T extends Capability['type']>(
  capabilities: readonly Capability[],
  type: T,
): CapabilityOf<T> | undefined {
  return all(capabilities, type)[0]
}
