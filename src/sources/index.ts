/** Where the cluster state comes from: a folder of manifests, or the API server. */

export {
  type ClusterChoice,
  connectKubernetes,
  Doorbell,
  type KubeApi,
  KubeError,
  type KubeFailure,
  type KubeObject,
  type KubeRequest,
  type KubernetesContext,
  type KubernetesHandlers,
  type KubernetesKindView,
  type KubernetesSourceOptions,
  type KubernetesSourceView,
  type KubernetesWatcher,
  type Method,
  type ObjectIdentity,
  Patch,
  pagesOf,
  Reflector,
  type Sink,
  type WatchEvent,
  type WatchRequest,
  watchKubernetes,
} from './kubernetes/index.ts'
export {
  loadManifests,
  type ManifestHandlers,
  type ManifestWatcher,
  type WatchOptions,
  watchManifests,
} from './manifests/index.ts'
