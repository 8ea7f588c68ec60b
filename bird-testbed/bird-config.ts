/**
 * BIRD configurations for the usual case: a router with a session to each neighbour, which takes all routes and
 * exports them to its kernel, several next hops per prefix. Unusual ones are written out by hand.
 */

export interface BirdNeighbor {
  /** Name of BIRD's protocol for it. */
  readonly name: string
  readonly address: string
  readonly asn: number
  /** Wait for the neighbour to connect. Default true. */
  readonly passive?: boolean
  /** Further lines of the protocol block: `password "x";`, `ttl security yes;`, `hold time 3;` ... */
  readonly lines?: readonly string[]
}

export interface BirdOptions {
  readonly asn: number
  /** Also the source address of IPv4 sessions unless the neighbour's lines say otherwise. */
  readonly routerId: string
  readonly neighbors: readonly BirdNeighbor[]
  /** Families of every session. Default: that of the neighbour's address. */
  readonly families?: readonly ('ipv4' | 'ipv6')[]
  /** Install what is received into the kernel, all equally good next hops. Default true. */
  readonly kernel?: boolean
  /** Further top-level lines: static routes, filters, debug options. */
  readonly lines?: readonly string[]
}

export function birdConfig(options: BirdOptions): string {
  return [
    'log stderr all;',
    `router id ${options.routerId};`,
    'protocol device {}',
    ...(options.kernel === false ? [] : ['ipv4', 'ipv6'].map(kernelProtocol)),
    ...(options.lines ?? []),
    ...options.neighbors.map((neighbor) => bgpProtocol(neighbor, options)),
    '',
  ].join('\n')
}

function kernelProtocol(family: string): string {
  return `protocol kernel kernel_${family} { merge paths on limit 16; ${family} { import none; export where source = RTS_BGP; }; }`
}

function bgpProtocol(neighbor: BirdNeighbor, { asn, families }: BirdOptions): string {
  const own = neighbor.address.includes(':') ? 'ipv6' : 'ipv4'
  const channels = (families ?? [own]).map((family) => `  ${family} { import all; export none; };`)
  return [
    `protocol bgp ${neighbor.name} {`,
    `  local as ${asn};`,
    `  neighbor ${neighbor.address} as ${neighbor.asn};`,
    `  passive ${neighbor.passive === false ? 'off' : 'on'};`,
    // For Bird.timesUp, which reads the log.
    '  debug { states };',
    ...(neighbor.lines ?? []).map((line) => `  ${line}`),
    ...channels,
    '}',
  ].join('\n')
}
