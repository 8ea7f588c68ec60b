/** What others may ask a running controller: health, metrics, and API servers its webhooks. All are open, or none is. */
import { type Log, systemClock } from '../bgp/index.ts'
import { SocketError } from './api/index.ts'
import type { ControllerOptions } from './controller-options.ts'
import { type Door, openAll } from './doors.ts'
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

/** Rejects with a SocketError when one of them cannot be opened; then none is. */
export function openControllerDoors(doors: ControllerDoorOptions): Promise<Door> {
  const { metrics, pod } = doors.options
  const names = pod === undefined ? [] : [pod]
  let webhook: WebhookServer | undefined
  return openAll([
    async () => {
      webhook = await openWebhook(doors)
      return webhook
    },
    () => openHealth(doors, () => webhook?.ready === false),
    () => openMetrics({ ...doors, names, ...(metrics !== undefined && { metrics }) }),
  ])
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

async function openHealth(
  { options, missing }: ControllerDoorOptions,
  lacksCertificate: () => boolean,
): Promise<Door | undefined> {
  if (options.healthPort === undefined) return undefined
  const openedAt = systemClock.now()
  const isWebhookMissing = () => lacksCertificate() && systemClock.now() - openedAt < WEBHOOK_CHANCE_MS
  return serveHealth({
    port: options.healthPort,
    missing: () => [...missing(), ...(isWebhookMissing() ? ['the webhooks have no certificate yet'] : [])],
    option: '--health-port',
  })
}
