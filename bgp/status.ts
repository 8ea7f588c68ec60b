import {
  agreedKeepaliveTime,
  type Feature,
  featureName,
  type Negotiated,
  negotiatedFeatures,
  type Offer,
  offeredFeatures,
  type Peer,
  peerState,
  type StateName,
} from './fsm/index.ts'
import type { Endpoint } from './network.ts'
import type { AdjRibOutStatus, PrefixCount } from './rib/index.ts'
import type { NeighborSettings } from './settings.ts'
import type { Asn, Family, MessageTypeName } from './wire/index.ts'

/** A neighbor at one moment, as plain JSON. Moments are milliseconds of the speaker's clock, of which `now` is one. */
export interface NeighborStatus {
  readonly now: number
  readonly address: string
  readonly port: number
  readonly description?: string
  readonly asn: Asn
  readonly localAsn: Asn
  readonly type: 'ebgp' | 'ibgp'
  readonly state: StateName
  /** False: shut down by `shutdown()`, or not started. */
  readonly enabled: boolean
  readonly passive: boolean
  /** When the state was entered. */
  readonly since: number
  /** Only in Established. */
  readonly uptimeMs?: number
  /** Seconds; negotiated while there is a session, else as configured. */
  readonly holdTime: number
  /** Seconds between KEEPALIVEs; 0: none. */
  readonly keepaliveTime: number
  /** Our BGP Identifier. */
  readonly routerId: string
  readonly remoteRouterId?: string
  readonly local?: Endpoint
  readonly remote?: Endpoint
  readonly capabilities: {
    readonly offered: readonly string[]
    /** As the peer's last OPEN had them. */
    readonly received: readonly string[]
    readonly negotiated: readonly string[]
    /** Configured, but left out since the peer refused our OPEN with them. */
    readonly leftOut: readonly string[]
  }
  /** Negotiated while there is a session, else configured. */
  readonly families: readonly Family[]
  /** Prefixes the peer has been told, per family. */
  readonly advertised: AdjRibOutStatus['advertised']
  /** Prefixes ready to be sent or withdrawn; without a session all that are wanted. */
  readonly pending: number
  /** Prefixes wanted but not told, by family and reason. */
  readonly withheld: AdjRibOutStatus['withheld']
  /** Prefixes the peer has told us, per family. */
  readonly received: Readonly<Record<Family, PrefixCount>>
  readonly messages: {
    readonly sent: Readonly<Record<MessageTypeName, number>>
    readonly received: Readonly<Record<MessageTypeName, number>>
  }
  /** UPDATEs that were wrong but did not end the session (RFC 7606), by what was done about them. */
  readonly faults: { readonly treatAsWithdraw: number; readonly attributeDiscard: number }
  readonly lastError?: LastError
  /** Sessions that were Established and ended, other than by us. */
  readonly flaps: number
  /** Connections closed as duplicates (RFC 4271 section 6.8). */
  readonly collisions: number
  /** Connections from the peer that came while none was wanted. */
  readonly refused: number
  /** Connection attempts made. */
  readonly attempts: number
  /** Milliseconds until the next attempt, while one is waited for. */
  readonly nextRetryInMs?: number
}

export interface LastError {
  readonly at: number
  /** Who ended it: the peer by NOTIFICATION, we by NOTIFICATION, or neither. */
  readonly direction: 'received' | 'sent' | 'local'
  readonly text: string
}

/** What has happened with a neighbor since it was added. */
export class Tally {
  readonly sent: Record<MessageTypeName, number> = noMessages()
  readonly received: Record<MessageTypeName, number> = noMessages()
  readonly faults = { treatAsWithdraw: 0, attributeDiscard: 0 }
  lastError: LastError | undefined
  flaps = 0
  collisions = 0
  refused = 0
  attempts = 0

  snapshot(): Pick<
    NeighborStatus,
    'messages' | 'faults' | 'lastError' | 'flaps' | 'collisions' | 'refused' | 'attempts'
  > {
    const { sent, received, faults, lastError, flaps, collisions, refused, attempts } = this
    return {
      messages: { sent: { ...sent }, received: { ...received } },
      faults: { ...faults },
      ...(lastError && { lastError }),
      flaps,
      collisions,
      refused,
      attempts,
    }
  }
}

function noMessages(): Record<MessageTypeName, number> {
  return { OPEN: 0, UPDATE: 0, NOTIFICATION: 0, KEEPALIVE: 0, 'ROUTE-REFRESH': 0 }
}

/** What a status is made of. */
export interface NeighborFacts {
  readonly now: number
  readonly settings: NeighborSettings
  readonly peer: Peer
  readonly since: number
  /** What our last OPEN offered, or the next one will. */
  readonly offer: Offer
  readonly tally: Tally
  readonly up?: { readonly negotiated: Negotiated; readonly local: Endpoint; readonly remote: Endpoint }
  /** Of this session or the one before. */
  readonly lastNegotiated?: Negotiated
  readonly nextRetryInMs?: number
  readonly out: AdjRibOutStatus
  readonly received: Readonly<Record<Family, PrefixCount>>
}

export function neighborStatus(facts: NeighborFacts): NeighborStatus {
  const { now, settings, peer, since, offer, up, lastNegotiated, nextRetryInMs, tally } = facts
  const { description } = settings
  const { holdTime } = up?.negotiated ?? offer
  const keepaliveTime =
    up?.negotiated.keepaliveTime ?? agreedKeepaliveTime(offer.holdTime, offer.keepaliveTime)
  return {
    now,
    ...settings.endpoint,
    ...(description !== undefined && { description }),
    asn: settings.asn,
    localAsn: offer.asn,
    type: settings.ebgp ? 'ebgp' : 'ibgp',
    state: peerState(peer),
    enabled: peer.wanted,
    passive: settings.passive,
    since,
    ...(up && { uptimeMs: now - since, local: up.local, remote: up.remote }),
    holdTime,
    keepaliveTime,
    routerId: offer.routerId,
    ...(lastNegotiated && { remoteRouterId: lastNegotiated.remote.routerId }),
    capabilities: {
      offered: names(offeredFeatures(offer)),
      received: lastNegotiated?.received ?? [],
      negotiated: up ? names(negotiatedFeatures(up.negotiated)) : [],
      leftOut: names(peer.fallback),
    },
    families: up ? [...up.negotiated.families] : offer.families,
    ...facts.out,
    received: facts.received,
    ...tally.snapshot(),
    ...(nextRetryInMs !== undefined && { nextRetryInMs }),
  }
}

function names(features: Iterable<Feature>): string[] {
  return Array.from(features, featureName)
}
