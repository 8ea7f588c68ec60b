/**
 * BGP messages between octets and values: pure, bounded, and total but for ProtocolError. Nothing here knows of
 * sockets, timers or sessions.
 */

export {
  familyOf,
  formatAddress,
  formatPrefix,
  maskAddress,
  type Prefix,
  parseAddress,
  parsePrefix,
} from './address.ts'
export { mergeAs4 } from './as-path.ts'
export {
  encodeMpReachPrefix,
  encodeMpUnreachPrefix,
  encodePathAttributes,
  type MpReach,
  type MpUnreach,
  type UpdateAction,
  type UpdateFault,
} from './attributes/index.ts'
export { capabilityCode, capabilityName, encodeCapability } from './capabilities.ts'
export type {
  AddPathDirection,
  AddPathFamily,
  Capability,
  GracefulRestart,
  StaleFamily,
} from './capability.ts'
export { capabilityDetail } from './capability-words.ts'
export { type DissectedField, dissect } from './dissect/index.ts'
export { encodeUpdate, type UpdateValues } from './encode-update.ts'
export { encodeEndOfRib } from './end-of-rib.ts'
export {
  Cease,
  ErrorCode,
  errorName,
  FsmError,
  OpenError,
} from './error-codes.ts'
export { MalformedNotification, ProtocolError } from './errors.ts'
export {
  type Examination,
  type ExaminedMessage,
  type ExaminedNotification,
  examine,
  type Outcome,
} from './examine.ts'
export { type FamilyId, familyName, unicast } from './family.ts'
export { MessageFramer } from './framer.ts'
export { fromHex, toHex } from './hex.ts'
export {
  type DecodedMessage,
  decodeMessage,
  encodeKeepalive,
  type KeepaliveMessage,
  type Message,
  type MessageAction,
  type MessageFault,
} from './message.ts'
export { NlriList, type NlriVisitor } from './nlri.ts'
export {
  describeNotification,
  encodeNotification,
  encodePrefixLimit,
  type NotificationMessage,
} from './notification.ts'
export { encodeOpen, type OpenMessage, type OpenParams } from './open.ts'
export { type OpenExpectations, openFamilies, validateOpen } from './open-rules.ts'
export { encodeRouteRefresh, type RefreshSubtype, type RouteRefreshMessage } from './route-refresh.ts'
export { encodeShutdownText } from './shutdown.ts'
export {
  AFI,
  type Aggregator,
  AS_TRANS,
  type Asn,
  type AsPathSegment,
  type AsPathSegmentType,
  DEFAULT_LOCAL_PREF,
  FAMILIES,
  type Family,
  HEADER_LENGTH,
  MAX_EXTENDED_MESSAGE,
  MAX_MESSAGE,
  MessageType,
  type MessageTypeName,
  type Nlri,
  type Notification,
  type OpaqueAttribute,
  type Origin,
  type PathAttributes,
  type SessionContext,
} from './types.ts'
export {
  type DecodedUpdate,
  decodeUpdate,
  type RouteChange,
  routeChanges,
  type UpdateMessage,
} from './update.ts'
