import type { Reader } from './reader.ts'
import { AFI, FAMILIES, type Family, SAFI_UNICAST } from './types.ts'
import type { Writer } from './writer.ts'

/** Address families as capabilities and ROUTE-REFRESH name them (RFC 4760): any pair of AFI and SAFI, ours or not. */
export interface FamilyId {
  readonly afi: number
  readonly safi: number
  /** When it is one of ours. */
  readonly family?: Family
}

export function familyId(afi: number, safi: number): FamilyId {
  const family = unicastFamily(afi, safi)
  return family === undefined ? { afi, safi } : { afi, safi, family }
}

/** The family of an AFI and SAFI, if it is one of ours. */
export function unicastFamily(afi: number, safi: number): Family | undefined {
  return safi === SAFI_UNICAST ? FAMILIES.find((family) => AFI[family] === afi) : undefined
}

export function unicast(family: Family): FamilyId {
  return { afi: AFI[family], safi: SAFI_UNICAST, family }
}

/** AFI and SAFI next to each other, three octets. */
export function readFamilyId(reader: Reader): FamilyId {
  return familyId(reader.u16(), reader.u8())
}

export function writeFamilyId(writer: Writer, { afi, safi }: FamilyId): void {
  writer.u16(afi).u8(safi)
}

const AFI_NAMES: Readonly<Record<number, string>> = { 1: 'ipv4', 2: 'ipv6', 25: 'l2vpn', 16388: 'link-state' }
const SAFI_NAMES: Readonly<Record<number, string>> = {
  1: 'unicast',
  2: 'multicast',
  4: 'labeled',
  5: 'mvpn',
  65: 'vpls',
  70: 'evpn',
  71: 'link-state',
  73: 'sr-policy',
  128: 'vpn',
  132: 'route-target',
  133: 'flowspec',
}

/** `ipv4 unicast`; numbers where there is no name. */
export function familyName({ afi, safi }: FamilyId): string {
  return `${AFI_NAMES[afi] ?? `afi ${afi}`} ${SAFI_NAMES[safi] ?? `safi ${safi}`}`
}
