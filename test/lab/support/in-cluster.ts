/** A workload for tests in a cluster, and a client that says which pod answered and whom it saw. */
import type { Host, KubeObject } from '../../../bird-testbed/index.ts'
import { WEB_IMAGE } from '../../../bird-testbed/index.ts'

/** What the workload answers. */
export interface Answer {
  readonly node: string
  readonly pod: string
  /** The source address that the pod saw. */
  readonly client: string
}

const FIELDS = { NODE: 'spec.nodeName', POD: 'metadata.name' } as const

/** The web server of the lab as a pod template with the label app=NAME. */
export function webPods(name: string): Readonly<Record<string, unknown>> {
  const env = Object.entries(FIELDS).map(([variable, fieldPath]) => ({
    name: variable,
    valueFrom: { fieldRef: { fieldPath } },
  }))
  const container = {
    name: 'web',
    image: WEB_IMAGE,
    env,
    ports: [{ containerPort: 8080 }],
    readinessProbe: { httpGet: { port: 8080, path: '/' }, periodSeconds: 1 },
  }
  return {
    metadata: { labels: { app: name } },
    spec: { terminationGracePeriodSeconds: 1, containers: [container] },
  }
}

export function webDeployment(name: string, replicas: number): KubeObject {
  const selector = { matchLabels: { app: name } }
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name },
    spec: { replicas, selector, template: webPods(name) },
  }
}

export function webDaemonSet(name: string): KubeObject {
  const selector = { matchLabels: { app: name } }
  return {
    apiVersion: 'apps/v1',
    kind: 'DaemonSet',
    metadata: { name },
    spec: { selector, template: webPods(name) },
  }
}

/** Asks a service from a machine, each time on a new connection; undefined: no answer. */
export async function askWeb(from: Host, address: string, port = 80): Promise<Answer | undefined> {
  const host = address.includes(':') ? `[${address}]` : address
  const url = `http://${host}:${port}/cgi-bin/who`
  const { code, stdout } = await from.exec([process.execPath, '-e', ASK, url], { anyCode: true })
  return code === 0 ? (JSON.parse(stdout) as Answer) : undefined
}

const ASK = `
require('node:http').get(process.argv[1], { agent: false, timeout: 2000 }, (response) => response.pipe(process.stdout))
  .on('timeout', () => process.exit(1))
  .on('error', () => process.exit(1))`
