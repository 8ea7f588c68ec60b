/**
 * What users read with `kubectl describe bgppeer`: from which node a session is up, which went down and with what
 * error, and which does not come up. The library says when to look; what is new since the last look is told.
 */
import type { Neighbor, NeighborStatus } from '../../bgp/index.ts'
import type { TellEvent } from '../events/index.ts'
import type { Identify } from './service-events.ts'

export const SessionReason = { up: 'SessionUp', down: 'SessionDown', failed: 'SessionFailed' } as const

export interface SessionEventOptions {
  readonly node: string
  /** Where BGPPeers live. */
  readonly namespace: string
  readonly identify: Identify
  readonly tell: TellEvent
}

/** What was last seen of one session. */
interface Seen {
  isUp: boolean
  /** When the session came up, by the speaker's clock. */
  upAt: number
  /** The last failure that was told. */
  told: string | undefined
}

type Watched = Pick<Neighbor, 'status'>

export class SessionEvents {
  readonly #options: SessionEventOptions
  readonly #seen = new WeakMap<Watched, Seen>()

  constructor(options: SessionEventOptions) {
    this.#options = options
  }

  /** Something about this neighbor may have changed. */
  look(neighbor: Watched): void {
    const status = neighbor.status()
    const seen = this.#seen.get(neighbor) ?? { isUp: false, upAt: 0, told: undefined }
    this.#seen.set(neighbor, seen)
    const isUp = status.state === 'Established'
    if (isUp && !seen.isUp) this.#up(status, seen)
    else if (!isUp && seen.isUp) this.#down(status, seen)
    else if (!isUp) this.#failing(status, seen)
    seen.isUp = isUp
  }

  #up(status: NeighborStatus, seen: Seen): void {
    seen.upAt = status.now
    seen.told = undefined
    this.#tell(status, 'Normal', SessionReason.up, 'is up')
  }

  #down(status: NeighborStatus, seen: Seen): void {
    const { lastError } = status
    // An older error is not why it ended.
    const why = lastError !== undefined && lastError.at >= seen.upAt ? `: ${lastError.text}` : ''
    seen.told = lastError?.text
    this.#tell(status, 'Warning', SessionReason.down, `ended${why}`)
  }

  /** Each way of not coming up is told once; the attempts go on for days if need be. */
  #failing(status: NeighborStatus, seen: Seen): void {
    const text = status.lastError?.text
    if (text === undefined || text === seen.told) return
    seen.told = text
    this.#tell(status, 'Warning', SessionReason.failed, `does not come up: ${text}`)
  }

  #tell(
    { description = '', address }: NeighborStatus,
    type: 'Normal' | 'Warning',
    reason: string,
    what: string,
  ): void {
    const { node, namespace, identify, tell } = this.#options
    const regarding = identify('BGPPeer', namespace, description)
    if (regarding === undefined) return
    tell({
      regarding,
      type,
      reason,
      message: `session with ${address} from node ${JSON.stringify(node)} ${what}`,
    })
  }
}
