import type { Asn, Capability, Family, OpenParams } from '../wire/index.ts'
import { common, FEATURES, type FeatureSet, without } from './features.ts'

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
  return new Set(FEATURES.filter((feature) => offer.features.has(feature) && hasContent[feature](offer)))
}

/** What cannot be left out: a session for IPv6 alone exists only by the multiprotocol capability. */
export function requiredFeatures(offer: Offer): FeatureSet {
  return new Set(offer.families.includes('ipv4') ? [] : ['multiprotocol'])
}

const always = () => true

const hasContent: Record<(typeof FEATURES)[number], (offer: Offer) => boolean> = {
  multiprotocol: always,
  routeRefresh: always,
  extendedNextHop: (offer) => offer.families.includes('ipv4'),
  extendedMessages: always,
  gracefulRestart: always,
  as4: always,
  addPath: (offer) => offer.families.some((family) => offer.addPath[family] !== undefined),
  enhancedRefresh: always,
  fqdn: (offer) => offer.hostname !== undefined,
  softwareVersion: (offer) => offer.softwareVersion !== undefined,
}

/** The offer without what the peer refused. Without multiprotocol it is IPv4 unicast, as of old (RFC 4760). */
export function reduced(offer: Offer, refused: FeatureSet): Offer {
  const features = without(offer.features, refused)
  return { ...offer, features, families: features.has('multiprotocol') ? offer.families : ['ipv4'] }
}
