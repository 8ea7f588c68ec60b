/** The local API. The server, with fastify behind it, is loaded when it is served: clients start quickly. */
import type { ApiOptions, ApiServer } from './server.ts'
import type { SpeakerViews } from './views.ts'

export { type ApiClient, ApiError, type ApiFailure, type ClientOptions, connectApi } from './client.ts'
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
  RoutesView,
  RouteView,
  ServicesView,
  ServiceView,
  SessionState,
  SessionView,
  StatusView,
} from './types.ts'
export type { RouteFilter, SpeakerViews } from './views.ts'

/** Serves the views on a Unix socket; rejects with a SocketError when the socket cannot be had. */
export const serveApi = async (views: SpeakerViews, options: ApiOptions): Promise<ApiServer> =>
  (await import('./server.ts')).serveApi(views, options)
