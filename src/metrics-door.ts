/**
 * `/metrics` of a daemon: plain on the loopback; anywhere else over HTTPS, for those whom the API server lets in, with
 * a certificate from a folder or one of our own.
 */
import { type Log, systemClock } from '../bgp/index.ts'
import { type Served, SocketError } from './api/index.ts'
import { isLoopback } from './loopback.ts'
import {
  type CertificateSource,
  certificateFiles,
  type Figures,
  Gate,
  ownCertificate,
  serveMetrics,
} from './metrics/index.ts'
import type { KubeApi } from './sources/index.ts'

export interface MetricsPlace {
  readonly address: string
  readonly port: number
  /** Of tls.crt and tls.key; absent: a certificate of our own. */
  readonly certDir?: string
  /** The option that names this place, for messages. Default --metrics-address. */
  readonly option?: string
}

export interface MetricsDoorOptions {
  /** Absent: nowhere. */
  readonly metrics?: MetricsPlace
  readonly figures: Figures
  /** Who says who may read them from afar. */
  readonly api?: KubeApi
  /** For a certificate of our own. */
  readonly names: readonly string[]
  readonly log: Log
}

/** Rejects with a SocketError. */
export async function openMetrics(door: MetricsDoorOptions): Promise<Served | undefined> {
  const { metrics, figures, api, log } = door
  if (metrics === undefined) return undefined
  const { address, port, option = '--metrics-address' } = metrics
  const onError = (error: Error) => log('error', 'the metrics could not be read', { error: error.message })
  const served = { address, port, figures, option, onError }
  if (isLoopback(address)) return serveMetrics(served)
  if (api === undefined)
    throw new SocketError(
      `metrics on ${address} need an API server that says who may read them; without one: ${option} 127.0.0.1:${port}`,
    )
  const gate = new Gate(api, systemClock, '/metrics')
  const certificate = certificateOf(metrics.certDir, door)
  return serveMetrics({ ...served, secure: { gate, certificate } }).catch(unserved)
}

function unserved(error: unknown): never {
  if (error instanceof SocketError) throw error
  const message = error instanceof Error ? error.message : String(error)
  throw new SocketError(`the metrics cannot be served over HTTPS: ${message}; see --metrics-cert-dir`)
}

const OWN_CERTIFICATE_DAYS = 365

function certificateOf(folder: string | undefined, { names, log }: MetricsDoorOptions): CertificateSource {
  if (folder !== undefined) return certificateFiles(folder, systemClock, log)
  const make = async () => {
    const { selfSigned } = await import('./webhook/index.ts')
    return selfSigned([...names, 'localhost'], OWN_CERTIFICATE_DAYS)
  }
  return ownCertificate(make, OWN_CERTIFICATE_DAYS, systemClock, log)
}
