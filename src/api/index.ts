/** The local API. The server, with fastify behind it, is loaded when it is served: clients start quickly. */
import type { ApiOptions, ApiServer } from './server.ts'
import type { SpeakerViews } from './views.ts'

export { boundConnections } from './bound-connections.ts'
export { type ApiClient, ApiError, type ApiFailure, type ClientOptions, connectApi } from './client.ts'
export { listenTcp, type Served } from './listen-tcp.ts'
export { nearNames } from './near.ts'
export type { ApiOptions, ApiServer } from './server.ts'
export { SocketError } from './socket.ts'
export type {
  ErrorView,
  ExplainView,
  FamilyCounts,
  NamesView,
  PeerExplanation,
  PeerRouteView,
  PeersView,
  PeerView,
  PoolsView,
  RoutesView,
  RouteView,
  ServicesView,
  ServiceView,
  SessionState,
  SessionView,
  SourceView,
  StatusView,
} from './types.ts'
export type { RouteFilter, SpeakerViews } from './views.ts'

/** Serves the views on a Unix socket, and on a port if wanted; rejects with a SocketError when one of them cannot be had. */
export const serveApi = async (views: SpeakerViews, options: ApiOptions): Promise<ApiServer> =>
  (await import('./server.ts')).serveApi(views, options)
