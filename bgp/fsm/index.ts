/** The protocol's decisions without its I/O: state machines, timers, collisions, negotiation. Pure. */
export type { Cause } from './backoff.ts'
export type { Slot } from './collision.ts'
export type { ConnectionTimer, MachineAction, MachineEvent, ReceivedUpdate } from './events.ts'
export { CAPABILITY_CODE, FEATURES, type Feature, featureName } from './features.ts'
export { type Negotiated, negotiate, negotiatedFeatures, sessionContext } from './negotiate.ts'
export {
  type AddPathMode,
  type Offer,
  offeredFeatures,
  openParams,
  reduced,
} from './offer.ts'
export { newPeer, type PeerEvent, peerState, stepPeer } from './peer.ts'
export { agreedKeepaliveTime, CONNECT_RETRY_SECONDS, LEAST_JITTER } from './timing.ts'
export { NO_ANSWER, type StateName } from './transitions.ts'
export { establishedSlot, type Peer, type PeerAction, type PeerSettings, type PeerTimer } from './turn.ts'
