/** FRR configurations for the usual case: bgpd with its neighbours, taking everything, several paths per prefix. */

export interface FrrNeighbor {
  readonly address: string
  readonly asn: number
  /** Default true. */
  readonly passive?: boolean
  /** What follows `neighbor ADDRESS`: `password x`, `ttl-security hops 1`, `timers 3 9` ... */
  readonly options?: readonly string[]
}

export interface FrrOptions {
  readonly asn: number
  readonly routerId: string
  readonly neighbors: readonly FrrNeighbor[]
  /** Families activated on every session. Default: that of the neighbour's address. */
  readonly families?: readonly ('ipv4' | 'ipv6')[]
  /** Further lines of the `router bgp` block. */
  readonly lines?: readonly string[]
}

export function frrConfig(options: FrrOptions): string {
  return [
    `router bgp ${options.asn}`,
    ` bgp router-id ${options.routerId}`,
    ' no bgp ebgp-requires-policy',
    ' no bgp default ipv4-unicast',
    ' no bgp network import-check',
    ...options.neighbors.flatMap(neighborLines),
    ...(options.lines ?? []).map((line) => ` ${line}`),
    ...addressFamily('ipv4', options),
    ...addressFamily('ipv6', options),
    'exit',
    '',
  ].join('\n')
}

function neighborLines({ address, asn, passive, options = [] }: FrrNeighbor): string[] {
  const all = [`remote-as ${asn}`, 'timers connect 1', ...(passive === false ? [] : ['passive']), ...options]
  return all.map((option) => ` neighbor ${address} ${option}`)
}

function addressFamily(family: 'ipv4' | 'ipv6', { neighbors, families }: FrrOptions): string[] {
  const served = neighbors.filter(({ address }) => {
    return families?.includes(family) ?? (family === 'ipv6') === address.includes(':')
  })
  if (served.length === 0) return []
  const active = served.flatMap(({ address }) => [
    `  neighbor ${address} activate`,
    `  neighbor ${address} soft-reconfiguration inbound`,
  ])
  return [` address-family ${family} unicast`, '  maximum-paths 16', ...active, ' exit-address-family']
}
