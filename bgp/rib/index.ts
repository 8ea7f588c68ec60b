/** The Adj-RIB-Out and Adj-RIB-In of a neighbor, and the route sets they speak of. */
export {
  AdjRibIn,
  type AdjRibInOptions,
  type PrefixCount,
  type PrefixLimit,
  type ReceivedRoute,
} from './adj-rib-in.ts'
export { AdjRibOut, type AdjRibOutStatus, type SessionOut, type Standing } from './adj-rib-out.ts'
export { internAttributes, type Route, type RouteAttributes } from './attributes.ts'
export type { RouteSetEditor } from './editor.ts'
export {
  type ExportFacts,
  exportAttributes,
  type NotSendable,
  Unsendable,
  type UnsendableReason,
} from './export.ts'
export { RouteSet } from './route-set.ts'
