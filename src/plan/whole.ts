/**
 * A whole node's plan at once, in plain shapes that JSON can carry: what `oyez plan` prints without any daemon, and
 * what the running speaker shows of its decisions. The same decisions and the same policy make both.
 */
import { PeerReason, type PeerRoute, plannedRows, type RouteRow } from '../../peers/index.ts'
import type { Snapshot } from '../cluster/index.ts'
import type { PlanOptions } from './context.ts'
import { peersStep, unheardOf } from './explain.ts'
import { type PeerPlan, planPeers, wantedPeers } from './peers.ts'
import { NodePlanner } from './planner.ts'
import { keyOf } from './service.ts'
import { messageOf, traceOf } from './steps.ts'
import type { ReasonCode, ServicePlan, TraceStep } from './types.ts'

export interface AnnouncementReport {
  readonly prefix: string
  readonly advertisement: string
  /** Absent: every peer. */
  readonly peers?: readonly string[]
  /** Absent: the default, 100. */
  readonly localPref?: number
  readonly communities: readonly string[]
  readonly largeCommunities: readonly string[]
}

export interface ServiceReport {
  /** `namespace/name`. */
  readonly key: string
  readonly addresses: readonly string[]
  readonly policy: 'Cluster' | 'Local'
  /** Something of it goes to at least one peer. */
  readonly announce: boolean
  readonly code: ReasonCode
  readonly message: string
  readonly pool?: string
  readonly trace: readonly TraceStep[]
  readonly announcements: readonly AnnouncementReport[]
}

export interface PeerReport {
  readonly name: string
  readonly address: string
  readonly port: number
  readonly selected: boolean
  readonly code?: ReasonCode
  readonly message: string
  /** Only of a selected peer. */
  readonly localAsn?: number
  readonly asn?: number
  readonly routerId?: string
}

export interface PeerRouteReport extends Omit<PeerRoute, 'nextHop'> {
  readonly wouldSend: boolean
  /** An address, or `self`: the local address of the session. Absent when nothing is sent. */
  readonly nextHop?: string
}

export interface RouteReport {
  readonly prefix: string
  /** An address, or `self`: the local address of each session. */
  readonly nextHop: string
  /** What an iBGP peer is told, if there is one. */
  readonly localPref?: number
  readonly communities: readonly string[]
  readonly largeCommunities: readonly string[]
  /** The services it stands for. */
  readonly services: readonly string[]
  readonly advertisements: readonly string[]
  readonly peers: readonly PeerRouteReport[]
}

export interface NodePlanReport {
  readonly node: string
  readonly services: readonly ServiceReport[]
  readonly peers: readonly PeerReport[]
  readonly routes: readonly RouteReport[]
}

/** One service's decision for display. A service that no peer would hear of is not announced, whatever the rules say. */
export const reportService = (plan: ServicePlan, peers: readonly PeerPlan[]): ServiceReport =>
  new ServiceRow(plan, peers)

/** What is long and seldom read is worked out when it is asked for, as in the decision itself; JSON has all of it. */
class ServiceRow implements ServiceReport {
  readonly key: string
  readonly addresses: readonly string[]
  readonly policy: 'Cluster' | 'Local'
  readonly announce: boolean
  readonly code: ReasonCode
  readonly message: string
  declare readonly pool?: string
  readonly #plan: ServicePlan
  readonly #peers: readonly PeerPlan[]

  constructor(plan: ServicePlan, peers: readonly PeerPlan[]) {
    const reach = peersStep(plan, peers)
    const stopped = reach?.ok === false ? reach : undefined
    const unheard = reach?.ok ? unheardOf(plan, peers) : []
    this.key = keyOf(plan.service)
    this.addresses = plan.service.addresses
    this.policy = plan.service.externalTrafficPolicy
    this.announce = plan.announce && stopped === undefined
    this.code = stopped?.code ?? plan.code
    this.message =
      stopped === undefined
        ? plan.message + unheard.map((one) => `; not heard: ${one}`).join('')
        : messageOf(stopped)
    if (plan.pool !== undefined) this.pool = plan.pool
    this.#plan = plan
    this.#peers = peers
  }

  get trace(): readonly TraceStep[] {
    const reach = peersStep(this.#plan, this.#peers)
    return reach === undefined ? this.#plan.trace : [...this.#plan.trace, ...traceOf([reach])]
  }

  get announcements(): readonly AnnouncementReport[] {
    return this.#plan.announcements.map(({ owner: _, ...rest }) => rest)
  }

  toJSON(): ServiceReport {
    return { ...this, trace: this.trace, announcements: this.announcements }
  }
}

/** Never holds the password. */
export function reportPeer({ trace: _, spec, ...rest }: PeerPlan): PeerReport {
  if (spec === undefined) return rest
  const { localAsn, asn, routerId } = spec
  return { ...rest, localAsn, asn, ...(routerId !== undefined && { routerId }) }
}

function reportPeerRoute(route: PeerRoute): PeerRouteReport {
  const wouldSend = route.code === PeerReason.announced
  return { ...route, wouldSend, ...(wouldSend && { nextHop: route.nextHop ?? 'self' }) }
}

/** What differs from peer to peer (communities of advertisements for some peers only) is joined on the first level. */
export function reportRoute({ prefix, owners, advertisements, peers: routes }: RouteRow): RouteReport {
  const peers = routes.map(reportPeerRoute)
  const localPref = peers.find((route) => route.localPref !== undefined)?.localPref
  return {
    prefix,
    nextHop: peers.find(({ wouldSend }) => wouldSend)?.nextHop ?? 'self',
    ...(localPref !== undefined && { localPref }),
    communities: joined(peers.map(({ communities }) => communities)),
    largeCommunities: joined(peers.map(({ largeCommunities }) => largeCommunities)),
    services: owners,
    advertisements,
    peers,
  }
}

/** Mostly all peers are told the very same list. */
function joined(lists: readonly (readonly string[])[]): readonly string[] {
  const [first = []] = lists
  return lists.every((list) => list === first) ? first : [...new Set(lists.flat())]
}

/** What one node would do with this snapshot. Services of other types than LoadBalancer are left out. */
export function planNode(snapshot: Snapshot, nodeName: string, options: PlanOptions = {}): NodePlanReport {
  const planner = new NodePlanner(nodeName, options)
  planner.update(snapshot)
  const peers = planPeers(snapshot, nodeName)
  const wanted = planner.plans.entries().map(([key, { announcements }]) => [key, announcements] as const)
  const plans = [...planner.plans.values()].filter(({ service }) => service.type === 'LoadBalancer')
  return {
    node: nodeName,
    services: plans.map((plan) => reportService(plan, peers)),
    peers: peers.map(reportPeer),
    routes: [...plannedRows(wanted, wantedPeers(peers)).map(reportRoute)],
  }
}

/** The plans of several nodes; every node of the snapshot when none are named. */
export const planCluster = (
  snapshot: Snapshot,
  nodeNames: Iterable<string> = snapshot.nodes.keys(),
  options: PlanOptions = {},
): readonly NodePlanReport[] => [...nodeNames].map((nodeName) => planNode(snapshot, nodeName, options))
