/** Cluster state from a folder of YAML. */

export { loadManifests } from './load.ts'
export { type ManifestHandlers, type ManifestWatcher, type WatchOptions, watchManifests } from './watch.ts'
