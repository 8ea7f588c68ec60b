/** What deploy/ ships, as tests need it: rendered by kubectl's kustomize or by helm, parsed, and the rules in its roles. */
import { fileURLToPath } from 'node:url'
import { parseAllDocuments } from 'yaml'
import { type KubeObject, program, runCommand } from '../../../bird-testbed/index.ts'

export const DEPLOY = fileURLToPath(new URL('../../../deploy', import.meta.url))
export const CHART = `${DEPLOY}/helm/oyez`
export const HOME = 'oyez-system'

export function objectsIn(text: string): KubeObject[] {
  return parseAllDocuments(text).flatMap((document) => (document.toJS() as KubeObject | null) ?? [])
}

/** `folder` below deploy/. */
export async function kustomized(folder = ''): Promise<KubeObject[]> {
  return objectsIn((await runCommand([program('kubectl'), 'kustomize', `${DEPLOY}/${folder}`])).stdout)
}

/** As `helm install oyez` would apply it to an empty cluster. */
export async function templated(...args: readonly string[]): Promise<KubeObject[]> {
  const argv = [program('helm'), 'template', 'oyez', CHART, '--namespace', HOME, '--kube-version', '1.34.0']
  return objectsIn((await runCommand([...argv, ...args])).stdout)
}

/** A Kubernetes that has no Prometheus operator knows nothing of these. */
export const isOperators = ({ apiVersion }: KubeObject): boolean =>
  apiVersion.startsWith('monitoring.coreos.com/')

export const nameOf = ({ kind, metadata }: KubeObject): string =>
  `${kind} ${metadata.namespace === undefined ? '' : `${metadata.namespace}/`}${metadata.name}`

/** One thing that a role allows. */
export interface Right {
  /** Of the ClusterRole or Role. */
  readonly role: string
  readonly verb: string
  /** As the audit log has it: `services/status`, `ipaddresspools.metallb.io`. */
  readonly resource: string
  /** Absent: any. */
  readonly names?: readonly string[]
  /** Absent: everywhere. */
  readonly namespace?: string
}

interface Rule {
  readonly apiGroups?: readonly string[]
  readonly resources?: readonly string[]
  readonly resourceNames?: readonly string[]
  readonly verbs: readonly string[]
}

/** Every verb on every resource by itself. */
export function rightsIn(objects: readonly KubeObject[]): Right[] {
  const roles = objects.filter(({ kind }) => kind === 'ClusterRole' || kind === 'Role')
  return roles.flatMap(({ kind, metadata, rules }) =>
    (rules as readonly Rule[]).flatMap(({ apiGroups = [], resources = [], resourceNames, verbs }) =>
      apiGroups.flatMap((group) =>
        resources.flatMap((resource) =>
          verbs.map((verb) => ({
            role: `${kind} ${metadata.name}`,
            verb,
            resource: auditName(resource, group),
            ...(resourceNames !== undefined && { names: resourceNames }),
            ...(metadata.namespace !== undefined && { namespace: metadata.namespace }),
          })),
        ),
      ),
    ),
  )
}

function auditName(resource: string, group: string): string {
  const [name = '', subresource] = resource.split('/')
  const grouped = group === '' ? name : `${name}.${group}`
  return subresource === undefined ? grouped : `${grouped}/${subresource}`
}
