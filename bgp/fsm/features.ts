import { capabilityName } from '../wire/index.ts'

/**
 * The optional features an OPEN can offer, each a capability (RFC 5492) that can be left out on its own: routers have
 * been seen to reset over every one of them.
 */
export const CAPABILITY_CODE = {
  /** RFC 4760 */
  multiprotocol: 1,
  /** RFC 2918 */
  routeRefresh: 2,
  /** RFC 8950 */
  extendedNextHop: 5,
  /** RFC 8654 */
  extendedMessages: 6,
  /** RFC 4724 */
  gracefulRestart: 64,
  /** RFC 6793 */
  as4: 65,
  /** RFC 7911 */
  addPath: 69,
  /** RFC 7313 */
  enhancedRefresh: 70,
  /** draft-walton-bgp-hostname-capability */
  fqdn: 73,
  /** draft-abraitis-bgp-version-capability */
  softwareVersion: 75,
} as const

export type Feature = keyof typeof CAPABILITY_CODE
export type FeatureSet = ReadonlySet<Feature>

export const FEATURES = Object.keys(CAPABILITY_CODE) as readonly Feature[]

export function featureOfCode(code: number): Feature | undefined {
  return FEATURES.find((feature) => CAPABILITY_CODE[feature] === code)
}

/** As people know it. */
export function featureName(feature: Feature): string {
  return capabilityName(CAPABILITY_CODE[feature])
}

export function without(features: FeatureSet, removed: FeatureSet): FeatureSet {
  return new Set([...features].filter((feature) => !removed.has(feature)))
}

export function common(a: FeatureSet, b: FeatureSet): FeatureSet {
  return new Set([...a].filter((feature) => b.has(feature)))
}

export function together(a: FeatureSet, b: FeatureSet): FeatureSet {
  return new Set([...a, ...b])
}
