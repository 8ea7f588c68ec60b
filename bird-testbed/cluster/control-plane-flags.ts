/** The command lines of the control plane. */
import type { Host } from '../host.ts'
import type { AuditLog } from './audit.ts'
import type { Credential, Pki } from './pki.ts'

/** Of the cluster: 2^20 addresses each, so that 100,000 Services fit. */
export const SERVICE_RANGES = { ipv4: '10.96.0.0/12', ipv6: 'fd00:96::/108' } as const

/** The address of the Service `kubernetes`. */
export const KUBERNETES_SERVICE = '10.96.0.1'

export function etcdFlags(host: Host): string[] {
  return [
    `--data-dir=${host.file('etcd')}`,
    // What a power cut would lose is lost with the lab anyway.
    '--unsafe-no-fsync',
    '--log-level=error',
    '--quota-backend-bytes=8589934592',
  ]
}

export interface ApiServerParts {
  readonly host: Host
  readonly pki: Pki
  readonly serving: Credential
  /** For requests to kubelets. */
  readonly admin: Credential
  readonly etcdPort: number
  readonly dualStack: boolean
  /** Whether a controller makes the `default` ServiceAccount that every Pod needs. */
  readonly makesServiceAccounts: boolean
  readonly audit: AuditLog | undefined
}

export function apiServerFlags(parts: ApiServerParts): string[] {
  const { host, pki, serving, admin, etcdPort, dualStack, makesServiceAccounts, audit } = parts
  const ranges = dualStack ? Object.values(SERVICE_RANGES) : [SERVICE_RANGES.ipv4]
  return [
    `--etcd-servers=http://127.0.0.1:${etcdPort}`,
    '--bind-address=0.0.0.0',
    `--advertise-address=${host.address}`,
    `--tls-cert-file=${serving.cert}`,
    `--tls-private-key-file=${serving.key}`,
    `--client-ca-file=${pki.ca.cert}`,
    `--kubelet-certificate-authority=${pki.ca.cert}`,
    `--kubelet-client-certificate=${admin.cert}`,
    `--kubelet-client-key=${admin.key}`,
    // Node names are in no DNS.
    '--kubelet-preferred-address-types=InternalIP',
    `--service-account-key-file=${pki.serviceAccountKey}`,
    `--service-account-signing-key-file=${pki.serviceAccountKey}`,
    '--service-account-issuer=https://kubernetes.default.svc',
    `--service-cluster-ip-range=${ranges.join()}`,
    '--authorization-mode=Node,RBAC',
    '--enable-admission-plugins=NodeRestriction',
    ...(makesServiceAccounts ? [] : ['--disable-admission-plugins=ServiceAccount']),
    '--allow-privileged',
    // Without it an API server that is asked to end waits for every watch, a minute at most.
    '--shutdown-watch-termination-grace-period=1s',
    ...(audit?.flags() ?? []),
  ]
}

export function controllerFlags(pki: Pki, kubeconfig: string, names: readonly string[]): string[] {
  return [
    `--kubeconfig=${kubeconfig}`,
    `--controllers=${names.join()}`,
    '--leader-elect=false',
    `--service-account-private-key-file=${pki.serviceAccountKey}`,
    `--root-ca-file=${pki.ca.cert}`,
    // RBAC grants the controllers' roles to service accounts, not to the manager's own user.
    '--use-service-account-credentials',
    '--bind-address=127.0.0.1',
    // At its 20 requests a second the start alone takes four seconds.
    ...UNHURRIED,
    '--node-monitor-grace-period=20s',
  ]
}

export function schedulerFlags(kubeconfig: string): string[] {
  return [`--kubeconfig=${kubeconfig}`, '--leader-elect=false', '--bind-address=127.0.0.1', ...UNHURRIED]
}

const UNHURRIED = ['--kube-api-qps=1000', '--kube-api-burst=1000']

/** Those that would take a Node without a kubelet for dead, and delete or taint what belongs to it. */
const JUDGES_OF_KUBELETS = ['node-lifecycle-controller', 'pod-garbage-collector-controller']

/** The names for `--controllers`; none: no manager runs. */
export function controllerNames(wanted: boolean | readonly string[]): readonly string[] {
  if (wanted === false) return []
  return wanted === true ? ['*', ...JUDGES_OF_KUBELETS.map((name) => `-${name}`)] : wanted
}

export function makesServiceAccounts(names: readonly string[]): boolean {
  return names.some((name) => name === '*' || name.startsWith('serviceaccount'))
}
