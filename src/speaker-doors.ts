/**
 * What others may ask a running speaker: the API on its socket and its port, health, metrics. All of them are open
 * before the first router hears of us, or none is.
 */
import { type Log, systemClock } from '../bgp/index.ts'
import { type Served, SocketError, type SpeakerViews, serveApi } from './api/index.ts'
import { isLoopback } from './loopback.ts'
import {
  type CertificateSource,
  certificateFiles,
  type Figures,
  Gate,
  ownCertificate,
  serveHealth,
  serveMetrics,
} from './metrics/index.ts'
import type { KubeApi } from './sources/index.ts'
import type { SpeakerOptions } from './speaker-options.ts'

export interface DoorOptions {
  readonly options: SpeakerOptions
  readonly views: SpeakerViews
  readonly figures: Figures
  /** What is missing for being ready; is asked again and again. */
  readonly missing: () => readonly string[]
  /** Who says whether somebody from afar may read the metrics. */
  readonly api?: KubeApi
  readonly log: Log
}

export interface Doors {
  close(): Promise<void>
}

/** Rejects with a SocketError when one of them cannot be opened; then none is. */
export async function openDoors(doors: DoorOptions): Promise<Doors> {
  const opened: Doors[] = []
  const close = async () => {
    await Promise.all(opened.map((one) => one.close()))
  }
  try {
    // The socket first: a second speaker on this node must not go any further.
    opened.push(await openApi(doors))
    for (const open of [openHealth, openMetrics]) {
      const served = await open(doors)
      if (served !== undefined) opened.push(served)
    }
    return { close }
  } catch (error) {
    await close()
    throw error
  }
}

function openApi({ options: { socket, apiPort }, views, log }: DoorOptions): Promise<Doors> {
  const onError = (error: Error) => log('error', 'an API answer failed', { error: error.message })
  return serveApi(views, { socket, ...(apiPort !== undefined && { port: apiPort }), onError })
}

async function openHealth({ options: { healthPort }, missing }: DoorOptions): Promise<Served | undefined> {
  if (healthPort === undefined) return undefined
  const address = '127.0.0.1'
  return serveHealth({ address, port: healthPort, missing, option: '--health-port' })
}

const OPTION = '--metrics-address'

async function openMetrics(doors: DoorOptions): Promise<Served | undefined> {
  const { options, figures, api, log } = doors
  if (options.metrics === undefined) return undefined
  const { address, port } = options.metrics
  const onError = (error: Error) => log('error', 'the metrics could not be read', { error: error.message })
  const served = { address, port, figures, option: OPTION, onError }
  if (isLoopback(address)) return serveMetrics(served)
  if (api === undefined)
    throw new SocketError(
      `metrics on ${address} need an API server that says who may read them; without one: ${OPTION} 127.0.0.1:${port}`,
    )
  const gate = new Gate(api, systemClock, '/metrics')
  return serveMetrics({ ...served, secure: { gate, certificate: certificateOf(doors) } }).catch(unserved)
}

function unserved(error: Error): never {
  if (error instanceof SocketError) throw error
  throw new SocketError(
    `the metrics cannot be served over HTTPS: ${error.message}; look at --metrics-cert-dir`,
  )
}

const OWN_CERTIFICATE_DAYS = 365

function certificateOf({ options: { metrics, node }, log }: DoorOptions): CertificateSource {
  if (metrics?.certDir !== undefined) return certificateFiles(metrics.certDir, systemClock, log)
  const make = async () => {
    const { selfSigned } = await import('./webhook/index.ts')
    return selfSigned([node, 'localhost'], OWN_CERTIFICATE_DAYS)
  }
  return ownCertificate(make, OWN_CERTIFICATE_DAYS, systemClock, log)
}
