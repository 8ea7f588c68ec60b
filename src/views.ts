/**
 * The running speaker for the API: decisions from the planner, routes from the peer book, sessions from the library,
 * put together when somebody asks.
 */

import type { Standing } from '../bgp/index.ts'
import { familyOf } from '../bgp/wire/index.ts'
import type { Announcer } from './announcer.ts'
import type {
  ExplainView,
  FamilyCounts,
  PeerExplanation,
  PeerRouteView,
  PeerView,
  RouteFilter,
  RouteView,
  ServiceView,
  SessionView,
  SpeakerViews,
  StatusView,
} from './api/index.ts'
import type { Snapshot } from './cluster/index.ts'
import { type PoolUsage, poolUsage } from './ipam/index.ts'
import {
  explainForPeer,
  type PeerPlan,
  type PeerRouteReport,
  reportPeer,
  reportRoute,
  reportService,
  type ServicePlan,
} from './plan/index.ts'

/** One session as the views need it: its state, and how a prefix stands with the peer. */
export interface SessionLook {
  readonly session: SessionView
  standing(prefix: string): Standing
}

export interface ViewSources {
  readonly node: string
  readonly version: string
  readonly startedAt: number
  now(): number
  readonly announcer: Announcer<SessionLook>
  readonly feed: { readonly isReady: boolean; view(): StatusView['source'] }
}

export function speakerViews(sources: ViewSources): SpeakerViews {
  const { node, announcer } = sources
  return {
    status: () => statusView(sources),
    peers: () => peerViews(announcer),
    routes: (filter) => routeViews(announcer, filter),
    services: () => serviceViews(announcer),
    serviceKeys: () => loadBalancers(announcer).map(([key]) => key),
    pools: poolsOf(announcer),
    explain: (service, peer) => explainView(node, announcer, service, peer),
  }
}

const loadBalancers = ({ planner }: Announcer<SessionLook>) =>
  planner.plans.entries().filter(([, { service }]) => service.type === 'LoadBalancer')

function statusView({ node, version, startedAt, now, announcer, feed }: ViewSources): StatusView {
  const sessions = [...announcer.book].flatMap(({ status }) => status?.session ?? [])
  const selected = announcer.peers.filter((peer) => peer.selected).length
  let total = 0
  let announced = 0
  for (const [, plan] of loadBalancers(announcer)) {
    total++
    // Without a peer nobody hears of it, as `services` says too.
    if (plan.announce && selected > 0) announced++
  }
  return {
    name: 'oyez',
    version,
    node,
    pid: process.pid,
    uptimeMs: Math.round(now() - startedAt),
    ready: feed.isReady,
    source: feed.view(),
    peers: {
      selected,
      established: sessions.filter(({ state }) => state === 'Established').length,
    },
    services: { total, announced },
    routes: routeCounts(announcer),
  }
}

/** Counted again when something changed. */
function poolsOf(announcer: Announcer<SessionLook>): () => readonly PoolUsage[] {
  let counted: Snapshot | undefined
  let usage: readonly PoolUsage[] = []
  return () => {
    const { snapshot } = announcer
    if (snapshot !== undefined && snapshot !== counted) usage = poolUsage(snapshot)
    counted = snapshot
    return usage
  }
}

export function routeCounts({ book }: Announcer<SessionLook>): FamilyCounts {
  const counts = { ipv4: 0, ipv6: 0 }
  for (const prefix of book.routes.prefixes) counts[familyOf(prefix)]++
  return counts
}

function looks({ book }: Announcer<SessionLook>): ReadonlyMap<string, SessionLook> {
  return new Map([...book].flatMap(({ spec, status }) => (status === undefined ? [] : [[spec.name, status]])))
}

function peerViews(announcer: Announcer<SessionLook>): readonly PeerView[] {
  const entries = new Map([...announcer.book].map((entry) => [entry.spec.name, entry]))
  return announcer.peers.map((plan) => {
    const entry = entries.get(plan.name)
    const session = entry?.status?.session
    return {
      ...reportPeer(plan),
      ...(entry?.refused !== undefined && { message: entry.refused }),
      port: entry?.spec.port ?? plan.port,
      ...(session !== undefined && { session }),
    }
  })
}

function* routeViews(announcer: Announcer<SessionLook>, filter: RouteFilter): Generator<RouteView> {
  const { routes } = announcer.book
  const sessions = looks(announcer)
  const prefixes = filter.service === undefined ? routes.prefixes : routes.prefixesOf(filter.service)
  for (const prefix of prefixes) {
    const row = routes.row(prefix)
    if (row === undefined) continue
    const report = reportRoute(row)
    const peers = report.peers
      .filter(({ peer }) => filter.peer === undefined || peer === filter.peer)
      .map((route) => peerRouteView(route, sessions.get(route.peer)?.standing(prefix)))
    yield { ...report, nextHop: peers.find(({ sent }) => sent)?.nextHop ?? report.nextHop, peers }
  }
}

/** What was sent says its real next hop; before that, the plan's word for it has to do. */
function peerRouteView(route: PeerRouteReport, standing: Standing | undefined): PeerRouteView {
  if (!standing?.sent) return { ...route, sent: false }
  const { nextHop } = standing.path
  return { ...route, sent: true, ...(nextHop !== undefined && { nextHop }) }
}

function* serviceViews(announcer: Announcer<SessionLook>): Generator<ServiceView> {
  for (const [, plan] of loadBalancers(announcer)) {
    const { trace: _, announcements: __, ...view } = reportService(plan, announcer.peers)
    yield view
  }
}

function explainView(
  node: string,
  announcer: Announcer<SessionLook>,
  service: string,
  peer: string | undefined,
): ExplainView | undefined {
  const plan = announcer.planner.plans.get(service)
  if (plan === undefined || plan.service.type !== 'LoadBalancer') return undefined
  const sessions = looks(announcer)
  const asked = announcer.peers.filter(({ name }) => peer === undefined || name === peer)
  return {
    node,
    service: reportService(plan, announcer.peers),
    peers: asked.map((one) => peerExplanation(plan, one, sessions.get(one.name))),
  }
}

function peerExplanation(plan: ServicePlan, peer: PeerPlan, look: SessionLook | undefined): PeerExplanation {
  const trace = explainForPeer(plan, peer)
  const failing = trace.find(({ ok }) => !ok)
  const prefixes = [...new Set(plan.announcements.map(({ prefix }) => prefix))]
  return {
    peer: peer.name,
    address: peer.address,
    ...(look !== undefined && { state: look.session.state }),
    ...(failing?.code !== undefined && { code: failing.code }),
    trace,
    routes: prefixes.map((prefix) => ({ prefix, sent: look?.standing(prefix).sent ?? false })),
  }
}
