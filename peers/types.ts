/**
 * What a peer is told, before it is told: announcements come from decisions (whoever makes them), policy turns them
 * into the RouteSet of each peer. This folder knows nothing of Kubernetes: an announcement's `owner` is only a label.
 */

/** One prefix that one owner (a service) wants announced, to all peers or to the named ones. */
export interface Announcement {
  /** Canonical prefix, already aggregated, e.g. `192.0.2.240/32`. */
  readonly prefix: string
  /** Who stands behind it, for display: `namespace/name` of a service. */
  readonly owner: string
  /** The advertisement that asked for it, for display and for ordering. */
  readonly advertisement: string
  /** Peer names; undefined means every peer. */
  readonly peers?: readonly string[]
  /** LOCAL_PREF for iBGP; undefined means 100. */
  readonly localPref?: number
  readonly communities: readonly string[]
  readonly largeCommunities: readonly string[]
}

/** How to reach a router and speak to it. A change of anything but the next hops needs a new session. */
export interface PeerSpec {
  readonly name: string
  readonly address: string
  readonly port: number
  readonly localAsn: number
  readonly asn: number
  readonly routerId?: string
  /** Seconds; 0 turns hold and keepalive timers off. */
  readonly holdTime: number
  readonly keepaliveTime?: number
  /** Seconds between connection attempts (ConnectRetryTime). */
  readonly connectTime?: number
  readonly password?: string
  readonly sourceAddress?: string
  /** Carry both families on the one session. */
  readonly dualStack: boolean
  /** Next hop to give for the family that is not the session's own; undefined: none is known. */
  readonly nextHop4?: string
  readonly nextHop6?: string
}
