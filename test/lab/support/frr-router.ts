import { Frr, frrConfig, type Host } from '../../../bird-testbed/index.ts'
import {
  isIpv6,
  numbersIn,
  ROUTER_ASN,
  type Router,
  type RouterKind,
  type RouterOptions,
  type RouterSession,
  type SeenRoute,
} from './router.ts'

export const frrRouter: RouterKind = {
  name: 'FRR',
  lacks: {},
  async start(host, options) {
    return new FrrRouter(await Frr.start(host, configuration(host, options)))
  },
}

interface FrrPath {
  readonly aspath?: { readonly string: string }
  readonly origin: string
  readonly metric?: number
  readonly locPrf?: number
  readonly community?: { readonly list: readonly string[] }
  readonly largeCommunity?: { readonly list: readonly string[] }
  readonly nexthops?: readonly { readonly ip?: string; readonly scope?: string }[]
}

class FrrRouter implements Router {
  private readonly frr: Frr

  constructor(frr: Frr) {
    this.frr = frr
  }

  established({ address }: RouterSession): Promise<void> {
    return this.frr.established(address)
  }

  async route(prefix: string): Promise<SeenRoute | undefined> {
    const family = isIpv6(prefix) ? 'ipv6' : 'ipv4'
    const found = (await this.frr.json(`show bgp ${family} unicast ${prefix}`)) as { paths?: FrrPath[] }
    const [path] = found.paths ?? []
    if (path === undefined) return undefined
    const hop = path.nexthops?.find(({ scope }) => scope !== 'link-local')
    return {
      nextHop: hop?.ip ?? '',
      asPath: numbersIn(path.aspath?.string ?? ''),
      origin: path.origin.toLowerCase(),
      med: path.metric,
      localPref: path.locPrf,
      communities: [...(path.community?.list ?? [])].sort(),
      largeCommunities: [...(path.largeCommunity?.list ?? [])].sort(),
    }
  }

  async askAgain({ address }: RouterSession): Promise<void> {
    await this.frr.query(`clear bgp ${address} soft in`)
  }
}

function configuration(host: Host, { sessions }: RouterOptions): string {
  const neighbors = sessions.map((session) => {
    const { address, asn, dials } = session
    return { address, asn, passive: !dials, options: optionsFor(session) }
  })
  // With soft reconfiguration FRR has the routes itself and asks nobody.
  return frrConfig({ asn: ROUTER_ASN, routerId: host.address, neighbors, families: ['ipv4', 'ipv6'] })
    .split('\n')
    .filter((line) => !line.includes('soft-reconfiguration'))
    .join('\n')
}

function optionsFor({ address, password, ttlSecurity }: RouterSession): string[] {
  return [
    ...(isIpv6(address) ? ['capability extended-nexthop'] : []),
    ...(password === undefined ? [] : [`password ${password}`]),
    ...(ttlSecurity === true ? ['ttl-security hops 1'] : []),
  ]
}
