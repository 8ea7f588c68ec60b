import { formatAddress } from '../address.ts'
import {
  decodeCommunities,
  decodeExtendedCommunities,
  decodeLargeCommunities,
  encodeCommunities,
  encodeExtendedCommunities,
  encodeLargeCommunities,
  requireMultiple,
} from '../communities.ts'
import { Writer } from '../writer.ts'
import { fieldRow, internalOnly, OPTIONAL, OPTIONAL_TRANSITIVE } from './row.ts'
import { IPV4_LENGTH, ipv4Octets, listOctets, octets32, readIpv4, readU32 } from './value.ts'

/** What came after RFC 4271: communities of all sizes, route reflection, and only-to-customer. */

export const communities = fieldRow({
  type: 8,
  name: 'COMMUNITIES',
  flags: OPTIONAL_TRANSITIVE,
  malformed: 'treat-as-withdraw',
  clause: 'RFC 7606 section 7.8',
  field: 'communities',
  read: decodeCommunities,
  write: (value) => listOctets(value, encodeCommunities),
})

export const originatorId = fieldRow({
  type: 9,
  name: 'ORIGINATOR_ID',
  flags: OPTIONAL,
  malformed: 'treat-as-withdraw',
  clause: 'RFC 7606 section 7.9',
  refuse: internalOnly('RFC 7606 section 7.9'),
  field: 'originatorId',
  read: readIpv4,
  write: ipv4Octets,
})

export const clusterList = fieldRow({
  type: 10,
  name: 'CLUSTER_LIST',
  flags: OPTIONAL,
  malformed: 'treat-as-withdraw',
  clause: 'RFC 7606 section 7.10',
  refuse: internalOnly('RFC 7606 section 7.10'),
  field: 'clusterList',
  read(value) {
    requireMultiple(value, IPV4_LENGTH)
    const ids: string[] = []
    while (value.remaining > 0) ids.push(formatAddress(value.bytes(IPV4_LENGTH)))
    return ids
  },
  write: (value) => listOctets(value, encodeIds),
})

export const extendedCommunities = fieldRow({
  type: 16,
  name: 'EXTENDED_COMMUNITIES',
  flags: OPTIONAL_TRANSITIVE,
  malformed: 'treat-as-withdraw',
  clause: 'RFC 7606 section 7.14',
  field: 'extendedCommunities',
  read: decodeExtendedCommunities,
  write: (value) => listOctets(value, encodeExtendedCommunities),
})

export const largeCommunities = fieldRow({
  type: 32,
  name: 'LARGE_COMMUNITY',
  flags: OPTIONAL_TRANSITIVE,
  malformed: 'treat-as-withdraw',
  clause: 'RFC 8092 section 6',
  field: 'largeCommunities',
  read: decodeLargeCommunities,
  write: (value) => listOctets(value, encodeLargeCommunities),
})

export const otc = fieldRow({
  type: 35,
  name: 'ONLY_TO_CUSTOMER',
  flags: OPTIONAL_TRANSITIVE,
  malformed: 'treat-as-withdraw',
  clause: 'RFC 9234 section 5',
  field: 'otc',
  read: readU32,
  write: octets32,
})

function encodeIds(ids: readonly string[]): Uint8Array {
  const out = new Writer()
  for (const id of ids) out.bytes(ipv4Octets(id))
  return out.done()
}
