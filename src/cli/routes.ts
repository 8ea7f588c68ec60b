/** `oyez routes`: each prefix, its attributes, the services it stands for, and whether each peer has been told. */
import type { PeerRouteView, RouteFilter, RoutesView, RouteView } from '../api/index.ts'
import type { PeerRouteReport, RouteReport } from '../plan/index.ts'
import { askSpeaker, sayWhatMisleads } from './daemon.ts'
import { type Format, show, type TextOptions } from './format.ts'
import { ExitCode, type Io } from './io.ts'
import type { Style } from './style.ts'
import { type Column, table } from './table.ts'

export interface RoutesArgs {
  readonly socket: string
  readonly output: Format
  readonly peer?: string | undefined
  readonly service?: string | undefined
}

export async function routes({ socket, output, peer, service }: RoutesArgs, io: Io): Promise<ExitCode> {
  const view = await askSpeaker(socket, (api) => api.routes(filterOf({ peer, service })))
  await show(io, output, view, routesText)
  await sayWhatMisleads(socket, output, io)
  return ExitCode.ok
}

export const filterOf = ({ peer, service }: Pick<RoutesArgs, 'peer' | 'service'>): RouteFilter => ({
  ...(peer !== undefined && { peer }),
  ...(service !== undefined && { service }),
})

export function routesText({ node, routes }: RoutesView, options: TextOptions): string {
  if (routes.length === 0) return `${node} announces nothing here; \`oyez services\` says why.\n`
  return table(ROUTE_COLUMNS, sortedByPrefix(routes), options)
}

/** For the eye: by address, IPv4 first. */
export function sortedByPrefix(routes: readonly RouteView[]): readonly RouteView[] {
  const keyed = routes.map((route) => ({ route, key: sortKey(route.prefix) }))
  return keyed.sort((a, b) => (a.key < b.key ? -1 : a.key > b.key ? 1 : 0)).map(({ route }) => route)
}

const sortKey = (prefix: string): string =>
  prefix.includes(':') ? `v6 ${prefix}` : `v4 ${prefix.replace(/\d+/g, (octet) => octet.padStart(3, '0'))}`

/** A planned route, or one of the running speaker, which also knows what was sent. */
export type AnyRoute = RouteReport | RouteView
type AnyPeerRoute = PeerRouteReport | PeerRouteView

export const ROUTE_COLUMNS: readonly Column<AnyRoute>[] = [
  { title: 'PREFIX', cell: ({ prefix }) => prefix },
  { title: 'NEXT HOP', cell: nextHops },
  { title: 'PEERS', cell: peersText },
  { title: 'ATTRIBUTES', cell: attributesText },
  { title: 'SERVICES', cell: ({ services }) => services.join(', ') },
  { title: 'ADVERTISEMENTS', cell: ({ advertisements }) => advertisements.join(', '), only: 'wide' },
  {
    title: 'NOTES',
    cell: ({ peers }) => [...new Set(peers.flatMap(({ notes }) => notes))].join('; ') || '-',
    only: 'wide',
  },
]

/** `self` stands for the local address of each session. */
function nextHops({ nextHop, peers }: AnyRoute): string {
  const named = new Set(peers.flatMap((route) => route.nextHop ?? []))
  return named.size === 0 ? nextHop : [...named].join(', ')
}

/** `✓ tor1  … tor2  ✗ tor3 FamilyNotOnSession`. */
function peersText({ peers }: AnyRoute, style: Style): string {
  return peers.map((route) => peerText(route, style)).join('  ') || 'none'
}

function peerText(route: AnyPeerRoute, { yes, no, wait }: Style): string {
  if (!route.wouldSend) return `${no} ${route.peer} ${route.code}`
  return 'sent' in route && !route.sent ? `${wait} ${route.peer} not sent yet` : `${yes} ${route.peer}`
}

function attributesText({ localPref, communities, largeCommunities }: AnyRoute): string {
  const parts = [
    localPref === undefined ? '' : `LOCAL_PREF ${localPref}`,
    communities.length === 0 ? '' : `communities ${communities.join(' ')}`,
    largeCommunities.length === 0 ? '' : `large ${largeCommunities.join(' ')}`,
  ]
  return parts.filter(Boolean).join(', ') || '-'
}
