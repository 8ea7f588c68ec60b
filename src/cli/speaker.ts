/** `oyez speaker`: checks what was typed and hands over to the speaker, which runs until it is told to stop. */
import { resolve } from 'node:path'
import { SocketError } from '../api/index.ts'
import { KubeError } from '../sources/index.ts'
import type { KubernetesSource, SpeakerOptions } from '../speaker-options.ts'
import { endpointOf, type MonitoringArgs, monitoringOf, portOf } from './daemon-options.ts'
import { CliError, ExitCode, type Io } from './io.ts'

export interface SpeakerArgs extends MonitoringArgs {
  readonly node?: string | undefined
  readonly manifests?: string | undefined
  readonly kubeconfig?: string | undefined
  readonly context?: string | undefined
  readonly namespace?: string | undefined
  readonly podName?: string | undefined
  readonly serviceStatus: boolean
  readonly socket: string
  readonly apiPort: number
  readonly listen?: readonly string[] | undefined
  readonly logLevel: SpeakerOptions['logLevel']
  readonly logFormat: SpeakerOptions['logFormat']
  readonly lbClass?: string | undefined
  readonly ignoreExcludeLb: boolean
}

export async function speaker(args: SpeakerArgs, _io: Io): Promise<ExitCode> {
  const options = speakerOptions(args)
  const { runSpeaker } = await import('../speaker.ts')
  await runSpeaker(options).catch((error: unknown) => {
    throw failure(error, options)
  })
  return ExitCode.ok
}

/** What stands in the way of starting, with the way out. */
function failure(error: unknown, { source }: SpeakerOptions): unknown {
  if (error instanceof SocketError) return new CliError(ExitCode.finding, error.message)
  if (!(error instanceof KubeError)) return error
  const folder = 'for a folder of YAML instead of a cluster: --manifests DIR'
  const hint = [error.hint, ...(isChosen(source) ? [] : [folder])].filter((one) => one !== undefined)
  return new CliError(ExitCode.finding, error.message, hint.join('; ') || undefined)
}

const isChosen = (source: SpeakerOptions['source']): boolean =>
  source.kind === 'kubernetes' && (source.kubeconfig !== undefined || source.context !== undefined)

export function speakerOptions(args: SpeakerArgs): SpeakerOptions {
  const { socket, listen, logLevel, logFormat, lbClass, ignoreExcludeLb } = args
  const apiPort = portOf('--api-port', args.apiPort)
  return {
    node: nodeOf(args),
    source: sourceOf(args),
    socket,
    ...(apiPort !== undefined && { apiPort }),
    ...monitoringOf(args),
    ...(listen !== undefined && { listen: listenOption(listen) }),
    logLevel,
    logFormat,
    ...(lbClass !== undefined && { lbClass }),
    ignoreExcludeLb,
  }
}

function nodeOf({ node }: SpeakerArgs): string {
  if (node !== undefined && node !== '') return node
  const message = node === '' ? '--node is empty' : '--node must be given'
  const hint =
    'the name of this machine as `kubectl get nodes` shows it; in a pod set OYEZ_NODE_NAME from spec.nodeName'
  throw new CliError(ExitCode.usage, message, hint)
}

function sourceOf(args: SpeakerArgs): SpeakerOptions['source'] {
  const { manifests, kubeconfig, context } = args
  if (manifests === undefined) return kubernetesOf(args)
  if (kubeconfig !== undefined || context !== undefined) {
    const other = kubeconfig === undefined ? '--context' : '--kubeconfig'
    const hint = 'the cluster state comes from a folder or from an API server'
    throw new CliError(ExitCode.usage, `--manifests and ${other} exclude each other`, hint)
  }
  return { kind: 'manifests', folder: resolve(manifests) }
}

function kubernetesOf({
  kubeconfig,
  context,
  namespace,
  podName,
  serviceStatus,
}: SpeakerArgs): KubernetesSource {
  return {
    kind: 'kubernetes',
    ...(kubeconfig !== undefined && { kubeconfig }),
    ...(context !== undefined && { context }),
    ...(namespace && { namespace }),
    ...(podName && { pod: podName }),
    serviceStatus,
  }
}

type Listen = NonNullable<SpeakerOptions['listen']>

function listenOption(given: readonly string[]): Listen {
  if (!given.includes('none')) return given.map((text) => endpointOf('--listen', text))
  if (given.length === 1) return []
  throw new CliError(ExitCode.usage, '--listen none and --listen ADDR:PORT exclude each other')
}
