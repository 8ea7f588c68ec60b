/** Cluster state from the API server, and the way to it for everybody else. */

export { connectKubernetes } from './connect.ts'
export { Doorbell } from './doorbell.ts'
export type { Choice as ClusterChoice } from './kubeconfig.ts'
export { pagesOf } from './pages.ts'
export { type KubeObject, Reflector, type Sink } from './reflector.ts'
export {
  type KubernetesContext,
  type KubernetesHandlers,
  type KubernetesKindView,
  type KubernetesSourceOptions,
  type KubernetesSourceView,
  type KubernetesWatcher,
  watchKubernetes,
} from './source.ts'
export {
  type KubeApi,
  KubeError,
  type KubeFailure,
  type KubeRequest,
  type Method,
  type ObjectIdentity,
  Patch,
  type WatchEvent,
  type WatchRequest,
} from './types.ts'
