import { ErrorCode, type Notification, OpenError } from '../wire/index.ts'
import { common, type Feature, type FeatureSet, featureOfCode, together, without } from './features.ts'

/**
 * What to leave out of the next OPEN when a peer refuses ours (RFC 5492 section 3: a speaker answered with
 * NOTIFICATION 2/4 should try again without the Capabilities parameter; 2/7 names capabilities).
 *
 * If the refusal names some of what we offered, those go. If it names nothing, or everything, we go down a ladder of
 * ever fewer capabilities, those that routers have been seen to stumble over first. When even the bare OPEN is
 * refused it was not about capabilities, and the whole offer is made again.
 */

/** Features left out until further notice. */
export type Fallback = FeatureSet

export const NO_FALLBACK: Fallback = new Set()

const LADDER: readonly (readonly Feature[])[] = [
  ['fqdn', 'softwareVersion'],
  ['addPath', 'extendedMessages', 'extendedNextHop', 'enhancedRefresh', 'gracefulRestart'],
  ['routeRefresh'],
  ['as4', 'multiprotocol'],
]

const CAPABILITIES_PARAMETER = 2

/**
 * @param offered of the whole offer, before any fallback
 * @param required of these, what we cannot do without
 */
export function afterRefusal(
  before: Fallback,
  { offered, required }: { readonly offered: FeatureSet; readonly required: FeatureSet },
  { code, subcode, data }: Notification,
): Fallback {
  if (code !== ErrorCode.open) return before
  if (subcode !== OpenError.unsupportedParameter && subcode !== OpenError.unsupportedCapability) return before
  const current = without(offered, before)
  const named = namedFeatures(data)
  const refused = common(named, current)
  const droppable = without(current, required)
  if (refused.size > 0 && refused.size < current.size)
    return dropOr(before, common(refused, droppable), droppable)
  // RFC 5492 section 5: 2/7 names what the peer misses. What we do not offer cannot be mended by offering less.
  if (subcode === OpenError.unsupportedCapability && named.size > refused.size) return NO_FALLBACK
  return nextRung(before, droppable)
}

/** Dropping nothing would send the same OPEN again. */
function dropOr(before: Fallback, refused: FeatureSet, droppable: FeatureSet): Fallback {
  return refused.size > 0 ? together(before, refused) : nextRung(before, droppable)
}

function nextRung(before: Fallback, droppable: FeatureSet): Fallback {
  const rung = LADDER.find((features) => features.some((feature) => droppable.has(feature)))
  return rung === undefined ? NO_FALLBACK : together(before, common(new Set(rung), droppable))
}

/** Capability TLVs, either bare or as the optional parameter that held them (RFC 5492 sections 4 and 5). */
function namedFeatures(data: Uint8Array): FeatureSet {
  const isParameter = data[0] === CAPABILITIES_PARAMETER && data.length > 2 && data[1] === data.length - 2
  const named = new Set<Feature>()
  for (let at = isParameter ? 2 : 0; at + 1 < data.length; at += 2 + (data[at + 1] ?? 0)) {
    const feature = featureOfCode(data[at] ?? 0)
    if (feature !== undefined) named.add(feature)
  }
  return named
}
