import { as4AggregatorFor, as4PathFor, decodeAsPath, encodeAsPath, withoutConfederation } from '../as-path.ts'
import { Malformed } from '../malformed.ts'
import type { Reader } from '../reader.ts'
import type { AsPathSegment, SessionContext } from '../types.ts'
import { type AttributeRow, fieldRow, OPTIONAL_TRANSITIVE } from './row.ts'
import { aggregatorOctets, readAggregator } from './value.ts'

/**
 * AS4_PATH and AS4_AGGREGATOR (RFC 6793): large AS numbers for and from a peer that knows 2-octet ones only. They
 * are derived from AS_PATH and AGGREGATOR when not given, and never sent to a 4-octet peer nor taken from one.
 */

export const as4Path: AttributeRow = {
  ...fieldRow({
    type: 17,
    name: 'AS4_PATH',
    flags: OPTIONAL_TRANSITIVE,
    malformed: 'attribute-discard',
    clause: 'RFC 6793 section 6',
    refuse: oldSpeakerOnly,
    field: 'as4Path',
    read: readAs4Path,
    write: (value) => encodeAsPath(value, 4),
  }),
  encode(attributes, ctx) {
    if (ctx.as4) return undefined
    const path = attributes.as4Path ?? as4PathFor(attributes.asPath ?? [])
    return path && encodeAsPath(path, 4)
  },
}

export const as4Aggregator: AttributeRow = {
  ...fieldRow({
    type: 18,
    name: 'AS4_AGGREGATOR',
    flags: OPTIONAL_TRANSITIVE,
    malformed: 'attribute-discard',
    clause: 'RFC 6793 section 6',
    refuse: oldSpeakerOnly,
    field: 'as4Aggregator',
    read: (value) => readAggregator(value, 4),
    write: (value) => aggregatorOctets(value, 4),
  }),
  encode(attributes, ctx) {
    if (ctx.as4) return undefined
    const own = attributes.as4Aggregator ?? (attributes.aggregator && as4AggregatorFor(attributes.aggregator))
    return own && aggregatorOctets(own, 4)
  },
}

/** RFC 6793 section 4.1: between 4-octet speakers they have no meaning. */
function oldSpeakerOnly(ctx: SessionContext): string | undefined {
  return ctx.as4 ? 'from a 4-octet peer it is discarded (RFC 6793 section 4.1)' : undefined
}

function readAs4Path(value: Reader): readonly AsPathSegment[] {
  if (value.remaining === 0) throw new Malformed('it is empty')
  const segments = withoutConfederation(decodeAsPath(value, 4))
  if (segments.some((segment) => segment.asns.includes(0))) throw new Malformed('it holds AS 0 (RFC 7607)')
  return segments
}
