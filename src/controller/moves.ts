/**
 * An address that moves because pools were edited is never taken silently: it is said on the Service, on the pool and
 * in the log before anything is written, so that somebody who sees it in time can put the pool back.
 */
import type { Log } from '../../bgp/index.ts'
import type { ObjectKey, Service } from '../cluster/index.ts'
import type { EventWish, Regarding } from '../events/index.ts'
import { POOL_ANNOTATION, type Settlement } from '../ipam/index.ts'

export const ADDRESS_WILL_MOVE = 'AddressWillMove'

export interface Move {
  readonly key: ObjectKey
  readonly service: Service
  /** What it loses. */
  readonly lost: readonly string[]
  readonly settlement: Settlement
}

/** Undefined when the Service keeps all it has. */
export function moveOf(key: ObjectKey, service: Service, settlement: Settlement): Move | undefined {
  const lost = service.addresses.filter((address) => !settlement.addresses.includes(address))
  return lost.length === 0 ? undefined : { key, service, lost, settlement }
}

/** `192.0.2.5 goes: ...; 198.51.100.1 follows from pool edge in 5 s`. */
export function moveText({ lost, settlement, service }: Move, delayMs: number): string {
  const gained = settlement.addresses.filter((address) => !service.addresses.includes(address))
  const when = delayMs === 0 ? 'now' : `in ${delayMs / 1_000} s`
  const follows =
    gained.length === 0
      ? `nothing follows, it goes ${when}`
      : `${gained.join(' and ')} follows from pool ${settlement.pool} ${when}`
  return `${lost.join(' and ')} is no longer permitted; ${follows}: ${settlement.message}`
}

export const poolBefore = ({ service }: Move): string | undefined => service.annotations[POOL_ANNOTATION]

const SHOWN = 3

export interface MoveReporter {
  readonly tell: (event: EventWish) => void
  readonly log: Log
  readonly regardingPool: (name: string) => Regarding
  readonly delayMs: number
}

/** One warning for each pool that loses Services, however many. The Services have had theirs. */
export function reportPools(
  moves: readonly Move[],
  { tell, log, regardingPool, delayMs }: MoveReporter,
): void {
  for (const [pool, ofPool] of Map.groupBy(moves, poolBefore)) {
    const named = ofPool.slice(0, SHOWN).map(({ key, lost }) => `${key} (${lost.join(', ')})`)
    const more = ofPool.length > SHOWN ? ` and ${ofPool.length - SHOWN} more` : ''
    const count = `${ofPool.length} ${ofPool.length === 1 ? 'service loses its address' : 'services lose their addresses'}`
    const when = delayMs === 0 ? 'now' : `in ${delayMs / 1_000} s`
    const message = `${count} ${when}: ${named.join(', ')}${more}`
    log('warn', 'a change of the pools moves addresses', { pool: pool ?? '', moves: message })
    if (pool !== undefined)
      tell({ regarding: regardingPool(pool), type: 'Warning', reason: ADDRESS_WILL_MOVE, message })
  }
}
