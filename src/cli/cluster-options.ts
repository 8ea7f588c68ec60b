/**
 * Options for asking every node instead of this one. `oyez peers --cluster` and `kubectl oyez peers` are the same
 * command: as a plugin of kubectl the cluster is what is meant, and a socket is not offered. Light: every start loads
 * this.
 */
import { socketOption } from './options.ts'

type Env = Readonly<Record<string, string | undefined>>

const GROUP = 'The whole cluster:'
const text = { type: 'string', requiresArg: true, group: GROUP } as const

export const kubeOptions = {
  kubeconfig: { ...text, describe: 'Kubeconfig file', defaultDescription: 'as kubectl' },
  context: { ...text, describe: 'Context of the kubeconfig' },
  namespace: {
    ...text,
    alias: 'n',
    describe: 'Where oyez runs',
    defaultDescription: 'found by its pods, else oyez-system',
  },
  timeout: { ...text, type: 'number', default: 10, describe: 'Seconds that each node has for its answer' },
} as const

/** `--socket` and `--cluster` with all that belongs to it; only the latter in a plugin. */
export const reachOptions = (env: Env, plugin: boolean) => ({
  socket: { ...socketOption(env).socket, hidden: plugin },
  cluster: {
    type: 'boolean',
    default: plugin,
    hidden: plugin,
    group: GROUP,
    describe: 'Ask the speakers of all nodes, through the API server',
  } as const,
  ...kubeOptions,
  node: { ...text, describe: 'Only this node' } as const,
})

export interface KubeArgs {
  readonly kubeconfig?: string | undefined
  readonly context?: string | undefined
  readonly namespace?: string | undefined
  readonly timeout: number
}

export interface ClusterArgs extends KubeArgs {
  readonly cluster: boolean
  readonly node?: string | undefined
}

/** Who names a cluster, or a node of it, means the cluster. */
export const meansCluster = ({ cluster, kubeconfig, context, namespace, node }: ClusterArgs): boolean =>
  cluster || [kubeconfig, context, namespace, node].some((given) => given !== undefined)
