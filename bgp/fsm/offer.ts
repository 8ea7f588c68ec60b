import { AFI, type Asn, type Capability, type Family, type OpenParams, unicast } from '../wire/index.ts'
import { FEATURES, type Feature, type FeatureSet, without } from './features.ts'

/**
 * What our OPEN says to one peer, as configured, and what is left of it once the peer has refused parts.
 */
export interface Offer {
  readonly asn: Asn
  readonly routerId: string
  /** Seconds; 0: no hold timer. */
  readonly holdTime: number
  readonly keepaliveTime?: number
  readonly families: readonly Family[]
  /** Capabilities that may be offered. One that has nothing to say (no add-path family, no host name) is left out. */
  readonly features: FeatureSet
  readonly addPath: Readonly<Partial<Record<Family, AddPathMode>>>
  readonly gracefulRestart: GracefulRestartOffer
  readonly hostname?: string
  readonly domain?: string
  readonly softwareVersion?: string
}

/** RFC 7911 section 4, from our side: what we are able to do. */
export type AddPathMode = 'receive' | 'send' | 'both'

/** RFC 4724 section 3. Without families it only says that we send and understand End-of-RIB. */
export interface GracefulRestartOffer {
  /** Seconds, 0..4095. */
  readonly restartTime: number
  /** The R bit: we come back from a restart. */
  readonly restarting: boolean
  /** Families whose forwarding outlives us (F bit set). */
  readonly families: readonly Family[]
}

/** The features this offer really makes use of. */
export function offeredFeatures(offer: Offer): FeatureSet {
  return new Set(FEATURES.filter((feature) => capabilitiesFor(feature, offer).length > 0))
}

/** What cannot be left out: a session for IPv6 alone exists only by the multiprotocol capability. */
export function requiredFeatures(offer: Offer): FeatureSet {
  return new Set(offer.families.includes('ipv4') ? [] : ['multiprotocol'])
}

/** The offer without what the peer refused. Without multiprotocol it is IPv4 unicast, as of old (RFC 4760). */
export function reduced(offer: Offer, refused: FeatureSet): Offer {
  const features = without(offer.features, refused)
  return { ...offer, features, families: features.has('multiprotocol') ? offer.families : ['ipv4'] }
}

/** Our OPEN (RFC 4271 section 4.2), capabilities by ascending code. */
export function openParams(offer: Offer): OpenParams {
  const { asn, holdTime, routerId } = offer
  return {
    asn,
    holdTime,
    routerId,
    capabilities: FEATURES.flatMap((feature) => capabilitiesFor(feature, offer)),
  }
}

function capabilitiesFor(feature: Feature, offer: Offer): readonly Capability[] {
  return offer.features.has(feature) ? CONTENT[feature](offer) : []
}

/** What a feature says in this OPEN; nothing, if it has nothing to say. */
const CONTENT: Readonly<Record<Feature, (offer: Offer) => readonly Capability[]>> = {
  multiprotocol: ({ families }) => families.map((family) => ({ type: 'multiprotocol', ...unicast(family) })),
  routeRefresh: () => [{ type: 'routeRefresh' }],
  /** Only IPv4 routes can have another family's next hop (RFC 8950 section 4). */
  extendedNextHop: ({ families }) =>
    families.includes('ipv4')
      ? [{ type: 'extendedNextHop', families: [{ ...unicast('ipv4'), nextHopAfi: AFI.ipv6 }] }]
      : [],
  extendedMessages: () => [{ type: 'extendedMessages' }],
  gracefulRestart: ({ gracefulRestart: { restarting, restartTime, families } }) => [
    {
      type: 'gracefulRestart',
      restarting,
      notification: false,
      restartTime,
      families: families.map((family) => ({ ...unicast(family), forwarding: true })),
    },
  ],
  /** RFC 6793 section 4.1: it carries our AS, whatever its size. */
  as4: ({ asn }) => [{ type: 'as4', asn }],
  addPath: ({ families, addPath }) => {
    const modes = families.flatMap((family) => {
      const direction = addPath[family]
      return direction === undefined ? [] : [{ ...unicast(family), direction }]
    })
    return modes.length === 0 ? [] : [{ type: 'addPath', families: modes }]
  },
  enhancedRefresh: () => [{ type: 'enhancedRefresh' }],
  fqdn: ({ hostname, domain = '' }) => (hostname === undefined ? [] : [{ type: 'fqdn', hostname, domain }]),
  softwareVersion: ({ softwareVersion: version }) =>
    version === undefined ? [] : [{ type: 'softwareVersion', version }],
}
