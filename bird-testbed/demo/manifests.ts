/** The live edit of the demo: what `kubectl edit` would change in the services, done to their YAML. */
import { readFileSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

/** Sets externalTrafficPolicy of every service; `healthCheckNodePort` exists only with Local. */
export function setTrafficPolicyToCluster(folder: string): void {
  const file = join(folder, 'services.yaml')
  const edited = readFileSync(file, 'utf8')
    .replaceAll('externalTrafficPolicy: Local', 'externalTrafficPolicy: Cluster')
    .replaceAll(/^ *healthCheckNodePort: .*\n/gm, '')
  // Renamed into place, as editors do: a reader sees the old file or the new one, never a half.
  writeFileSync(`${file}.new`, edited)
  renameSync(`${file}.new`, file)
}
