/** What is looked for on behalf of a Service, and what was found. */
import type { Service } from '../cluster/index.ts'
import type { Claim, Refusal } from './claim.ts'
import type { Place, Pools } from './pools.ts'
import type { Request, Wanted } from './request.ts'
import type { Shelf } from './shelf.ts'
import type { AllocationStep } from './types.ts'

/** What a Service that got less than it wants waits for. */
export interface Waits {
  readonly addresses: readonly string[]
  readonly shelves: readonly Shelf[]
}

export interface Choice {
  /** IPv4 first; empty: nothing. */
  readonly places: readonly Place[]
  readonly steps: readonly AllocationStep[]
  /** Why there is nothing. */
  readonly refusal?: Refusal
  readonly waits?: Waits
}

export interface Search {
  readonly service: Service
  readonly claim: Claim
  readonly wanted: Wanted
  readonly request: Request
  readonly pools: Pools
}
