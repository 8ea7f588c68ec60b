/** Kubernetes Events as the daemon wishes them: said once per change, told to the API server when it has time. */

/** The object an Event is about. */
export interface Regarding {
  readonly apiVersion: string
  readonly kind: string
  /** Empty for objects without one. */
  readonly namespace: string
  readonly name: string
  readonly uid?: string
}

export interface EventWish {
  readonly regarding: Regarding
  readonly type: 'Normal' | 'Warning'
  /** CamelCase, e.g. `IPAllocated`. */
  readonly reason: string
  readonly message: string
}

/** Never throws, never waits. What cannot be written in time is dropped and counted, oldest first. */
export type TellEvent = (event: EventWish) => void
