/** What the daemon says about itself to the API server: status objects and the Events that go with them. */
export { AnnouncedServices, type Change, type Decided, type Standing } from './announced.ts'
export {
  CONTROLLER_COMPONENT,
  type Component,
  type ConfigurationStatus,
  concerning,
  configurationErrors,
  configurationStatus,
  speakerComponent,
} from './configuration-state.ts'
export { ConfigurationWriter, type ConfigurationWriterOptions } from './configuration-writer.ts'
export { NodeStatus, type NodeStatusOptions, type StatusFigures } from './node-status.ts'
export { type OwnerReference, ownerOf } from './owner.ts'
export { type Identify, ServiceReason } from './service-events.ts'
export { SessionReason } from './session-events.ts'
