import { Gobgp } from '../../../bird-testbed/index.ts'
import {
  isIpv6,
  ROUTER_ASN,
  type Router,
  type RouterKind,
  type RouterSession,
  type SeenRoute,
} from './router.ts'

export const gobgpRouter: RouterKind = {
  name: 'GoBGP',
  lacks: { askAgain: 'it keeps all it has heard and never asks' },
  async start(host, { sessions }) {
    const neighbors = sessions.map(({ address, asn, dials, password, ttlSecurity = false }) => ({
      address,
      asn,
      passive: !dials,
      ...(password !== undefined && { password }),
      ttlSecurity,
      families: ['ipv4', 'ipv6'] as const,
    }))
    return new GobgpRouter(await Gobgp.start(host, { asn: ROUTER_ASN, routerId: host.address, neighbors }))
  },
}

/** One path attribute as `gobgp -j` prints it; which fields it has depends on the type. */
interface GobgpAttribute {
  readonly type: number
  readonly value?: number
  readonly nexthop?: string
  readonly metric?: number
  readonly as_paths?: readonly { readonly asns: readonly number[] }[]
  readonly communities?: readonly number[]
}

interface GobgpLargeCommunities {
  readonly type: 32
  readonly value: readonly {
    readonly ASN: number
    readonly LocalData1: number
    readonly LocalData2: number
  }[]
}

type GobgpTable = Readonly<Record<string, readonly { readonly attrs: readonly GobgpAttribute[] }[]>>

const ORIGINS = ['igp', 'egp', 'incomplete']

class GobgpRouter implements Router {
  private readonly gobgp: Gobgp

  constructor(gobgp: Gobgp) {
    this.gobgp = gobgp
  }

  established({ address }: RouterSession): Promise<void> {
    return this.gobgp.established(address)
  }

  async route(prefix: string): Promise<SeenRoute | undefined> {
    const family = isIpv6(prefix) ? 'ipv6' : 'ipv4'
    const table = JSON.parse(
      await this.gobgp.query('-j', 'global', 'rib', prefix, '-a', family),
    ) as GobgpTable
    const attributes = Object.values(table)[0]?.[0]?.attrs
    if (attributes === undefined) return undefined
    const of = (type: number) => attributes.find((attribute) => attribute.type === type)
    return {
      nextHop: (of(3) ?? of(14))?.nexthop ?? '',
      asPath: (of(2)?.as_paths ?? []).flatMap(({ asns }) => asns),
      origin: ORIGINS[of(1)?.value ?? -1] ?? '',
      med: of(4)?.metric,
      localPref: of(5)?.value,
      communities: (of(8)?.communities ?? []).map((value) => `${value >>> 16}:${value & 0xffff}`).sort(),
      largeCommunities: largeCommunities(of(32)),
    }
  }
}

function largeCommunities(attribute: unknown): string[] {
  const { value = [] } = (attribute ?? {}) as Partial<GobgpLargeCommunities>
  return value.map(({ ASN, LocalData1, LocalData2 }) => `${ASN}:${LocalData1}:${LocalData2}`).sort()
}
