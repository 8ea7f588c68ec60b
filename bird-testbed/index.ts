/** The lab: networks of namespaces with real routers in them. See docs/lab.md. */
export { awaitUntil, type Patience } from './await-until.ts'
export { Bird } from './bird.ts'
export { type BirdNeighbor, type BirdOptions, birdConfig } from './bird-config.ts'
export type { BirdProtocol, BirdRoute } from './bird-output.ts'
export {
  ApiClient,
  ApiError,
  type AuditEvent,
  AuditLog,
  BASE_IMAGE,
  baseImage,
  Cluster,
  ClusterNode,
  type ClusterOptions,
  ControlPlane,
  type ControlPlaneOptions,
  Daemon,
  type Endpoint,
  type EndpointFacts,
  type Image,
  type ImageConfig,
  type KubeconfigOptions,
  type KubeObject,
  type LocalDoor,
  Machine,
  Metallb,
  type Method,
  missingPrograms,
  type NodeFacts,
  namespaceObject,
  nodeObject,
  type ObjectMeta,
  oyezImage,
  type Program,
  packImage,
  pauseImage,
  program,
  Relay,
  RelayProcess,
  SERVICE_RANGES,
  type ServiceAccountAccess,
  type ServiceFacts,
  serviceAccountObject,
  serviceObject,
  sliceObject,
  versionOf,
  WEB_IMAGE,
  webImage,
} from './cluster/index.ts'
export { type CommandOptions, type CommandResult, runCommand } from './command.ts'
export { Frr } from './frr.ts'
export { type FrrNeighbor, type FrrOptions, frrConfig } from './frr-config.ts'
export { Gobgp, type GobgpNeighbor, type GobgpOptions } from './gobgp.ts'
export { Host } from './host.ts'
export { type KernelRoute, kernelNextHops, kernelRoutes, kernelTable } from './kernel.ts'
export { type ClientPlace, Lab, type LabOptions } from './lab.ts'
export { LabProcess } from './lab-process.ts'
export { Openbgpd, type OpenbgpdNeighbor, type OpenbgpdOptions } from './openbgpd.ts'
export { OYEZ, OyezSpeaker, type OyezSpeakerOptions } from './oyez-speaker.ts'
export { missing, type Requirement } from './requirements.ts'
