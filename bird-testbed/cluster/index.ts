/** A Kubernetes API, or a whole cluster, in the lab. */
export { ApiClient, ApiError, type KubeObject, type Method, type ObjectMeta } from './api-client.ts'
export { type AuditEvent, AuditLog } from './audit.ts'
export { missingPrograms, type Program, program, versionOf } from './binaries.ts'
export { Cluster, type ClusterOptions } from './cluster.ts'
export { ClusterNode } from './cluster-node.ts'
export {
  ControlPlane,
  type ControlPlaneOptions,
  type KubeconfigOptions,
  type LocalDoor,
} from './control-plane.ts'
export { SERVICE_RANGES } from './control-plane-flags.ts'
export { Daemon } from './daemon.ts'
export { type Image, type ImageConfig, packImage } from './image.ts'
export { BASE_IMAGE, baseImage, pauseImage, WEB_IMAGE, webImage } from './images.ts'
export { Machine } from './machine.ts'
export { Metallb } from './metallb.ts'
export {
  type EndpointFacts,
  type NodeFacts,
  namespaceObject,
  nodeObject,
  type ServiceFacts,
  serviceAccountObject,
  serviceObject,
  sliceObject,
} from './objects.ts'
export { oyezImage } from './oyez-image.ts'
export { type Endpoint, Relay } from './relay.ts'
export { RelayProcess } from './relay-process.ts'
export type { ServiceAccountAccess } from './service-account.ts'
