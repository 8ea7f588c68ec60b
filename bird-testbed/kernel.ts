/** The kernel's routing table of a machine, as `ip route` tells it: what decides where packets really go. */
import type { Host } from './host.ts'

export interface KernelRoute {
  /** `192.0.2.1/32`; always with its length. */
  readonly prefix: string
  /** Who installed it: `bird`, `bgp` (FRR), `kernel`, `boot`. */
  readonly protocol: string
  /** Gateways in ascending order; empty for a route to a directly connected subnet. */
  readonly nextHops: readonly string[]
}

interface IpRoute {
  readonly dst: string
  readonly gateway?: string
  readonly via?: { readonly host: string }
  readonly protocol?: string
  readonly nexthops?: readonly { readonly gateway?: string; readonly via?: { readonly host: string } }[]
}

export async function kernelRoutes(host: Host, family: 'ipv4' | 'ipv6' = 'ipv4'): Promise<KernelRoute[]> {
  const flag = family === 'ipv4' ? '-4' : '-6'
  const { stdout } = await host.exec(['ip', '-json', flag, 'route', 'show'])
  const routes = JSON.parse(stdout || '[]') as IpRoute[]
  return joined(routes.map((route) => fromIpRoute(route, family)))
}

/** Next hops of one prefix (`192.0.2.1/32`), in ascending order; undefined when the table does not have it. */
export async function kernelNextHops(host: Host, prefix: string): Promise<readonly string[] | undefined> {
  const routes = await kernelRoutes(host, prefix.includes(':') ? 'ipv6' : 'ipv4')
  return routes.find((route) => route.prefix === prefix)?.nextHops
}

/** The table as iproute2 prints it. */
export async function kernelTable(host: Host, ...selection: readonly string[]): Promise<string> {
  return (await host.exec(['ip', 'route', 'show', ...selection])).stdout
}

function fromIpRoute(route: IpRoute, family: 'ipv4' | 'ipv6'): KernelRoute {
  const hops = route.nexthops ?? [route]
  const nextHops = hops.flatMap((hop) => hop.gateway ?? hop.via?.host ?? []).sort()
  return { prefix: withLength(route.dst, family), protocol: route.protocol ?? 'unknown', nextHops }
}

function withLength(destination: string, family: 'ipv4' | 'ipv6'): string {
  if (destination.includes('/')) return destination
  if (destination === 'default') return family === 'ipv4' ? '0.0.0.0/0' : '::/0'
  return `${destination}/${family === 'ipv4' ? 32 : 128}`
}

/** IPv6 lists a route with several next hops once per next hop. */
function joined(routes: readonly KernelRoute[]): KernelRoute[] {
  const byPrefix = new Map<string, KernelRoute>()
  for (const route of routes) {
    const key = `${route.prefix} ${route.protocol}`
    const nextHops = [...(byPrefix.get(key)?.nextHops ?? []), ...route.nextHops].sort()
    byPrefix.set(key, { ...route, nextHops })
  }
  return [...byPrefix.values()]
}
