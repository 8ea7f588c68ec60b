/**
 * Options of the daemons, and the reading of their values: where the cluster state comes from, what monitoring may
 * ask, how much is logged. Light: every start loads this.
 */
import { parseAddress } from '../../bgp/wire/index.ts'
import { DEFAULT_NAMESPACE } from '../places.ts'
import { CliError, ExitCode } from './io.ts'

type Env = Readonly<Record<string, string | undefined>>

const CLUSTER = 'The cluster:'
const MONITORING = 'Monitoring:'

export const apiServerOptions = (env: Env) =>
  ({
    kubeconfig: {
      type: 'string',
      requiresArg: true,
      group: CLUSTER,
      defaultDescription: "the pod's service account, else as kubectl",
      describe: 'Kubeconfig file',
    },
    context: { type: 'string', requiresArg: true, group: CLUSTER, describe: 'Context of the kubeconfig' },
    namespace: {
      type: 'string',
      alias: 'n',
      requiresArg: true,
      group: CLUSTER,
      ...(env.OYEZ_NAMESPACE && { default: env.OYEZ_NAMESPACE }),
      defaultDescription: `$OYEZ_NAMESPACE, the service account's, else ${DEFAULT_NAMESPACE}`,
      describe: 'Where pools, peers and their Secrets are',
    },
    'pod-name': {
      type: 'string',
      requiresArg: true,
      group: CLUSTER,
      ...(env.OYEZ_POD_NAME && { default: env.OYEZ_POD_NAME }),
      defaultDescription: '$OYEZ_POD_NAME',
      describe: 'Pod of this process: owner of the status objects it writes',
    },
  }) as const

export const monitoringOptions = {
  'health-port': {
    type: 'number',
    requiresArg: true,
    group: MONITORING,
    default: 17_472,
    describe: 'Port of /healthz and /readyz; 0: none',
  },
  'metrics-address': {
    type: 'string',
    requiresArg: true,
    group: MONITORING,
    default: '127.0.0.1:9120',
    describe: 'ADDR:PORT of /metrics, or none. Not on the loopback: HTTPS, for those whom Kubernetes allows',
  },
  'metrics-cert-dir': {
    type: 'string',
    requiresArg: true,
    group: MONITORING,
    defaultDescription: 'a certificate of its own',
    describe: 'Folder of tls.crt and tls.key for HTTPS',
  },
} as const

export const logOptions = {
  'log-level': {
    choices: ['debug', 'info', 'warn', 'error'] as const,
    default: 'info' as const,
    describe: 'The least that is worth a line (on stderr)',
  },
  'log-format': {
    choices: ['text', 'json'] as const,
    default: 'text' as const,
    describe: 'Log lines for people, or for programs',
  },
} as const

export interface Endpoint {
  readonly address: string
  readonly port: number
}

/** `192.0.2.1:179`, `[2001:db8::1]:179`. */
export function endpointOf(option: string, text: string): Endpoint {
  const [, v6, v4, digits = ''] = /^(?:\[([^\]]+)\]|([^:[\]]+)):(\d{1,5})$/.exec(text) ?? []
  const address = v6 ?? v4 ?? ''
  const port = Number(digits)
  const octets = parseAddress(address)
  if (octets?.length === (v6 === undefined ? 4 : 16) && port >= 1 && port <= 65_535) return { address, port }
  const hint = 'write 192.0.2.1:179, [2001:db8::1]:179 or none'
  throw new CliError(ExitCode.usage, `${option} ${text} is not an address with a port`, hint)
}

/** Undefined for 0: none. */
export function portOf(option: string, value: number): number | undefined {
  if (Number.isInteger(value) && value >= 0 && value <= 65_535) return value === 0 ? undefined : value
  // What is no number at all arrives as NaN.
  const given = Number.isNaN(value) ? `the value of ${option}` : `${option} ${value}`
  throw new CliError(ExitCode.usage, `${given} is not a port`, 'ports are 1 to 65535; 0: none')
}

export interface MonitoringArgs {
  readonly healthPort: number
  readonly metricsAddress: string
  /** What metricsAddress was given by. Default --metrics-address. */
  readonly metricsOption?: string
  readonly metricsCertDir?: string | undefined
}

export interface Monitoring {
  readonly healthPort?: number
  readonly metrics?: Endpoint & { readonly certDir?: string; readonly option?: string }
}

export function monitoringOf({
  healthPort,
  metricsAddress,
  metricsOption,
  metricsCertDir,
}: MonitoringArgs): Monitoring {
  const health = portOf('--health-port', healthPort)
  const metrics =
    metricsAddress === 'none' ? undefined : endpointOf(metricsOption ?? '--metrics-address', metricsAddress)
  const certDir = metricsCertDir === undefined ? {} : { certDir: metricsCertDir }
  return {
    ...(health !== undefined && { healthPort: health }),
    ...(metrics !== undefined && {
      metrics: { ...metrics, ...certDir, ...(metricsOption !== undefined && { option: metricsOption }) },
    }),
  }
}
