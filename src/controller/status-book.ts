/**
 * What every Service's status is to say, until it says so. Three things are kept apart, for each Service that has
 * anything outstanding: what the watch shows, what was written and the watch has not shown yet, and what is still to
 * be written. Decisions are made on the first two together, so a watch that lags behind changes nothing.
 *
 * The book also keeps the order that makes an address safe: one that somebody gives up and another one gets is written
 * to the new holder only after the old holder's status has let go of it. Two that swap addresses would wait for each
 * other, so whoever waits lets go of his own first.
 */
import type { AnnouncedCondition, ObjectKey, Service, Snapshot } from '../cluster/index.ts'
import type { AllocationEvent } from '../ipam/index.ts'
import { type AddressWish, afterWrite, type StatusWrite } from './status-patch.ts'

/** An address wish with what is to be told once it has come true. */
export interface StatusWish extends AddressWish {
  readonly code: string
  readonly message: string
  readonly events: readonly AllocationEvent[]
  /** When that it needs to be decided was first seen, on the monotonic clock. */
  readonly since: number
  /** Not to be written before, on the monotonic clock. */
  readonly notBefore?: number
}

export interface ConditionWish {
  readonly condition: AnnouncedCondition | 'none'
  /** Told when it is written. */
  readonly event?: AllocationEvent
}

interface Entry {
  /** Written, and not shown by the watch yet. */
  written?: { readonly service: Service; readonly resourceVersion: string } | undefined
  status?: StatusWish | undefined
  condition?: ConditionWish | undefined
  /** Addresses that the status still holds and that the wish does not. */
  leaving?: readonly string[]
}

/** What one write carries. */
export interface Draft {
  /** As it was when the draft was made. */
  readonly service: Service
  readonly write: StatusWrite
  /** Those that have come true when the write has been taken. */
  readonly status?: StatusWish
  readonly condition?: ConditionWish
}

export type Next =
  | { readonly do: 'write'; readonly draft: Draft }
  | { readonly do: 'nothing' }
  | { readonly do: 'later'; readonly ms: number }
  /** Somebody else must let go of an address first; `onFree` will tell. */
  | { readonly do: 'wait' }

const NONE: readonly string[] = []
const NOTHING: Next = { do: 'nothing' }

export class StatusBook {
  readonly #onFree: (key: ObjectKey) => void
  readonly #entries = new Map<ObjectKey, Entry>()
  /** Addresses that a status still shows and is to let go of, with those who do. */
  readonly #leaving = new Map<string, Set<ObjectKey>>()
  /** Who waits for which of them. */
  readonly #waiting = new Map<string, Set<ObjectKey>>()
  #services: Snapshot['services'] = new Map()

  /** @param onFree told of every key that waited for an address and may look again. */
  constructor(onFree: (key: ObjectKey) => void) {
    this.#onFree = onFree
  }

  /** How many Services have something outstanding. */
  get size(): number {
    return this.#entries.size
  }

  clear(): void {
    this.#entries.clear()
    this.#leaving.clear()
    this.#waiting.clear()
  }

  /** The newest that the watch shows. */
  show(services: Snapshot['services']): void {
    this.#services = services
  }

  /** The Service as decisions should see it: our own writes count, whether the watch shows them yet or not. */
  service(key: ObjectKey): Service | undefined {
    const shown = this.#services.get(key)
    if (shown === undefined) return undefined
    return this.#entries.get(key)?.written?.service ?? shown
  }

  /** Of the newest write that the watch has not shown yet. */
  writtenVersion(key: ObjectKey): string | undefined {
    return this.#entries.get(key)?.written?.resourceVersion
  }

  /** Writes that the watch has not shown yet. */
  *unseen(): Generator<ObjectKey> {
    for (const [key, { written }] of this.#entries) if (written !== undefined) yield key
  }

  /** The watch shows this key's write, or something newer. */
  seen(key: ObjectKey): void {
    this.#change(key, { written: undefined })
  }

  wishStatus(key: ObjectKey, status: StatusWish | undefined): void {
    this.#change(key, { status })
  }

  wishCondition(key: ObjectKey, condition: ConditionWish | undefined): void {
    this.#change(key, { condition })
  }

  statusWish(key: ObjectKey): StatusWish | undefined {
    return this.#entries.get(key)?.status
  }

  /** The Service is gone. */
  forget(key: ObjectKey): void {
    const entry = this.#entries.get(key)
    if (entry === undefined) return
    this.#entries.delete(key)
    for (const address of entry.leaving ?? []) this.#left(key, address)
  }

  /** @param now on the monotonic clock. */
  next(key: ObjectKey, now: number): Next {
    const entry = this.#entries.get(key)
    const service = this.service(key)
    if (service === undefined || entry === undefined) return NOTHING
    const { status, condition } = entry
    const conditionAlone: Next =
      condition === undefined
        ? NOTHING
        : { do: 'write', draft: { service, write: { condition: condition.condition }, condition } }
    if (status === undefined) return conditionAlone
    const ms = (status.notBefore ?? now) - now
    if (ms > 0) return condition === undefined ? { do: 'later', ms } : conditionAlone
    const also = condition === undefined ? {} : { condition: condition.condition }
    const kept = condition === undefined ? {} : { condition }
    if (!this.#isBlocked(key, service, status))
      return { do: 'write', draft: { service, write: { addresses: status, ...also }, status, ...kept } }
    const addresses = this.#letGo(service, status)
    return addresses === undefined
      ? { do: 'wait' }
      : { do: 'write', draft: { service, write: { addresses, ...also }, ...kept } }
  }

  /** The API server has taken the draft. */
  wrote(key: ObjectKey, draft: Draft, resourceVersion: string): void {
    const entry = this.#entries.get(key)
    // Gone in the meantime, or of an earlier term.
    if (entry === undefined) return
    this.#change(key, {
      written: { service: afterWrite(this.service(key) ?? draft.service, draft.write), resourceVersion },
      ...(entry.status === draft.status && { status: undefined }),
      ...(entry.condition === draft.condition && { condition: undefined }),
    })
  }

  #change(key: ObjectKey, change: Partial<Entry>): void {
    const before = this.#entries.get(key)
    const entry: Entry = { ...before, ...change }
    const done = entry.written === undefined && entry.status === undefined && entry.condition === undefined
    const leaving = this.#leavingOf(key, entry)
    if (done) this.#entries.delete(key)
    else this.#entries.set(key, { ...entry, leaving })
    for (const address of leaving) into(this.#leaving, address, key)
    for (const address of before?.leaving ?? []) if (!leaving.includes(address)) this.#left(key, address)
  }

  #leavingOf(key: ObjectKey, { status, written }: Entry): readonly string[] {
    if (status === undefined) return NONE
    const shown = written?.service ?? this.#services.get(key)
    return shown?.addresses.filter((address) => !status.addresses.includes(address)) ?? NONE
  }

  #left(key: ObjectKey, address: string): void {
    const holders = this.#leaving.get(address)
    if (!holders?.delete(key) || holders.size > 0) return
    this.#leaving.delete(address)
    const waiting = this.#waiting.get(address) ?? []
    this.#waiting.delete(address)
    for (const other of waiting) this.#onFree(other)
  }

  /** Whoever waits gives up what he is to give up; undefined when that is nothing. */
  #letGo(service: Service, { addresses: wished, pool }: StatusWish): AddressWish | undefined {
    const addresses = service.addresses.filter((address) => wished.includes(address))
    if (addresses.length === service.addresses.length) return undefined
    return addresses.length === 0 || pool === undefined ? { addresses } : { addresses, pool }
  }

  #isBlocked(key: ObjectKey, service: Service, status: StatusWish): boolean {
    let blocked = false
    for (const address of status.addresses) {
      const holders = this.#leaving.get(address)
      if (holders === undefined || service.addresses.includes(address)) continue
      if (holders.size === 1 && holders.has(key)) continue
      into(this.#waiting, address, key)
      blocked = true
    }
    return blocked
  }
}

function into(map: Map<string, Set<ObjectKey>>, address: string, key: ObjectKey): void {
  const set = map.get(address)
  if (set === undefined) map.set(address, new Set([key]))
  else set.add(key)
}
