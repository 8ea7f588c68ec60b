import { Bird, birdConfig, type Host } from '../../../bird-testbed/index.ts'
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

export const birdRouter: RouterKind = {
  name: 'BIRD',
  lacks: {},
  async start(host, options) {
    return new BirdRouter(await Bird.start(host, configuration(host, options)))
  },
}

class BirdRouter implements Router {
  private readonly bird: Bird

  constructor(bird: Bird) {
    this.bird = bird
  }

  established({ name }: RouterSession): Promise<void> {
    return this.bird.established(name)
  }

  async route(prefix: string): Promise<SeenRoute | undefined> {
    // "Network not found" is an error to birdc.
    const [route] = await this.bird.routes(prefix).catch(() => [])
    if (route === undefined) return undefined
    const of = (name: string) => route.attributes[`BGP.${name}`]
    return {
      nextHop: (of('next_hop') ?? '').split(' ')[0] ?? '',
      asPath: numbersIn(of('as_path') ?? ''),
      origin: (of('origin') ?? '').toLowerCase(),
      med: numberOf(of('med')),
      localPref: numberOf(of('local_pref')),
      communities: tuples(of('community')),
      largeCommunities: tuples(of('large_community')),
    }
  }

  async askAgain({ name }: RouterSession): Promise<void> {
    await this.bird.query(`reload in ${name}`)
  }
}

function configuration(host: Host, { sessions }: RouterOptions): string {
  const neighbors = sessions.map((session) => {
    const { name, address, asn, dials } = session
    return { name, address, asn, passive: !dials, lines: linesFor(session) }
  })
  return birdConfig({ asn: ROUTER_ASN, routerId: host.address, kernel: false, families: [], neighbors })
}

const TIMERS = ['connect delay time 1;', 'connect retry time 1;', 'error wait time 1, 2;']

function linesFor({ address, password, ttlSecurity }: RouterSession): string[] {
  return [
    ...TIMERS,
    ...(password === undefined ? [] : [`password "${password}";`]),
    ...(ttlSecurity === true ? ['ttl security on;'] : []),
    `ipv4 { import all; export none; ${isIpv6(address) ? 'extended next hop on;' : ''} };`,
    'ipv6 { import all; export none; };',
  ]
}

function numberOf(text: string | undefined): number | undefined {
  return text === undefined ? undefined : Number(text)
}

/** `(65000,1) (65000,2)` */
function tuples(text = ''): string[] {
  return [...text.matchAll(/\(([^)]+)\)/g)].map(([, inner = '']) => inner.replaceAll(/, ?/g, ':')).sort()
}
