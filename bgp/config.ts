import { checkNeighborConfig } from './config-checks.ts'
import { type AddPathMode, CONNECT_RETRY_SECONDS, FEATURES, type Feature, type Offer } from './fsm/index.ts'
import type { Endpoint, TransportOptions } from './network.ts'
import { type Asn, FAMILIES, type Family, familyOf, formatAddress, parseAddress } from './wire/index.ts'

/**
 * What a user of the library writes, and what it becomes once checked: strict, complete, every default filled in.
 * All that is wrong is reported together, each with the name of its field.
 */

export interface SpeakerConfig {
  /** Our AS number, 1..4294967295. */
  readonly asn: Asn
  /** BGP Identifier, an IPv4-like dotted quad, not 0.0.0.0; unique among the routers' peers. */
  readonly routerId: string
  /** Where to accept connections; default port 179 on every address, IPv4 and IPv6. `none`: only dial. */
  readonly listen?: readonly Endpoint[] | 'none'
  /** Told to peers with the FQDN capability, at most 64 octets each. */
  readonly hostname?: string
  readonly domain?: string
  /** Told to peers with the software version capability, at most 64 octets. */
  readonly softwareVersion?: string
}

export interface NeighborConfig {
  /** IPv4 or IPv6, without prefix length; link-local with its zone, `fe80::1%eth0`. */
  readonly address: string
  readonly asn: Asn
  /** Our AS towards this neighbor; default the speaker's. */
  readonly localAsn?: Asn
  /** Our BGP Identifier towards this neighbor; default the speaker's. */
  readonly routerId?: string
  /** Default 179. */
  readonly port?: number
  /** Seconds, 3..65535, or 0 for no hold and keepalive timers; default 90. The smaller of both sides' counts. */
  readonly holdTime?: number
  /** Seconds between KEEPALIVEs; default and most a third of the negotiated hold time. */
  readonly keepaliveTime?: number
  /** Seconds: the longest pause between connection attempts, 1..65535; default 120. The first are shorter. */
  readonly connectRetryTime?: number
  /** Seconds to wait for the peer's OPEN before sending ours (DelayOpen, RFC 4271 section 8.1.1); default 0, off. */
  readonly delayOpenTime?: number
  /** Never dial, only accept; default false. */
  readonly passive?: boolean
  /** TCP MD5 key, 1..80 octets (RFC 2385). */
  readonly password?: string
  /** Our address of the connection. */
  readonly sourceAddress?: string
  /** Bind to this interface. */
  readonly device?: string
  /**
   * TTL or hop limit of what we send. Default: the kernel's, usually 64, to external peers too, which reaches peers
   * any number of hops away, and 255 where the peer has connected to us; a router that requires 255 (TTL security)
   * needs `ttlSecurity` here.
   */
  readonly ttl?: number
  /** GTSM (RFC 5082): send with 255 and refuse what comes from more than this many hops away; 1: the same link. */
  readonly ttlSecurity?: number
  /** Address families to carry; default the one of `address`. */
  readonly families?: readonly Family[]
  /**
   * Capabilities to offer or not. Default: all but `fqdn` and `softwareVersion` to external peers, and
   * `extendedNextHop` only where IPv4 is carried over IPv6.
   */
  readonly capabilities?: Readonly<Partial<Record<Feature, boolean>>>
  /** Add-path per family (RFC 7911); default none. */
  readonly addPath?: Readonly<Partial<Record<Family, AddPathMode>>>
  /** Graceful restart (RFC 4724); default only the understanding of End-of-RIB. */
  readonly gracefulRestart?: {
    readonly restartTime: number
    readonly restarting: boolean
    readonly families: readonly Family[]
  }
  /** Next hops to announce, by the routes' family; default our address of the session. */
  readonly nextHop?: Readonly<Partial<Record<Family, string>>>
  /** Fill UPDATEs past 4096 octets where the peer allows (RFC 8654); default false, longer ones are only accepted. */
  readonly extendedPacking?: boolean
  /** Most prefixes to accept per family before the session is ended (Cease 6/1); default no limit. */
  readonly maxPrefixes?: Readonly<Partial<Record<Family, number>>>
  /** For people. */
  readonly description?: string
}

/** A configured neighbor, checked. */
export interface NeighborSettings {
  readonly endpoint: Endpoint
  readonly asn: Asn
  readonly ebgp: boolean
  readonly offer: Offer
  readonly connectRetryTime: number
  readonly delayOpenMs: number
  readonly passive: boolean
  readonly transport: TransportOptions
  readonly nextHops: Readonly<Partial<Record<Family, string>>>
  readonly extendedPacking: boolean
  readonly maxPrefixes: Readonly<Partial<Record<Family, number>>>
  readonly description?: string
}

/** @throws ConfigError */
export function checkNeighbor(config: NeighborConfig, speaker: SpeakerConfig): NeighborSettings {
  checkNeighborConfig(config)
  const localAsn = config.localAsn ?? speaker.asn
  const { passive = false, delayOpenTime = 0, connectRetryTime = CONNECT_RETRY_SECONDS, description } = config
  return {
    endpoint: { address: canonicalAddress(config.address), port: config.port ?? 179 },
    asn: config.asn,
    ebgp: config.asn !== localAsn,
    offer: offerOf(config, speaker, localAsn),
    connectRetryTime,
    delayOpenMs: delayOpenTime * 1000,
    passive,
    transport: transportOf(config),
    nextHops: config.nextHop ?? {},
    extendedPacking: config.extendedPacking ?? false,
    maxPrefixes: config.maxPrefixes ?? {},
    ...(description !== undefined && { description }),
  }
}

/** One spelling per address, whatever the user or the kernel wrote: IPv4-mapped becomes IPv4, a zone stays. */
export function canonicalAddress(text: string): string {
  const [host = '', zone] = text.split('%')
  const octets = parseAddress(
    host.toLowerCase().startsWith('::ffff:') && host.includes('.') ? host.slice(7) : host,
  )
  if (octets === undefined) return text
  return formatAddress(octets) + (zone === undefined ? '' : `%${zone}`)
}

function offerOf(config: NeighborConfig, speaker: SpeakerConfig, asn: Asn): Offer {
  const families = FAMILIES.filter((family) =>
    (config.families ?? [familyOf(config.address)]).includes(family),
  )
  const { keepaliveTime } = config
  const { hostname, domain, softwareVersion } = speaker
  return {
    asn,
    routerId: config.routerId ?? speaker.routerId,
    holdTime: config.holdTime ?? 90,
    ...(keepaliveTime !== undefined && { keepaliveTime }),
    families,
    features: featuresOf(config, families, config.asn !== asn),
    addPath: config.addPath ?? {},
    gracefulRestart: config.gracefulRestart ?? { restartTime: 0, restarting: false, families: [] },
    ...(hostname !== undefined && { hostname }),
    ...(domain !== undefined && { domain }),
    ...(softwareVersion !== undefined && { softwareVersion }),
  }
}

/** Who we are and what we run is nobody's business across an AS border unless someone says so. */
function featuresOf(
  config: NeighborConfig,
  families: readonly Family[],
  ebgp: boolean,
): ReadonlySet<Feature> {
  const byDefault: Partial<Record<Feature, boolean>> = {
    fqdn: !ebgp,
    softwareVersion: !ebgp,
    extendedNextHop: familyOf(config.address) === 'ipv6' && families.includes('ipv4'),
  }
  return new Set(FEATURES.filter((feature) => config.capabilities?.[feature] ?? byDefault[feature] ?? true))
}

function transportOf({
  password,
  sourceAddress,
  device,
  ttl,
  ttlSecurity,
}: NeighborConfig): TransportOptions {
  return {
    ...(password !== undefined && { password }),
    ...(sourceAddress !== undefined && { sourceAddress }),
    ...(device !== undefined && { device }),
    ...(ttl !== undefined && { ttl }),
    ...(ttlSecurity !== undefined && { ttl: 255, minTtl: 256 - ttlSecurity }),
  }
}
