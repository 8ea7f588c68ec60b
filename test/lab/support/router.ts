/**
 * One face for the routers we talk to, so that one suite tries the same with each. What is seen is always asked of the
 * router itself: what we believe to have sent proves nothing.
 */
import type { Host } from '../../../bird-testbed/index.ts'

export const ROUTER_ASN = 64512

/** A session as the router is configured for it. */
export interface RouterSession {
  /** A word; BIRD's name for it. */
  readonly name: string
  /** Ours. */
  readonly address: string
  readonly asn: number
  /** The router connects too, and not only waits. */
  readonly dials: boolean
  /** TCP MD5 key (RFC 2385). */
  readonly password?: string
  /** Takes only what comes from the same link (GTSM, RFC 5082). */
  readonly ttlSecurity?: boolean
}

export interface RouterOptions {
  readonly sessions: readonly RouterSession[]
}

/** A route as a router has it in its BGP table. */
export interface SeenRoute {
  readonly nextHop: string
  readonly asPath: readonly number[]
  readonly origin: string
  readonly med: number | undefined
  readonly localPref: number | undefined
  readonly communities: readonly string[]
  readonly largeCommunities: readonly string[]
}

export interface Router {
  /** Waits until the router says that the session is established. */
  established(session: RouterSession): Promise<void>
  /** Undefined: the router does not have it. */
  route(prefix: string): Promise<SeenRoute | undefined>
  /** Has the router ask us for our routes again (RFC 2918). Absent: it never does. */
  askAgain?(session: RouterSession): Promise<void>
}

export type RouterName = 'BIRD' | 'FRR' | 'GoBGP' | 'OpenBGPD'

export const REQUIREMENT = { BIRD: 'bird', FRR: 'frr', GoBGP: 'gobgp', OpenBGPD: 'openbgpd' } as const

export type Lack = 'extendedNextHop' | 'askAgain'

export interface RouterKind {
  readonly name: RouterName
  /** What it cannot do, in the version that Debian 12 has, and so is not tried. */
  readonly lacks: Readonly<Partial<Record<Lack, string>>>
  /** Both families on every session; AS 64512; iBGP sessions have that AS too. */
  start(host: Host, options: RouterOptions): Promise<Router>
}

export function numbersIn(text: string): number[] {
  return [...text.matchAll(/\d+/g)].map(Number)
}

export function isIpv6(text: string): boolean {
  return text.includes(':')
}
