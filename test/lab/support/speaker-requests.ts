/** What can be asked of speaker-program.ts, and its answers. */
import type { Family, NeighborConfig, Route, SpeakerConfig } from '../../../bgp/index.ts'

export type Request =
  | { readonly call: 'open'; readonly speaker: string; readonly config: SpeakerConfig }
  | { readonly call: 'add'; readonly speaker: string; readonly config: NeighborConfig }
  | { readonly call: 'status' | 'log'; readonly speaker: string }
  | { readonly call: 'close'; readonly speaker: string; readonly message?: string }
  | (OfNeighbor & { readonly call: 'set-routes'; readonly routes: readonly Route[] })
  | (OfNeighbor & { readonly call: 'remove' | 'start' | 'received' })
  | (OfNeighbor & { readonly call: 'shutdown'; readonly message?: string })
  | (OfNeighbor & { readonly call: 'refresh'; readonly family: Family })

interface OfNeighbor {
  readonly speaker: string
  /** Its address. */
  readonly neighbor: string
}

export type RequestOf<Call extends Request['call']> = Extract<Request, { readonly call: Call }>

export type Answer = { readonly result: unknown; readonly error?: never } | { readonly error: string }

export interface LogLine {
  /** Milliseconds of the clock that statuses go by. */
  readonly at: number
  readonly level: string
  readonly message: string
  readonly fields: Readonly<Record<string, unknown>>
}
