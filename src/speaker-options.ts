/** What a speaker is started with, checked. The command line makes it; `speaker.ts` runs on it. */
import type { LogLevel } from '../bgp/index.ts'

export interface SpeakerOptions {
  /** Name of this node, as in its Node object. */
  readonly node: string
  /** Absolute path of the folder that is the cluster state. */
  readonly manifests: string
  /** Path of the API's socket. */
  readonly socket: string
  /** Where to accept connections; empty: nowhere. Absent: port 179 on every address. */
  readonly listen?: readonly { readonly address: string; readonly port: number }[]
  readonly logLevel: LogLevel
  readonly logFormat: 'text' | 'json'
  readonly lbClass?: string
  readonly ignoreExcludeLb: boolean
}
