/**
 * Where the programs of a Kubernetes cluster are: in KUBEBUILDER_ASSETS when that has them, else in the cache that the
 * set-up fills by building them (setup/kubernetes.mjs). Nothing is looked for in PATH: a version nobody chose would
 * make tests mean something else on every machine. The versions stand in the go.mod files of ../kubernetes.
 */
import { existsSync, readFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

export type Program =
  | 'etcd'
  | 'kube-apiserver'
  | 'kubectl'
  | 'kube-controller-manager'
  | 'kube-scheduler'
  | 'kube-proxy'
  | 'kubelet'
  | 'helm'
  | 'metallb-controller'
  | 'metallb-speaker'

interface Project {
  /** The module whose version names the project's folder in the cache. */
  readonly module: string
  /** Program -> Go package. */
  readonly programs: Readonly<Record<string, string>>
}

const PROJECTS = fileURLToPath(new URL('../kubernetes', import.meta.url))

const projects: Readonly<Record<string, Project>> = JSON.parse(
  readFileSync(join(PROJECTS, 'programs.json'), 'utf8'),
)

/** Path of a program; throws, saying how to get it, where it is missing. */
export function program(name: Program): string {
  const path = find(name)
  if (path === undefined) throw new Error(absence(name))
  return path
}

/** Why the first of these programs that is missing cannot be used; undefined when all are there. */
export function missingPrograms(...names: readonly Program[]): string | undefined {
  const absent = names.find((name) => find(name) === undefined)
  return absent === undefined ? undefined : absence(absent)
}

function find(name: Program): string | undefined {
  const assets = process.env.KUBEBUILDER_ASSETS
  const folders = assets === undefined ? [cacheFolder(name)] : [assets, cacheFolder(name)]
  return folders.map((folder) => join(folder, name)).find((path) => existsSync(path))
}

function absence(name: Program): string {
  return `${name} is neither in KUBEBUILDER_ASSETS nor in ${cacheFolder(name)}: npm test builds it there where Go is installed`
}

/** Outside of the repository, so that a clean checkout does not build Kubernetes again. */
export function cacheDirectory(): string {
  return process.env.OYEZ_LAB_CACHE ?? join(homedir(), '.cache/oyez')
}

function cacheFolder(name: Program): string {
  const [project] = Object.entries(projects).find(([, { programs }]) => name in programs) ?? []
  if (project === undefined) throw new Error(`no project in ${PROJECTS} builds ${name}`)
  return join(cacheDirectory(), project, versionOf(project))
}

/** The version of what a project builds, as its go.mod pins it: `kubernetes` -> `v1.34.4`. */
export function versionOf(project: string): string {
  const file = join(PROJECTS, project, 'go.mod')
  const start = `\t${projects[project]?.module} v`
  const line = readFileSync(file, 'utf8')
    .split('\n')
    .find((each) => each.startsWith(start))
  const version = line?.split(' ')[1]
  if (version === undefined) throw new Error(`${file} names no version of ${projects[project]?.module}`)
  return version
}
