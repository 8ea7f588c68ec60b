/**
 * What others may ask a running speaker: the API on its socket and its port, health, metrics. All of them are open
 * before the first router hears of us, or none is.
 */
import type { Log } from '../bgp/index.ts'
import { type SpeakerViews, serveApi } from './api/index.ts'
import { type Door, openAll } from './doors.ts'
import { type Figures, serveHealth } from './metrics/index.ts'
import { openMetrics } from './metrics-door.ts'
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

/** Rejects with a SocketError when one of them cannot be opened; then none is. */
export function openDoors(doors: DoorOptions): Promise<Door> {
  const { metrics, node } = doors.options
  return openAll([
    // The socket first: a second speaker on this node must not go any further.
    () => openApi(doors),
    () => openHealth(doors),
    () => openMetrics({ ...doors, names: [node], ...(metrics !== undefined && { metrics }) }),
  ])
}

function openApi({ options: { socket, apiPort }, views, log }: DoorOptions): Promise<Door> {
  const onError = (error: Error) => log('error', 'an API answer failed', { error: error.message })
  return serveApi(views, { socket, ...(apiPort !== undefined && { port: apiPort }), onError })
}

async function openHealth({ options: { healthPort }, missing }: DoorOptions): Promise<Door | undefined> {
  if (healthPort === undefined) return undefined
  const address = '127.0.0.1'
  return serveHealth({ address, port: healthPort, missing, option: '--health-port' })
}
