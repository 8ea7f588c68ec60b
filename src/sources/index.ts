/** Where the cluster state comes from: a folder of manifests. */

export {
  loadManifests,
  type ManifestHandlers,
  type ManifestWatcher,
  type WatchOptions,
  watchManifests,
} from './manifests/index.ts'
