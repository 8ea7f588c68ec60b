/**
 * What a machine needs for the lab, and the words for what it lacks. Lab tests skip with these words, so a skipped
 * test always says what to install.
 */
import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { missingPrograms } from './cluster/binaries.ts'
import { missingCgroups } from './cluster/cgroups.ts'
import { BUSYBOX } from './cluster/images.ts'
import { CNI_PLUGINS } from './cluster/node-files.ts'
import { missingImageFiles } from './cluster/oyez-image.ts'
import { TOOL_PATH } from './command.ts'

export type Requirement =
  | 'namespaces'
  | 'bird'
  | 'frr'
  | 'gobgp'
  | 'openbgpd'
  | 'control-plane'
  | 'cluster'
  | 'image'
  | 'metallb'
  | 'helm'
  | 'faketime'

/** Why the first of the needs that fails is not met; undefined when all are met. */
export function missing(...needs: readonly Requirement[]): string | undefined {
  for (const need of ['namespaces', ...needs] as const) {
    const reason = REASONS[need]()
    if (reason !== undefined) return reason
  }
  return undefined
}

const REASONS: Readonly<Record<Requirement, () => string | undefined>> = {
  namespaces: () =>
    lackingPrograms('iproute2', 'ip') ?? lackingPrograms('util-linux', 'nsenter') ?? noNamespaces(),
  bird: () => lackingPrograms('bird2', 'bird'),
  frr: () => lackingPrograms('frr', '/usr/lib/frr/bgpd', '/usr/lib/frr/zebra'),
  gobgp: () => lackingPrograms('gobgpd', 'gobgpd', 'gobgp'),
  // FRR and OpenBGPD both call their daemon bgpd; only bgpctl is OpenBGPD's alone.
  openbgpd: () => lackingPrograms('openbgpd', 'bgpctl', '/usr/sbin/bgpd') ?? noGroups(),
  'control-plane': () =>
    lackingPrograms('openssl', 'openssl') ??
    missingPrograms('etcd', 'kube-apiserver', 'kube-controller-manager', 'kubectl'),
  cluster: () =>
    REASONS['control-plane']() ??
    missingPrograms('kube-scheduler', 'kube-proxy', 'kubelet') ??
    lackingPrograms('containerd', 'containerd', 'ctr') ??
    lackingPrograms('runc', 'runc') ??
    lackingPrograms('containernetworking-plugins', `${CNI_PLUGINS}/bridge`) ??
    lackingPrograms('nftables', 'nft') ??
    lackingPrograms('busybox-static', BUSYBOX) ??
    lackingPrograms('gcc', 'gcc', 'strip') ??
    notRoot() ??
    missingCgroups(),
  metallb: () =>
    REASONS['control-plane']() ??
    missingPrograms('metallb-controller', 'metallb-speaker') ??
    lackingPrograms('golang', 'go'),
  image: () => lackingPrograms('buildah', 'buildah') ?? missingImageFiles(),
  helm: () => missingPrograms('helm'),
  faketime: () => lackingPrograms('faketime', 'faketime'),
}

function lackingPrograms(debianPackage: string, ...programs: readonly string[]): string | undefined {
  const lacking = programs.find((program) => !isInstalled(program))
  return lacking === undefined ? undefined : `${lacking} is not installed (apt-get install ${debianPackage})`
}

function isInstalled(program: string): boolean {
  if (program.startsWith('/')) return existsSync(program)
  return TOOL_PATH.split(delimiter).some((directory) => existsSync(join(directory, program)))
}

let namespacesWork: boolean | undefined

function noNamespaces(): string | undefined {
  namespacesWork ??= spawnSync('unshare', ['--net', 'true']).status === 0
  return namespacesWork
    ? undefined
    : 'network namespaces need root, or a user namespace: unshare --map-root-user --net --mount'
}

function notRoot(): string | undefined {
  return onlyOneUser() ? 'a cluster needs root: containers have users and mounts' : undefined
}

/** OpenBGPD changes to a user of its own, which a user namespace of one user cannot do. */
function noGroups(): string | undefined {
  return onlyOneUser()
    ? 'OpenBGPD needs root: it changes its user, which a user namespace refuses'
    : undefined
}

/** Whether this is a user namespace with a single user in it. */
function onlyOneUser(): boolean {
  const alone = 'test "$(wc -l < /proc/self/uid_map)" = 1 && grep -q " 1$" /proc/self/uid_map'
  return spawnSync('sh', ['-c', alone]).status === 0
}
