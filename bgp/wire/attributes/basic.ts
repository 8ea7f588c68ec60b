import { decodeAsPath, encodeAsPath } from '../as-path.ts'
import { Malformed } from '../malformed.ts'
import type { Origin } from '../types.ts'
import { fieldRow, internalOnly, OPTIONAL, OPTIONAL_TRANSITIVE, WELL_KNOWN } from './row.ts'
import {
  aggregatorOctets,
  asWidth,
  ipv4Octets,
  octets32,
  readAggregator,
  readIpv4,
  readU32,
  requireLength,
} from './value.ts'

/** The seven attributes of RFC 4271 section 5.1. */

const ORIGINS: readonly Origin[] = ['igp', 'egp', 'incomplete']

export const origin = fieldRow({
  type: 1,
  name: 'ORIGIN',
  flags: WELL_KNOWN,
  malformed: 'treat-as-withdraw',
  clause: 'RFC 7606 section 7.1',
  field: 'origin',
  read(value) {
    requireLength(value, 1)
    const code = value.u8()
    const origin = ORIGINS[code]
    if (origin === undefined) throw new Malformed(`its value ${code} is undefined`)
    return origin
  },
  write: (value) => Uint8Array.of(ORIGINS.indexOf(value)),
})

export const asPath = fieldRow({
  type: 2,
  name: 'AS_PATH',
  flags: WELL_KNOWN,
  malformed: 'treat-as-withdraw',
  clause: 'RFC 7606 section 7.2',
  field: 'asPath',
  read: (value, ctx) => decodeAsPath(value, asWidth(ctx)),
  write: (value, ctx) => encodeAsPath(value, asWidth(ctx)),
})

export const nextHop = fieldRow({
  type: 3,
  name: 'NEXT_HOP',
  flags: WELL_KNOWN,
  malformed: 'treat-as-withdraw',
  clause: 'RFC 7606 section 7.3',
  field: 'nextHop',
  read: readIpv4,
  // An IPv6 next hop travels in MP_REACH_NLRI only.
  write: (value) => (value.includes(':') ? undefined : ipv4Octets(value)),
})

export const med = fieldRow({
  type: 4,
  name: 'MULTI_EXIT_DISC',
  flags: OPTIONAL,
  malformed: 'treat-as-withdraw',
  clause: 'RFC 7606 section 7.4',
  field: 'med',
  read: readU32,
  write: octets32,
})

export const localPref = fieldRow({
  type: 5,
  name: 'LOCAL_PREF',
  flags: WELL_KNOWN,
  malformed: 'treat-as-withdraw',
  clause: 'RFC 7606 section 7.5',
  refuse: internalOnly('RFC 7606 section 7.5'),
  field: 'localPref',
  read: readU32,
  write: octets32,
})

export const atomicAggregate = fieldRow({
  type: 6,
  name: 'ATOMIC_AGGREGATE',
  flags: WELL_KNOWN,
  malformed: 'attribute-discard',
  clause: 'RFC 7606 section 7.6',
  field: 'atomicAggregate',
  read(value) {
    requireLength(value, 0)
    return true
  },
  write: (value) => (value ? new Uint8Array(0) : undefined),
})

export const aggregator = fieldRow({
  type: 7,
  name: 'AGGREGATOR',
  flags: OPTIONAL_TRANSITIVE,
  malformed: 'attribute-discard',
  clause: 'RFC 7606 section 7.7',
  field: 'aggregator',
  read: (value, ctx) => readAggregator(value, asWidth(ctx)),
  write: (value, ctx) => aggregatorOctets(value, asWidth(ctx)),
})
