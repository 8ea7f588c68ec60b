/** MetalLB's own CRDs, read where Go keeps the sources that the lab builds MetalLB from; none of them is ours. */
import { execFileSync } from 'node:child_process'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const MODULE = fileURLToPath(new URL('../../../bird-testbed/kubernetes/metallb', import.meta.url))

/** The folder for `kubectl apply -k`; undefined when Go has not got them and cannot fetch them. */
export function metallbCrds(): string | undefined {
  try {
    const go = (...argv: string[]) =>
      execFileSync('go', argv, { cwd: MODULE, encoding: 'utf8', stdio: 'pipe' })
    go('mod', 'download', 'go.universe.tf/metallb')
    const folder = go('list', '-m', '-f', '{{.Dir}}', 'go.universe.tf/metallb').trim()
    return folder === '' ? undefined : join(folder, 'config', 'crd')
  } catch {
    return undefined
  }
}
