// The programs of the lab's Kubernetes clusters. Those that KUBEBUILDER_ASSETS has are taken from there; the others are
// built once with Go, from the projects in ../kubernetes, and kept outside the repository. Nothing is downloaded but Go
// modules, which their go.sum files check.
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync } from 'node:fs'
import { homedir } from 'node:os'
import { delimiter, join } from 'node:path'
import { OUTER_PATH, ROOT, runQuietly } from './run.mjs'

const PROJECTS = join(ROOT, 'bird-testbed/kubernetes')
const CACHE = process.env.OYEZ_LAB_CACHE ?? join(homedir(), '.cache/oyez')

/** What all of it takes on two cores, from an empty module cache; mostly the first three of Kubernetes. */
const EXPECTED = 'once, about eight minutes on two idle cores'

/** Builds what is missing if it can. What remains missing is said here, and by each test that is skipped for it. */
export async function buildKubernetes(projects = ['kubernetes', 'helm', 'metallb']) {
  const absent = programs(projects).filter(({ name, file }) => !existsSync(file) && !isInAssets(name))
  if (absent.length === 0) return
  const names = absent.map(({ name }) => name).join(', ')
  if (!hasGo()) {
    console.log(`Not there, for the tests in a Kubernetes cluster: ${names}`)
    console.log('To have them: install Go 1.24 or newer (https://go.dev/dl), or set KUBEBUILDER_ASSETS.')
    return
  }
  console.log(`Building the programs of the test cluster into ${CACHE} (${EXPECTED}): ${names}`)
  const began = Date.now()
  for (const program of absent) await build(program)
  console.log(`  all of them in ${((Date.now() - began) / 1000).toFixed(0)} s`)
}

function programs(wanted) {
  const projects = JSON.parse(readFileSync(join(PROJECTS, 'programs.json'), 'utf8'))
  return wanted.flatMap((project) => {
    const { module, programs } = projects[project]
    const version = versionOf(project, module)
    const folder = join(CACHE, project, version)
    return Object.entries(programs).map(([name, path]) => ({
      name,
      path,
      version,
      folder,
      file: join(folder, name),
      project: join(PROJECTS, project),
    }))
  })
}

/** As the project's go.mod pins it. */
function versionOf(project, module) {
  const text = readFileSync(join(PROJECTS, project, 'go.mod'), 'utf8')
  return text
    .split('\n')
    .find((line) => line.startsWith(`\t${module} v`))
    .split(' ')[1]
}

function isInAssets(name) {
  const assets = process.env.KUBEBUILDER_ASSETS
  return assets !== undefined && existsSync(join(assets, name))
}

/** Debian puts Go where PATH finds it; go.dev's own packages often stand beside it. */
const GO_PATH = `${OUTER_PATH}:/usr/local/go/bin`

function hasGo() {
  return GO_PATH.split(delimiter).some((directory) => existsSync(join(directory, 'go')))
}

async function build({ name, path, version, folder, file, project }) {
  mkdirSync(folder, { recursive: true })
  const unfinished = `${file}.${process.pid}`
  // Without its version stamped in, Kubernetes takes itself for v0.0.0.
  const flags = `-s -w -X k8s.io/component-base/version.gitVersion=${version}`
  const argv = ['go', 'build', '-trimpath', '-mod=readonly', '-ldflags', flags, '-o', unfinished, path]
  const env = { PATH: GO_PATH, CGO_ENABLED: '0' }
  const { code, output } = await runQuietly(`${name} ${version}: go build ${path}`, argv, {
    cwd: project,
    env,
  })
  if (code === 0) renameSync(unfinished, file)
  else {
    rmSync(unfinished, { force: true })
    console.log(output)
  }
}
