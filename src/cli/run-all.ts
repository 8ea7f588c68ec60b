/** `oyez run`: checks what was typed for both, and runs them. */
import { type ControllerArgs, controllerFailure, controllerOptions } from './controller.ts'
import type { MonitoringArgs } from './daemon-options.ts'
import { CliError, ExitCode, type Io } from './io.ts'
import { type SpeakerArgs, speakerOptions } from './speaker.ts'

export interface RunArgs extends SpeakerArgs, Omit<ControllerArgs, keyof MonitoringArgs> {
  readonly controllerMetricsAddress: string
}

export async function runAll(args: RunArgs, _io: Io): Promise<ExitCode> {
  if (args.manifests !== undefined) {
    const hint = 'with a folder, whoever writes it gives the addresses: `oyez speaker --manifests DIR`'
    throw new CliError(
      ExitCode.usage,
      '--manifests has no controller: a folder holds no Service to write to',
      hint,
    )
  }
  const speaker = speakerOptions(args)
  const controller = controllerOptions({ ...args, ...controllerMonitoring(args) })
  const { runBoth } = await import('../run.ts')
  await runBoth(controller, speaker).catch((error: unknown) => {
    throw controllerFailure(error)
  })
  return ExitCode.ok
}

/** One process, one health: the speaker's. The numbers have the same names, so each has its own page. */
function controllerMonitoring({ controllerMetricsAddress, metricsCertDir }: RunArgs): MonitoringArgs {
  const metricsOption = '--controller-metrics-address'
  return { healthPort: 0, metricsAddress: controllerMetricsAddress, metricsOption, metricsCertDir }
}
