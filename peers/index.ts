/** Whom we talk to, and what each is told. */
export { type CloseReason, type OpenSession, PeerBook, type PeerEntry, type Session } from './book.ts'
export {
  attributesFor,
  merge,
  PeerReason,
  type PeerVerdict,
  reasonFor,
  verdictFor,
} from './policy.ts'
export { PeerRoutes, type RoutesUpdate } from './routes.ts'
export { type OwnerChange, type PeerRoute, plannedRows, type RouteRow } from './rows.ts'
export { type Look, neighborConfig, speakerSessions } from './sessions.ts'
export type { Announcement, PeerSpec } from './types.ts'
