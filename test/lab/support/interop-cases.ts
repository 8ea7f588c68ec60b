/** The sessions that every router is tried with. */
import { BIG_ASN, type Case, EBGP_ASN, newCase } from './cases.ts'
import { ROUTER_ASN } from './router.ts'

const OPENED_BY = {
  us: { weDial: true, dials: false },
  'the router': { weDial: false, dials: true },
  both: { weDial: true, dials: true },
} as const

type Opener = keyof typeof OPENED_BY

export const SESSION_CASES: readonly Case[] = (['ipv4', 'ipv6'] as const).flatMap((family, v6) =>
  (['eBGP', 'iBGP'] as const).flatMap((type, ibgp) =>
    (Object.keys(OPENED_BY) as Opener[]).map((opener, at) => {
      const index = 1 + v6 * 6 + ibgp * 3 + at
      const subject = `session over ${family === 'ipv4' ? 'IPv4' : 'IPv6'}, ${type}, opened by ${opener}`
      return newCase({ index, subject, family, asn: ibgp ? ROUTER_ASN : EBGP_ASN, ...OPENED_BY[opener] })
    }),
  ),
)

const BOTH = ['ipv4', 'ipv6'] as const

/** Sessions on which single features are tried. */
export const CASES = {
  dualStack: newCase({ index: 21, subject: 'IPv4 and IPv6 routes in one IPv4 session', families: BOTH }),
  extendedNextHop: newCase({
    index: 22,
    subject: 'IPv4 and IPv6 routes in one IPv6 session, IPv6 next hops (RFC 8950)',
    family: 'ipv6',
    families: BOTH,
  }),
  withdrawal: newCase({ index: 23, subject: 'routes changed and withdrawn', families: BOTH }),
  refresh: newCase({ index: 24, subject: 'route refresh asked for by the router', families: BOTH }),
  bigAsn: newCase({ index: 25, subject: `4-octet AS number ${BIG_ASN}`, asn: BIG_ASN }),
} as const

export const ALL_CASES: readonly Case[] = [...SESSION_CASES, ...Object.values(CASES)]
