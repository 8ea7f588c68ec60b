import { Malformed } from './malformed.ts'
import type { Reader } from './reader.ts'
import {
  type Aggregator,
  AS_TRANS,
  type AsPathSegment,
  type AsPathSegmentType,
  type PathAttributes,
} from './types.ts'
import { Writer } from './writer.ts'

/**
 * AS paths on the wire (RFC 4271 section 4.3, RFC 5065 section 3), with 2- or 4-octet AS numbers (RFC 6793).
 *
 * Towards a peer that knows 2-octet numbers only, a large AS number travels twice: as AS_TRANS in AS_PATH, and in
 * full in AS4_PATH, which that peer passes on without understanding it. `mergeAs4Path` puts the two together again.
 */

/** Octets of an AS number. */
export type AsWidth = 2 | 4

const SEGMENT_CODE = { set: 1, sequence: 2, 'confed-sequence': 3, 'confed-set': 4 } as const
const SEGMENT_TYPE: readonly (AsPathSegmentType | undefined)[] = [
  undefined,
  'set',
  'sequence',
  'confed-sequence',
  'confed-set',
]

const LARGEST_2_OCTET = 0xffff
/** A segment's count is one octet. */
const SEGMENT_MAX = 255

/** Takes the rest of `reader`. Throws Malformed for what RFC 7606 section 7.2 lists; ShortRead for an overrun. */
export function decodeAsPath(reader: Reader, width: AsWidth): AsPathSegment[] {
  const segments: AsPathSegment[] = []
  while (reader.remaining > 0) {
    const code = reader.u8()
    const type = SEGMENT_TYPE[code]
    if (type === undefined) throw new Malformed(`segment type ${code} is unknown`)
    const count = reader.u8()
    if (count === 0) throw new Malformed('a segment holds no AS')
    const asns: number[] = []
    const members = reader.sub(count * width)
    while (members.remaining > 0) asns.push(width === 4 ? members.u32() : members.u16())
    segments.push({ type, asns })
  }
  return segments
}

/** Segments longer than 255 become several; an AS number that does not fit 2 octets becomes AS_TRANS. */
export function encodeAsPath(segments: readonly AsPathSegment[], width: AsWidth): Uint8Array {
  const out = new Writer()
  for (const { type, asns } of segments) {
    for (let at = 0; at < asns.length; at += SEGMENT_MAX) {
      const part = asns.slice(at, at + SEGMENT_MAX)
      out.u8(SEGMENT_CODE[type]).u8(part.length)
      for (const asn of part) writeAsn(out, asn, width)
    }
  }
  return out.done()
}

/** An AS number in the width the session has; AS_TRANS where it does not fit (RFC 6793 section 4.2.2). */
export function writeAsn(out: Writer, asn: number, width: AsWidth): Writer {
  if (width === 4) return out.u32(asn)
  return out.u16(asn > LARGEST_2_OCTET ? AS_TRANS : asn)
}

/**
 * The AS4_PATH that must go with this AS_PATH to a 2-octet peer: only where a number does not fit, and without
 * confederation segments (RFC 6793 section 4.2.2).
 */
export function as4PathFor(segments: readonly AsPathSegment[]): readonly AsPathSegment[] | undefined {
  if (!segments.some((segment) => segment.asns.some((asn) => asn > LARGEST_2_OCTET))) return undefined
  return withoutConfederation(segments)
}

/** The AS4_AGGREGATOR that must go with this AGGREGATOR to a 2-octet peer. */
export function as4AggregatorFor(aggregator: Aggregator): Aggregator | undefined {
  return aggregator.asn > LARGEST_2_OCTET ? aggregator : undefined
}

/** AS4_PATH crosses confederation borders, so their segments in it are dropped (RFC 6793 section 6). */
export function withoutConfederation(segments: readonly AsPathSegment[]): readonly AsPathSegment[] {
  return segments.filter(({ type }) => !isConfederation(type))
}

export function isConfederation(type: AsPathSegmentType): boolean {
  return type === 'confed-sequence' || type === 'confed-set'
}

/** Length as path selection counts it: a set is one (RFC 4271 section 9.1.2.2), a confederation none (RFC 5065). */
export function asPathLength(segments: readonly AsPathSegment[]): number {
  return segments.reduce((sum, segment) => sum + segmentLength(segment), 0)
}

function segmentLength({ type, asns }: AsPathSegment): number {
  if (isConfederation(type)) return 0
  return type === 'set' ? 1 : asns.length
}

/**
 * The attributes with AS4_PATH and AS4_AGGREGATOR merged into AS_PATH and AGGREGATOR and gone (RFC 6793 section
 * 4.2.3). An AGGREGATOR that is not AS_TRANS was rewritten by a 2-octet speaker on the way: both AS4 ones are stale.
 */
export function mergeAs4(attributes: PathAttributes): PathAttributes {
  const { as4Path, as4Aggregator, ...rest } = attributes
  const stale = rest.aggregator !== undefined && rest.aggregator.asn !== AS_TRANS
  if (stale) return rest
  return {
    ...rest,
    ...(rest.asPath && as4Path && { asPath: mergeAs4Path(rest.asPath, as4Path) }),
    ...(rest.aggregator && as4Aggregator && { aggregator: as4Aggregator }),
  }
}

/** RFC 6793 section 4.2.3: AS4_PATH, behind as much of the front of AS_PATH as makes the lengths equal. */
export function mergeAs4Path(
  asPath: readonly AsPathSegment[],
  as4Path: readonly AsPathSegment[],
): readonly AsPathSegment[] {
  const missing = asPathLength(asPath) - asPathLength(as4Path)
  if (missing < 0) return asPath
  return joinSequences([...leading(asPath, missing), ...as4Path])
}

/** The front of a path worth `wanted` ASes; confederation segments next to what is taken come along. */
function leading(segments: readonly AsPathSegment[], wanted: number): AsPathSegment[] {
  const front: AsPathSegment[] = []
  let missing = wanted
  for (const segment of segments) {
    const length = segmentLength(segment)
    if (length > 0 && missing === 0) break
    front.push(length > missing ? { ...segment, asns: segment.asns.slice(0, missing) } : segment)
    missing -= Math.min(length, missing)
  }
  return front
}

/** Sequences that now touch were one before the cut. Sets stay apart: joined they would count one less. */
function joinSequences(segments: readonly AsPathSegment[]): AsPathSegment[] {
  const joined: AsPathSegment[] = []
  for (const segment of segments) {
    const last = joined.at(-1)
    const touches = last?.type === 'sequence' && segment.type === 'sequence'
    if (touches) joined[joined.length - 1] = { type: 'sequence', asns: [...last.asns, ...segment.asns] }
    else joined.push(segment)
  }
  return joined
}
