/** `oyez controller`: checks what was typed and hands over to the controller, which runs until it is told to stop. */
import { SocketError } from '../api/index.ts'
import { parseDuration } from '../cluster/index.ts'
import type { ControllerOptions } from '../controller-options.ts'
import { KubeError } from '../sources/index.ts'
import { type MonitoringArgs, monitoringOf, portOf } from './daemon-options.ts'
import { CliError, ExitCode, type Io } from './io.ts'

export interface ControllerArgs extends MonitoringArgs {
  readonly kubeconfig?: string | undefined
  readonly context?: string | undefined
  readonly namespace?: string | undefined
  readonly podName?: string | undefined
  readonly leaderElect: boolean
  readonly lbClass?: string | undefined
  readonly ignoreExcludeLb: boolean
  readonly moveDelay: string
  readonly webhookPort: number
  readonly webhookService: string
  readonly logLevel: ControllerOptions['logLevel']
  readonly logFormat: ControllerOptions['logFormat']
}

export async function controller(args: ControllerArgs, _io: Io): Promise<ExitCode> {
  const options = controllerOptions(args)
  const { runController } = await import('../controller.ts')
  await runController(options).catch((error: unknown) => {
    throw controllerFailure(error)
  })
  return ExitCode.ok
}

/** What stands in the way of starting, with the way out. */
export function controllerFailure(error: unknown): unknown {
  if (error instanceof SocketError) return new CliError(ExitCode.finding, error.message)
  return error instanceof KubeError ? new CliError(ExitCode.finding, error.message, error.hint) : error
}

export function controllerOptions(args: ControllerArgs): ControllerOptions {
  const { kubeconfig, context, namespace, podName, leaderElect, lbClass, ignoreExcludeLb } = args
  const webhookPort = portOf('--webhook-port', args.webhookPort)
  return {
    ...(kubeconfig !== undefined && { kubeconfig }),
    ...(context !== undefined && { context }),
    ...(namespace && { namespace }),
    ...(podName && { pod: podName }),
    leaderElect,
    ...(lbClass !== undefined && { lbClass }),
    ignoreExcludeLb,
    moveDelayMs: moveDelayOf(args.moveDelay),
    ...(webhookPort !== undefined && { webhook: { port: webhookPort, service: args.webhookService } }),
    ...monitoringOf(args),
    logLevel: args.logLevel,
    logFormat: args.logFormat,
  }
}

const LONGEST_DELAY = 24 * 3_600

function moveDelayOf(text: string): number {
  const seconds = parseDuration(text)
  if (seconds !== undefined && seconds >= 0 && seconds <= LONGEST_DELAY) return seconds * 1_000
  throw new CliError(
    ExitCode.usage,
    `--move-delay ${text} is not a duration`,
    'write 0, 5s, 2m or 1h; 24h at most',
  )
}
