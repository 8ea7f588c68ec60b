/** What others may ask a running controller: health, metrics, and API servers its webhooks. All are open, or none is. */
import { type Log, systemClock } from '../bgp/index.ts'
import { SocketError } from './api/index.ts'
import type { ControllerOptions } from './controller-options.ts'
import { type Figures, serveHealth } from './metrics/index.ts'
import { openMetrics } from './metrics-door.ts'
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
    const { metrics, pod } = doors.options
    const names = pod === undefined ? [] : [pod]
    const health = await openHealth(doors, webhook)
    if (health !== undefined) opened.push(health)
    const numbers = await openMetrics({ ...doors, names, ...(metrics !== undefined && { metrics }) })
    if (numbers !== undefined) opened.push(numbers)
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
