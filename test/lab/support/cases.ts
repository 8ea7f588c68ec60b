/**
 * A session to be tried with a router. Each has an address of its own on one node, so many stand at the same time, and
 * each announces prefixes that no other does.
 */
import type { Family, NeighborConfig, Route, SpeakerConfig } from '../../../bgp/index.ts'
import { ROUTER_ASN, type RouterSession } from './router.ts'

export const ROUTER_V4 = '10.99.0.1'
export const ROUTER_V6 = 'fd00:99::1'
export const EBGP_ASN = 65001
export const BIG_ASN = 4_200_000_000

export interface Case extends RouterSession {
  readonly index: number
  readonly subject: string
  readonly family: Family
  readonly weDial: boolean
  readonly families: readonly Family[]
  /** What our side is configured with besides. */
  readonly ours: Partial<NeighborConfig>
}

export function addressesOf(index: number): { readonly ipv4: string; readonly ipv6: string } {
  return { ipv4: `10.99.1.${index}`, ipv6: `fd00:99::1:${index}` }
}

export function speakerConfig({ index, asn, weDial, dials, address }: Case): SpeakerConfig {
  // One that only dials need not listen, and must not be reached by a router that is told to dial.
  return { asn, routerId: `10.99.1.${index}`, listen: weDial && !dials ? 'none' : [{ address, port: 179 }] }
}

export function neighborConfig({ index, family, families, weDial, ours }: Case): NeighborConfig {
  const { ipv4, ipv6 } = addressesOf(index)
  return {
    address: family === 'ipv4' ? ROUTER_V4 : ROUTER_V6,
    asn: ROUTER_ASN,
    holdTime: 9,
    passive: !weDial,
    sourceAddress: family === 'ipv4' ? ipv4 : ipv6,
    families,
    // Over IPv4 there is no IPv6 address of the session to give.
    nextHop: family === 'ipv4' ? { ipv6 } : {},
    ...ours,
  }
}

/** One route with nothing said about it, one with everything. */
export function routesOf({ index }: Case, family: Family): readonly [plain: Route, rich: Route] {
  const [host, net] =
    family === 'ipv4'
      ? [`10.${100 + index}.0.1/32`, `10.${100 + index}.4.0/22`]
      : [`2001:db8:${index}::1/128`, `2001:db8:${index}::/48`]
  return [
    { prefix: host, attributes: {} },
    { prefix: net, attributes: RICH },
  ]
}

export const RICH = {
  med: 50,
  localPref: 250,
  communities: ['65000:1', '65000:65535'],
  largeCommunities: ['1:2:3', '4200000001:0:4294967295'],
  prepend: 2,
} as const

type NewCase = Pick<Case, 'index' | 'subject'> & Partial<Case>

/** Left out: over IPv4 with its routes, to an external peer, opened by us. */
export function newCase(given: NewCase): Case {
  const { index, family = 'ipv4' } = given
  const address = addressesOf(index)[family]
  const usual = { asn: EBGP_ASN, weDial: true, dials: false, families: [family], ours: {} }
  return { ...usual, name: `case${index}`, family, address, ...given }
}
