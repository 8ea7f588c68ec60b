// Copies into the Helm chart what it has in common with the kustomize base, word by word: CRDs, the rules of RBAC, the
// alerts. A chart may not reach outside its folder, and nobody should have to write a rule twice.
// `node build/chart.mjs --check` only says whether the copies are the same.
import { copyFileSync, mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'

const DEPLOY = join(import.meta.dirname, '../deploy')
const FILES = join(DEPLOY, 'helm/oyez/files')

const isManifest = (name) => name.endsWith('.yaml') && name !== 'kustomization.yaml'

const copies = () => [
  ...readdirSync(join(DEPLOY, 'crds'))
    .filter(isManifest)
    .map((name) => [`crds/${name}`, `crds/${name}`]),
  ...['controller-rbac', 'speaker-rbac', 'viewer'].map((name) => [`base/${name}.yaml`, `${name}.yaml`]),
  ...['metrics-rbac', 'scrape-rbac', 'rules'].map((name) => [
    `overlays/prometheus/${name}.yaml`,
    `${name}.yaml`,
  ]),
]

const text = (path) => readFileSync(path, 'utf8')

/** What is not as it should be, by name. */
function differences() {
  const there = readdirSync(FILES, { recursive: true, encoding: 'utf8' }).filter(isManifest)
  const wanted = copies()
  const surplus = there.filter((name) => !wanted.some(([, to]) => to === name))
  const stale = wanted.filter(
    ([from, to]) => !there.includes(to) || text(join(DEPLOY, from)) !== text(join(FILES, to)),
  )
  return [...surplus, ...stale.map(([, to]) => to)]
}

if (process.argv.includes('--check')) {
  const found = differences()
  if (found.length > 0) console.error(`run \`node build/chart.mjs\`: ${found.join(', ')}`)
  process.exitCode = found.length === 0 ? 0 : 1
} else {
  rmSync(FILES, { recursive: true, force: true })
  mkdirSync(join(FILES, 'crds'), { recursive: true })
  for (const [from, to] of copies()) copyFileSync(join(DEPLOY, from), join(FILES, to))
}
