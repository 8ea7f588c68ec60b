/**
 * MetalLB in its native BGP mode as plain processes, built by the set-up from its released module: the controller
 * beside the API server, a speaker on each node. A speaker ends unless there is a Pod of its name, so each gets one.
 */
import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import type { Host } from '../host.ts'
import type { LabProcess } from '../lab-process.ts'
import { program, versionOf } from './binaries.ts'
import type { ControlPlane } from './control-plane.ts'
import { namespaceObject, serviceAccountObject } from './objects.ts'

const MODULE = fileURLToPath(new URL('../kubernetes/metallb', import.meta.url))

export class Metallb {
  static readonly namespace = 'metallb-system'
  private readonly plane: ControlPlane

  private constructor(plane: ControlPlane) {
    this.plane = plane
  }

  /** Brings its namespace and its CRDs to the API server. */
  static async install(plane: ControlPlane): Promise<Metallb> {
    const { namespace } = Metallb
    await plane.api.apply(namespaceObject(namespace), serviceAccountObject(namespace, 'default'))
    await plane.kubectl(['apply', '--server-side', '-k', crdFolder()])
    return new Metallb(plane)
  }

  /** `v0.15.2` */
  static get version(): string {
    return versionOf('metallb')
  }

  /** As its own account, with all rights: its shipped ones are not what is tried here. */
  private async kubeconfig(): Promise<string> {
    return (await this.plane.powerfulAccount(Metallb.namespace, 'metallb')).kubeconfig
  }

  async startController(): Promise<LabProcess> {
    const argv = [program('metallb-controller'), '--kubeconfig', await this.kubeconfig()]
    return this.plane.host.spawn(
      'metallb-controller',
      [...argv, '--namespace', Metallb.namespace, '--webhook-mode', 'disabled'],
      { METALLB_BGP_TYPE: 'native' },
    )
  }

  async startSpeaker(node: Host): Promise<LabProcess> {
    const pod = `speaker-${node.name}`
    await this.plane.api.apply(podObject(pod, node.name))
    const argv = [program('metallb-speaker'), '--kubeconfig', await this.kubeconfig()]
    const place = ['--node-name', node.name, '--host', node.address, '--pod-name', pod]
    return node.spawn('metallb-speaker', [...argv, '--namespace', Metallb.namespace, ...place], {
      METALLB_BGP_TYPE: 'native',
      METALLB_NODE_NAME: node.name,
      METALLB_HOST: node.address,
    })
  }
}

/** In the module as Go keeps it. */
function crdFolder(): string {
  const argv = ['list', '-m', '-f', '{{.Dir}}/config/crd', 'go.universe.tf/metallb']
  const { stdout, stderr, status } = spawnSync('go', argv, { cwd: MODULE })
  if (status !== 0) throw new Error(`go ${argv.join(' ')}: ${stderr}`)
  return stdout.toString().trim()
}

const podObject = (name: string, nodeName: string) => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: {
    name,
    namespace: Metallb.namespace,
    labels: { app: 'metallb', component: 'speaker' },
  },
  spec: { nodeName, hostNetwork: true, containers: [{ name: 'speaker', image: 'localhost/none:1' }] },
})
