/** What kubelet, containerd and CNI of one node are configured with. */
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Credential } from './pki.ts'

export interface NodeFacts {
  /** Everything of the node is below this. */
  readonly directory: string
  /** CA that kubelet asks of its clients. */
  readonly ca: string
  readonly credential: Credential
  /** Subnets that its pods' addresses come from. */
  readonly podRanges: readonly string[]
}

export const CNI_PLUGINS = '/usr/lib/cni'

/** The pause container of every pod; see images.ts. */
export const PAUSE_IMAGE = 'localhost/pause:1'

export interface NodePaths {
  readonly containerdConfig: string
  readonly containerdSocket: string
  readonly kubeletConfig: string
  readonly kubeletRoot: string
}

export function writeNodeFiles(facts: NodeFacts): NodePaths {
  const { directory } = facts
  for (const name of ['cni', 'containerd', 'kubelet', 'pods', 'volume-plugins']) {
    mkdirSync(join(directory, name), { recursive: true })
  }
  const paths = {
    containerdConfig: join(directory, 'containerd.toml'),
    containerdSocket: join(directory, 'containerd/c.sock'),
    kubeletConfig: join(directory, 'kubelet.json'),
    kubeletRoot: join(directory, 'kubelet'),
  }
  writeFileSync(paths.containerdConfig, containerdConfig(directory, paths))
  writeFileSync(paths.kubeletConfig, JSON.stringify(kubeletConfig(facts, paths), null, 2))
  writeFileSync(join(directory, 'cni/10-lab.conflist'), JSON.stringify(cniConfig(facts), null, 2))
  return paths
}

function containerdConfig(directory: string, { containerdSocket }: NodePaths): string {
  return `version = 2
root = "${directory}/containerd/root"
state = "${directory}/containerd/state"
disabled_plugins = [${UNUSED_SNAPSHOTTERS}]

[grpc]
  address = "${containerdSocket}"

[plugins."io.containerd.internal.v1.opt"]
  path = "${directory}/containerd/opt"

[plugins."io.containerd.grpc.v1.cri"]
  sandbox_image = "${PAUSE_IMAGE}"
  # Without CAP_SYS_RESOURCE runc cannot lower it, and says so only as "can't get final child's PID from pipe".
  restrict_oom_score_adj = true
  [plugins."io.containerd.grpc.v1.cri".cni]
    bin_dir = "${CNI_PLUGINS}"
    conf_dir = "${directory}/cni"
  [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc]
    runtime_type = "io.containerd.runc.v2"
`
}

const UNUSED_SNAPSHOTTERS = ['btrfs', 'zfs', 'aufs', 'devmapper']
  .map((name) => `"io.containerd.snapshotter.v1.${name}"`)
  .join(', ')

function kubeletConfig({ directory, ca, credential }: NodeFacts, { containerdSocket }: NodePaths): unknown {
  return {
    apiVersion: 'kubelet.config.k8s.io/v1beta1',
    kind: 'KubeletConfiguration',
    authentication: { anonymous: { enabled: false }, webhook: { enabled: true }, x509: { clientCAFile: ca } },
    authorization: { mode: 'Webhook' },
    tlsCertFile: credential.cert,
    tlsPrivateKeyFile: credential.key,
    cgroupDriver: 'cgroupfs',
    failCgroupV1: false,
    failSwapOn: false,
    oomScoreAdj: 0,
    // Its default is above what a container may raise the limit to.
    maxOpenFiles: 20_000,
    containerRuntimeEndpoint: `unix://${containerdSocket}`,
    podLogsDir: join(directory, 'pods'),
    volumePluginDir: join(directory, 'volume-plugins'),
    resolvConf: '',
    evictionHard: { 'nodefs.available': '1%', 'imagefs.available': '1%' },
    // An image that is collected cannot be pulled again.
    imageGCHighThresholdPercent: 100,
    imageGCLowThresholdPercent: 99,
    nodeStatusUpdateFrequency: '5s',
    // Several nodes share one machine: do not hold back the second container for the first.
    serializeImagePulls: false,
  }
}

function cniConfig({ directory, podRanges }: NodeFacts): unknown {
  const routes = podRanges.map((range) => ({ dst: range.includes(':') ? '::/0' : '0.0.0.0/0' }))
  const ipam = {
    type: 'host-local',
    dataDir: join(directory, 'ipam'),
    ranges: podRanges.map((subnet) => [{ subnet }]),
    routes,
  }
  return {
    cniVersion: '0.4.0',
    name: 'lab',
    plugins: [
      { type: 'bridge', bridge: 'cni0', isGateway: true, hairpinMode: true, ipam },
      { type: 'portmap', capabilities: { portMappings: true } },
    ],
  }
}
