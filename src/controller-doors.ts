/** What others may ask a running controller: health, metrics, and API servers its webhooks. All are open, or none is. */
import { type Log, systemClock } from '../bgp/index.ts'
import { SocketError } from './api/index.ts'
import type { ControllerOptions } from './controller-options.ts'
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
import type { CurrentCluster, WebhookServer } from './webhook/index.ts'

export interface ControllerDoorOptions {
  readonly options: ControllerOptions
  readonly namespace: string
  readonly api: KubeApi
  readonly figures: Figures
  /** What is missing for being ready, the webhooks left aside; is asked again and again. */
  readonly missing: () => readonly string[]
  /** The cluster as the webhooks judge by it. */
  readonly cluster: () => CurrentCluster | undefined
  readonly log: Log
}

export interface Doors {
  close(): Promise<void>
}

/** Rejects with a SocketError when one of them cannot be opened; then none is. */
export async function openControllerDoors(doors: ControllerDoorOptions): Promise<Doors> {
  const opened: Doors[] = []
  const close = async () => {
    await Promise.all(opened.map((one) => one.close()))
  }
  try {
    const webhook = await openWebhook(doors)
    if (webhook !== undefined) opened.push(webhook)
    for (const open of [openHealth, openMetrics]) {
      const served = await open(doors, webhook)
      if (served !== undefined) opened.push(served)
    }
    return { close }
  } catch (error) {
    await close()
    throw error
  }
}

async function openWebhook(doors: ControllerDoorOptions): Promise<WebhookServer | undefined> {
  const { options, api, namespace, cluster, log } = doors
  if (options.webhook === undefined) return undefined
  const { serveWebhooks } = await import('./webhook/index.ts')
  const { port } = options.webhook
  return serveWebhooks(
    { ...options.webhook, api, namespace, cluster },
    { clock: systemClock, random: Math.random, log },
  ).catch((error: unknown) => {
    const message = error instanceof Error ? error.message : String(error)
    throw new SocketError(`the webhooks cannot be served on port ${port}: ${message}; see --webhook-port`)
  })
}

/** A certificate that cannot be had must not keep an update from going on for ever. */
const WEBHOOK_CHANCE_MS = 30_000

async function openHealth({ options, missing }: ControllerDoorOptions, webhook: WebhookServer | undefined) {
  if (options.healthPort === undefined) return undefined
  const openedAt = systemClock.now()
  const isWebhookMissing = () => webhook?.ready === false && systemClock.now() - openedAt < WEBHOOK_CHANCE_MS
  return serveHealth({
    port: options.healthPort,
    missing: () => [...missing(), ...(isWebhookMissing() ? ['the webhooks have no certificate yet'] : [])],
    option: '--health-port',
  })
}

const OPTION = '--metrics-address'

async function openMetrics(doors: ControllerDoorOptions) {
  const { options, figures, api, log } = doors
  if (options.metrics === undefined) return undefined
  const { address, port } = options.metrics
  const onError = (error: Error) => log('error', 'the metrics could not be read', { error: error.message })
  const served = { address, port, figures, option: OPTION, onError }
  if (isLoopback(address)) return serveMetrics(served)
  const secure = { gate: new Gate(api, systemClock, '/metrics'), certificate: certificateOf(doors) }
  return serveMetrics({ ...served, secure }).catch((error: unknown): never => {
    if (error instanceof SocketError) throw error
    const message = error instanceof Error ? error.message : String(error)
    throw new SocketError(`the metrics cannot be served over HTTPS: ${message}; see --metrics-cert-dir`)
  })
}

const OWN_CERTIFICATE_DAYS = 365

function certificateOf({ options: { metrics, pod }, log }: ControllerDoorOptions): CertificateSource {
  if (metrics?.certDir !== undefined) return certificateFiles(metrics.certDir, systemClock, log)
  const make = async () => {
    const { selfSigned } = await import('./webhook/index.ts')
    return selfSigned([...(pod === undefined ? [] : [pod]), 'localhost'], OWN_CERTIFICATE_DAYS)
  }
  return ownCertificate(make, OWN_CERTIFICATE_DAYS, systemClock, log)
}
