import type { AddPathMode, Feature } from './fsm/index.ts'
import type { Endpoint } from './network.ts'
import type { Asn, Family } from './wire/index.ts'

/** What a user of the library writes; settings.ts makes of it what the rest works with. */

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
    /** Seconds the peer is to keep our routes, 0..4095. */
    readonly restartTime: number
    /** We come back from a restart (the R bit). */
    readonly restarting: boolean
    /** Families whose forwarding outlives us (the F bit). */
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
