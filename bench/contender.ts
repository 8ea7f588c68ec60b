/**
 * One BGP speaker under measurement. A run is: start with the routes loaded and no session, connect, change one route
 * many times, withdraw all, announce all. Each call returns when the order was given (CLOCK_MONOTONIC, ns); when it
 * has taken effect is the receiver's to say.
 */
export interface Contender {
  readonly name: string
  version(): string
  /** A process with all routes loaded, not yet connected. */
  start(load: Load): Promise<Running>
}

export interface Load {
  readonly routes: number
  /** Distinct attribute sets (by MED), interleaved route by route; 1: no MED. */
  readonly sets: number
}

export interface Running {
  readonly pid: number
  /** Time to make the route set from numbers, ms, where that is a step of its own. */
  readonly buildMs?: number
  connect(): Promise<number>
  /** Announces or withdraws one route beside the others; undefined: cannot be done without a detour. */
  change?(announce: boolean): Promise<number>
  withdrawAll?(): Promise<number>
  announceAll?(): Promise<number>
  /** Longest time the event loop stood still since the last call, ms; only where there is one. */
  longestStallMs?(): Promise<number>
  stop(): Promise<void>
}

export const RECEIVER = { address: '10.99.0.1', port: 1790, asn: 65000 } as const
export const SPEAKER = { address: '10.99.0.2', asn: 64512 } as const
/** The route that comes and goes in the latency test; outside the others. */
export const CHANGED = '10.250.0.1'

export function routeAddress(index: number): string {
  return `10.${index >>> 16}.${(index >>> 8) & 255}.${index & 255}`
}

export function medOf(index: number, sets: number): number | undefined {
  return sets === 1 ? undefined : 1 + (index % sets)
}
