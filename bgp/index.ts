/**
 * oyez/bgp: a BGP-4 speaker for originating routes.
 *
 *     const speaker = new Speaker({ asn: 64512, routerId: '192.0.2.10' })
 *     const neighbor = speaker.add({ address: '192.0.2.1', asn: 64513 })
 *     neighbor.setRoutes(RouteSet.of([{ prefix: '198.51.100.1/32', attributes: {} }]))
 *     neighbor.status()
 *
 * It announces the routes it is given and understands all it is sent, but it is not a router: it installs nothing,
 * selects no best paths and passes nothing on.
 */
export type { Clock, Log, LogLevel, Random, Timer } from './clock.ts'
export type { NeighborConfig, SpeakerConfig } from './config.ts'
export { ConfigError, type ConfigProblem } from './config-checks.ts'
export type { AddPathMode, Feature, StateName } from './fsm/index.ts'
export type { ListenerStatus } from './listeners.ts'
export type { Neighbor } from './neighbor.ts'
export type {
  Connection,
  ConnectionHandler,
  Endpoint,
  Listener,
  ListenHandler,
  ListenOptions,
  Network,
  TransportOptions,
} from './network.ts'
export { rehearse } from './rehearsal.ts'
export {
  type PrefixCount,
  type ReceivedRoute,
  type Route,
  type RouteAttributes,
  RouteSet,
  type RouteSetEditor,
  type Standing,
  Unsendable,
  type UnsendableReason,
} from './rib/index.ts'
export type { NeighborSettings } from './settings.ts'
export { Speaker, type SpeakerContext, type SpeakerStatus } from './speaker.ts'
export type { LastError, NeighborStatus } from './status.ts'
export { createNetwork, systemClock } from './tcp/index.ts'
export {
  type Asn,
  type Capability,
  type DecodedMessage,
  decodeMessage,
  describeNotification,
  type Examination,
  encodeUpdate,
  examine,
  FAMILIES,
  type Family,
  formatAddress,
  formatPrefix,
  fromHex,
  type Message,
  MessageFramer,
  type MessageTypeName,
  maskAddress,
  NlriList,
  type Notification,
  type OpenMessage,
  type PathAttributes,
  ProtocolError,
  parseAddress,
  parsePrefix,
  type SessionContext,
  toHex,
  type UpdateMessage,
  type UpdateValues,
} from './wire/index.ts'
