/** What a speaker is started with, checked. The command line makes it; `speaker.ts` runs on it. */
import type { LogLevel } from '../bgp/index.ts'
import type { MetricsPlace } from './metrics-door.ts'

export interface SpeakerOptions {
  /** Name of this node, as in its Node object. */
  readonly node: string
  /** Where the cluster state comes from. */
  readonly source: ManifestSource | KubernetesSource
  /** Path of the API's socket. */
  readonly socket: string
  /** Port of the API on 127.0.0.1; absent: none. */
  readonly apiPort?: number
  /** Port of /healthz and /readyz on 127.0.0.1; absent: none. */
  readonly healthPort?: number
  /** Where /metrics is served; absent: nowhere. Anything but loopback is HTTPS, for those whom Kubernetes allows. */
  readonly metrics?: MetricsPlace
  /** Where to accept connections; empty: nowhere. Absent: port 179 on every address. */
  readonly listen?: readonly { readonly address: string; readonly port: number }[]
  readonly logLevel: LogLevel
  readonly logFormat: 'text' | 'json'
  readonly lbClass?: string
  readonly ignoreExcludeLb: boolean
}

export interface ManifestSource {
  readonly kind: 'manifests'
  /** Absolute path of the folder that is the cluster state. */
  readonly folder: string
}

export interface KubernetesSource {
  readonly kind: 'kubernetes'
  /** Absent: the service account of this pod, else as kubectl would. */
  readonly kubeconfig?: string
  readonly context?: string
  /** Of the metallb.io objects. Absent: the service account's, else oyez-system. */
  readonly namespace?: string
  /** The pod of this process, owner of what it writes. */
  readonly pod?: string
  /** Whether ServiceBGPStatus objects are written. */
  readonly serviceStatus: boolean
}
