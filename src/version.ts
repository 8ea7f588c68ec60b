/** The version of the package this file belongs to, run from sources or compiled. */
import { createRequire } from 'node:module'

export function packageVersion(): string {
  return (createRequire(import.meta.url)('oyez/package.json') as { version: string }).version
}
