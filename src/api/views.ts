/**
 * What the API shows, asked of whoever knows: the running speaker implements this, tests can it. Answers are made
 * on demand from what stands in memory; nothing here owns a fact.
 */
import type { ObjectKey } from '../cluster/index.ts'
import type { PoolUsage } from '../ipam/index.ts'
import type { ExplainView, PeerView, RouteView, ServiceView, StatusView } from './types.ts'

export interface RouteFilter {
  /** A BGPPeer's name. */
  readonly peer?: string
  readonly service?: ObjectKey
}

export interface SpeakerViews {
  status(): StatusView
  /** Every BGPPeer of the configuration, selected or not. */
  peers(): readonly PeerView[]
  /**
   * Routes in some stable order. Rows are pulled a slice at a time, with the event loop running in between, so
   * that a hundred thousand of them never hold up a keepalive: the iterable must bear changes under it.
   */
  routes(filter: RouteFilter): Iterable<RouteView>
  /** Services of type LoadBalancer; pulled in slices like routes. */
  services(): Iterable<ServiceView>
  /** The names of those services, cheaply. */
  serviceKeys(): Iterable<ObjectKey>
  /** How full the pools are, by what the statuses of Services hold. */
  pools(): readonly PoolUsage[]
  /** `peer`, when given, is the name of one in `peers()`. Undefined: no such service. */
  explain(service: ObjectKey, peer?: string): ExplainView | undefined
}
