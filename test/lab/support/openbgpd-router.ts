import { Openbgpd } from '../../../bird-testbed/index.ts'
import {
  numbersIn,
  ROUTER_ASN,
  type Router,
  type RouterKind,
  type RouterSession,
  type SeenRoute,
} from './router.ts'

export const openbgpdRouter: RouterKind = {
  name: 'OpenBGPD',
  lacks: { extendedNextHop: 'it learned it in 8.8' },
  async start(host, { sessions }) {
    const neighbors = sessions.map((session) => {
      const { address, asn, dials } = session
      return { address, asn, passive: !dials, lines: linesFor(session) }
    })
    return new OpenbgpdRouter(
      await Openbgpd.start(host, { asn: ROUTER_ASN, routerId: host.address, neighbors }),
    )
  },
}

interface OpenbgpdPath {
  readonly prefix: string
  readonly aspath?: string
  readonly exit_nexthop?: string
  readonly origin: string
  readonly metric?: number
  readonly localpref?: number
  readonly communities?: readonly string[]
  readonly large_communities?: readonly string[]
}

class OpenbgpdRouter implements Router {
  private readonly openbgpd: Openbgpd

  constructor(openbgpd: Openbgpd) {
    this.openbgpd = openbgpd
  }

  established({ address }: RouterSession): Promise<void> {
    return this.openbgpd.established(address)
  }

  async route(prefix: string): Promise<SeenRoute | undefined> {
    const answer = JSON.parse(await this.openbgpd.query('-j', 'show', 'rib', 'detail', prefix))
    // It answers with the longest prefix that covers the one asked for.
    const path = (answer as { rib?: OpenbgpdPath[] }).rib?.find((one) => one.prefix === prefix)
    if (path === undefined) return undefined
    return {
      nextHop: path.exit_nexthop ?? '',
      asPath: numbersIn(path.aspath ?? ''),
      origin: path.origin.toLowerCase(),
      med: path.metric,
      localPref: path.localpref,
      communities: [...(path.communities ?? [])].sort(),
      largeCommunities: [...(path.large_communities ?? [])].sort(),
    }
  }

  async askAgain({ address }: RouterSession): Promise<void> {
    await this.openbgpd.query('neighbor', address, 'refresh')
  }
}

function linesFor({ password, ttlSecurity }: RouterSession): string[] {
  return [
    ...(password === undefined ? [] : [`tcp md5sig password ${password}`]),
    ...(ttlSecurity === true ? ['ttl-security yes'] : []),
  ]
}
