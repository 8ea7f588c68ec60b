/** What a controller is started with, checked. The command line makes it; `controller.ts` runs on it. */
import type { LogLevel } from '../bgp/index.ts'
import type { MetricsPlace } from './metrics-door.ts'

export interface ControllerOptions {
  /** Absent: the service account of this pod, else as kubectl would. */
  readonly kubeconfig?: string
  readonly context?: string
  /** Of the metallb.io objects, the Lease and what it writes about itself. Absent: the service account's, else oyez-system. */
  readonly namespace?: string
  /** The pod of this process. */
  readonly pod?: string
  /** False: it works whoever else does. */
  readonly leaderElect: boolean
  readonly lbClass?: string
  /** As the speakers are started: it decides whether a Service is reported as announced by nobody. */
  readonly ignoreExcludeLb: boolean
  /** Milliseconds between the report that an address will move, because of a pool, and the move. */
  readonly moveDelayMs: number
  /** Where API servers reach the webhooks; absent: none are served. */
  readonly webhook?: { readonly port: number; readonly service: string }
  /** Port of /healthz and /readyz, on every address; absent: none. */
  readonly healthPort?: number
  /** Where /metrics is served; absent: nowhere. Anything but loopback is HTTPS, for those whom Kubernetes allows. */
  readonly metrics?: MetricsPlace
  readonly logLevel: LogLevel
  readonly logFormat: 'text' | 'json'
}
