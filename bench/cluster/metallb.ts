/**
 * MetalLB in its native BGP mode, built by the lab's set-up from its released module: the controller beside the API
 * server and a speaker on each node. A speaker ends unless there is a Pod of its name, so each gets one.
 */
import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { program, versionOf } from '../../bird-testbed/index.ts'
import type { Implementation, World } from './implementation.ts'

const ROOT = join(import.meta.dirname, '../..')
const NAMESPACE = 'metallb-system'

export const metallb: Implementation = {
  name: 'MetalLB',
  version: `MetalLB ${versionOf('metallb')}, native BGP`,
  namespace: NAMESPACE,
  async install({ plane }) {
    await plane.kubectl(['apply', '--server-side', '-k', join(moduleFolder(), 'config/crd')])
  },
  async startController({ plane }) {
    const argv = [program('metallb-controller'), '--kubeconfig', await plane.kubeconfig()]
    return plane.host.spawn(
      'metallb-controller',
      [...argv, '--namespace', NAMESPACE, '--webhook-mode', 'disabled'],
      { METALLB_BGP_TYPE: 'native' },
    )
  },
  async startSpeaker(world, node) {
    await ensurePod(world, `speaker-${node.name}`, node.name)
    const argv = [program('metallb-speaker'), '--kubeconfig', await world.plane.kubeconfig()]
    return node.spawn(
      'metallb-speaker',
      [
        ...[...argv, '--namespace', NAMESPACE, '--node-name', node.name],
        ...['--host', node.address, '--pod-name', `speaker-${node.name}`],
      ],
      { METALLB_BGP_TYPE: 'native', METALLB_NODE_NAME: node.name, METALLB_HOST: node.address },
    )
  },
}

/** Where Go keeps the module that the programs were built from. */
function moduleFolder(): string {
  const cwd = join(ROOT, 'bird-testbed/kubernetes/metallb')
  const { stdout } = spawnSync('go', ['list', '-m', '-f', '{{.Dir}}', 'go.universe.tf/metallb'], { cwd })
  return stdout.toString().trim()
}

async function ensurePod({ plane }: World, name: string, nodeName: string): Promise<void> {
  await plane.api.apply({
    apiVersion: 'v1',
    kind: 'ServiceAccount',
    metadata: { name: 'default', namespace: NAMESPACE },
  })
  await plane.api.apply({
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, namespace: NAMESPACE, labels: { app: 'metallb', component: 'speaker' } },
    spec: { nodeName, hostNetwork: true, containers: [{ name: 'speaker', image: 'localhost/none:1' }] },
  })
}
