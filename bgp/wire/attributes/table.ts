import { IPV6_EXTENDED_COMMUNITY_SIZE, requireMultiple } from '../communities.ts'
import { as4Aggregator, as4Path } from './as4.ts'
import { aggregator, asPath, atomicAggregate, localPref, med, nextHop, origin } from './basic.ts'
import {
  clusterList,
  communities,
  extendedCommunities,
  largeCommunities,
  originatorId,
  otc,
} from './lists.ts'
import { mpReachRow, mpUnreachRow } from './mp.ts'
import { type AttributeRow, OPTIONAL, OPTIONAL_TRANSITIVE } from './row.ts'

/**
 * The path attributes, one row each: type code, name, flags, what a malformed one costs and by which clause, decode,
 * encode. To teach the speaker an attribute, add a row; nothing else needs to know.
 *
 * Rows without a decoder are known by name and flags: such an attribute is kept as it came when it is transitive and
 * dropped when it is not (RFC 4271 section 9), but wrong flags or a wrong length do not pass.
 */

/** In ascending type order, which is the order they are sent in (RFC 4271 section 5). */
export const ATTRIBUTE_ROWS: readonly AttributeRow[] = [
  origin,
  asPath,
  nextHop,
  med,
  localPref,
  atomicAggregate,
  aggregator,
  communities,
  originatorId,
  clusterList,
  mpReachRow,
  mpUnreachRow,
  extendedCommunities,
  as4Path,
  as4Aggregator,
  opaqueRow(22, 'PMSI_TUNNEL', OPTIONAL_TRANSITIVE),
  opaqueRow(23, 'TUNNEL_ENCAPSULATION', OPTIONAL_TRANSITIVE),
  opaqueRow(24, 'TRAFFIC_ENGINEERING', OPTIONAL),
  {
    ...opaqueRow(25, 'IPV6_EXTENDED_COMMUNITIES', OPTIONAL_TRANSITIVE),
    clause: 'RFC 7606 section 7.15',
    check: (value) => requireMultiple(value, IPV6_EXTENDED_COMMUNITY_SIZE),
  },
  // RFC 7311, RFC 9552 and RFC 8669 ask for no more than a discard of these.
  { ...opaqueRow(26, 'AIGP', OPTIONAL), badFlags: 'attribute-discard' },
  { ...opaqueRow(29, 'BGP-LS', OPTIONAL), badFlags: 'attribute-discard' },
  largeCommunities,
  opaqueRow(33, 'BGPSEC_PATH', OPTIONAL),
  otc,
  { ...opaqueRow(40, 'BGP_PREFIX_SID', OPTIONAL_TRANSITIVE), badFlags: 'attribute-discard' },
  opaqueRow(128, 'ATTR_SET', OPTIONAL_TRANSITIVE),
]

const BY_TYPE: ReadonlyMap<number, AttributeRow> = new Map(ATTRIBUTE_ROWS.map((row) => [row.type, row]))

export function attributeRow(type: number): AttributeRow | undefined {
  return BY_TYPE.get(type)
}

/** The name people know the attribute by; `attribute 200` where there is none. */
export function attributeName(type: number): string {
  return BY_TYPE.get(type)?.name ?? `attribute ${type}`
}

function opaqueRow(type: number, name: string, flags: number): AttributeRow {
  return { type, name, flags, malformed: 'treat-as-withdraw', clause: 'RFC 7606 section 3' }
}
