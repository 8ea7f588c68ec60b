/** Follows an API server until all is known, and prints what that took. `node follow-program.ts KUBECONFIG` */
import { readFileSync } from 'node:fs'
import { systemClock } from '../../../bgp/index.ts'
import { connectKubernetes, watchKubernetes } from '../../../src/sources/index.ts'

export interface Measured {
  readonly services: number
  readonly slices: number
  /** Of following, without what starting the program takes. */
  readonly ms: number
  readonly cpuMs: number
  /** Of the whole process, at its highest. */
  readonly peakMiB: number
  readonly startMiB: number
}

const memory = (field: 'VmHWM' | 'VmRSS'): number =>
  Number(new RegExp(`${field}:\\s+(\\d+)`).exec(readFileSync('/proc/self/status', 'utf8'))?.[1]) / 1024
const cpuMs = (): number => {
  const { user, system } = process.cpuUsage()
  return (user + system) / 1000
}

const api = await connectKubernetes({ kubeconfig: process.argv[2] as string })
const startMiB = memory('VmRSS')
const [began, before] = [performance.now(), cpuMs()]
watchKubernetes(
  api,
  { namespace: 'metallb-system', needs: 'speaker' },
  {
    onSnapshot: ({ services, slices }) => {
      const measured: Measured = {
        services: services.size,
        slices: slices.size,
        ms: performance.now() - began,
        cpuMs: cpuMs() - before,
        peakMiB: memory('VmHWM'),
        startMiB,
      }
      console.log(JSON.stringify(measured))
      process.exit()
    },
    onDiagnostics: (diagnostics) => console.error(diagnostics),
  },
  { clock: systemClock, log: (...said) => console.error(...said), random: Math.random },
)
