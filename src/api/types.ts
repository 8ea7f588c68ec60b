/**
 * The JSON that the speaker serves on its local socket, and that `-o json` prints. Decisions keep the shapes that
 * `src/plan` gives them; what only a running speaker knows (the session, what was sent) is added to them here.
 *
 * Durations are milliseconds and relative to the moment of the answer, so that nobody has to share a clock.
 */
import type { Diagnostic, ObjectKey } from '../cluster/index.ts'
import type { PoolUsage } from '../ipam/index.ts'
import type {
  PeerReport,
  PeerRouteReport,
  ReasonCode,
  RouteReport,
  ServiceReport,
  TraceStep,
} from '../plan/index.ts'
import type { KubernetesKindView } from '../sources/index.ts'

/** RFC 4271 section 8.2.2. */
export type SessionState = 'Idle' | 'Connect' | 'Active' | 'OpenSent' | 'OpenConfirm' | 'Established'

export interface FamilyCounts {
  readonly ipv4: number
  readonly ipv6: number
}

/** One BGP session as it is now. */
export interface SessionView {
  readonly state: SessionState
  /** How long it has been in this state. */
  readonly stateForMs: number
  /** How long it has been Established; absent when it is not. */
  readonly uptimeMs?: number
  /** Seconds: negotiated while a session is up, else what we offer. */
  readonly holdTime: number
  readonly keepaliveTime: number
  readonly routerId?: string
  readonly remoteRouterId?: string
  /** Names; received and negotiated are empty before the peer's OPEN. */
  readonly capabilities: {
    readonly offered: readonly string[]
    readonly received: readonly string[]
    readonly negotiated: readonly string[]
  }
  readonly families: readonly string[]
  /** Prefixes the peer has been told and not withdrawn. */
  readonly advertised: FamilyCounts
  /** Prefixes the peer has told us. */
  readonly received: FamilyCounts
  /** Changes that are wanted and not written yet. */
  readonly pending: number
  /** Wanted prefixes that this session cannot carry. */
  readonly withheld: readonly { readonly family: string; readonly reason: string; readonly count: number }[]
  /** By message type, since the speaker started. */
  readonly messages: {
    readonly sent: Readonly<Record<string, number>>
    readonly received: Readonly<Record<string, number>>
  }
  /** The last thing that ended or prevented the session. */
  readonly lastError?: {
    readonly agoMs: number
    readonly direction: 'sent' | 'received' | 'local'
    readonly text: string
  }
  /** Times it left Established. */
  readonly flaps: number
  /** Until the next connection attempt. */
  readonly nextRetryInMs?: number
}

/** One BGPPeer: whether this node speaks to it, why, and the session. */
export interface PeerView extends PeerReport {
  readonly port: number
  /** Present when selected. */
  readonly session?: SessionView
}

export interface PeersView {
  readonly node: string
  readonly peers: readonly PeerView[]
}

export interface PeerRouteView extends PeerRouteReport {
  /** It stands in the Adj-RIB-Out of the session: the peer has been told. */
  readonly sent: boolean
}

export interface RouteView extends Omit<RouteReport, 'peers'> {
  readonly peers: readonly PeerRouteView[]
}

export interface RoutesView {
  readonly node: string
  readonly routes: readonly RouteView[]
}

export type ServiceView = Omit<ServiceReport, 'trace' | 'announcements'>

export interface ServicesView {
  readonly node: string
  readonly services: readonly ServiceView[]
}

export interface PoolsView {
  readonly node: string
  /** By name; counted from the statuses of the Services. */
  readonly pools: readonly PoolUsage[]
}

/** What becomes of a service at one peer. */
export interface PeerExplanation {
  readonly peer: string
  readonly address: string
  /** Absent when this node does not speak to the peer. */
  readonly state?: SessionState
  readonly code?: ReasonCode
  readonly trace: readonly TraceStep[]
  /** Prefixes of the service, and whether the peer has been told. */
  readonly routes: readonly { readonly prefix: string; readonly sent: boolean }[]
}

export interface ExplainView {
  readonly node: string
  readonly service: ServiceReport
  /** Every BGPPeer, or the one that was asked for. */
  readonly peers: readonly PeerExplanation[]
}

/** Where the cluster state comes from. */
export interface SourceView {
  readonly kind: 'manifests' | 'kubernetes'
  /** The folder, or the URL of the API server. */
  readonly location: string
  /** Since the configuration in force was read. */
  readonly loadedAgoMs?: number
  /**
   * What is wrong. With errors in a folder, an older state of it is in force; of an API server only the objects that
   * are named are left out, or as they were before.
   */
  readonly diagnostics: readonly Diagnostic[]
  /** Only of an API server: where metallb.io objects are read, and how it stands with each kind. */
  readonly namespace?: string
  readonly kinds?: readonly KubernetesKindView[]
}

export interface StatusView {
  readonly name: 'oyez'
  readonly version: string
  readonly node: string
  readonly pid: number
  readonly uptimeMs: number
  /** A whole configuration has been read and is in force. */
  readonly ready: boolean
  readonly source: SourceView
  readonly peers: { readonly selected: number; readonly established: number }
  readonly services: { readonly total: number; readonly announced: number }
  readonly routes: FamilyCounts
}

export interface NamesView {
  readonly peers: readonly string[]
  readonly services: readonly ObjectKey[]
}

/** The body of every answer that is not 200. */
export interface ErrorView {
  readonly error: string
  readonly hint?: string
}
