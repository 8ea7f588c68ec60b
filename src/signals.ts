import type { Log } from '../bgp/index.ts'

/**
 * Signals of a daemon: SIGTERM and SIGINT end it, SIGHUP makes it look again. A second SIGTERM or SIGINT ends it at
 * once, whatever it is doing.
 */
export interface SignalHandlers {
  onReload(): void
  /** Ends it as a signal would. */
  readonly stop?: AbortSignal | undefined
  readonly log: Log
}

/** Resolves with the name of the signal that asks us to end. */
export function untilTold({ onReload, stop, log }: SignalHandlers): Promise<NodeJS.Signals> {
  process.on('SIGHUP', () => {
    log('info', 'SIGHUP: reading everything again')
    onReload()
  })
  return new Promise((resolve) => {
    let asked = false
    const end = (signal: NodeJS.Signals) => {
      if (asked) process.exit(1)
      asked = true
      resolve(signal)
    }
    if (stop?.aborted === true) resolve('SIGTERM')
    stop?.addEventListener('abort', () => resolve('SIGTERM'), { once: true })
    process.on('SIGTERM', end)
    process.on('SIGINT', end)
  })
}
