/**
 * Allocation kept up to date: one settled Service costs the work of one Service. What is remembered is who holds
 * which address, who waits for one, and what was told last; all of it can be made again from the Services themselves.
 *
 * Before the first Service is settled all that were adopted are booked, those first that carry the pool annotation (an
 * allocator gave them their address, so they were there first), then by name: where two Services that may not share
 * hold one address, the same one keeps it after every restart.
 */
import type { Namespace, ObjectKey, Pool, Service } from '../cluster/index.ts'
import { deprecatedOnes, writtenPool } from './annotations.ts'
import { Book } from './book.ts'
import { keyOf } from './claim.ts'
import { adopt, converge, type Desk, textsOf } from './converge.ts'
import { otherClass } from './gate.ts'
import { Pools } from './pools.ts'
import { type Verdict, verdictOf } from './settlement.ts'
import {
  AllocationCode,
  type AllocationEvent,
  type AllocationOptions,
  type PoolUsage,
  type Settlement,
} from './types.ts'
import { usageOf } from './usage.ts'
import { WaitingRoom } from './waiting.ts'

/** A Service that is ours, as it was seen last. */
interface Entry {
  service: Service
  /** Code and sentence of the last verdict; undefined: none yet. */
  told: string | undefined
  /** The sentence about a second address that is missing. */
  toldExtra: string | undefined
  toldDeprecated: boolean
}

export interface Settled {
  readonly settlement: Settlement
  /** Others worth another look, in the order to look at them: something they wait for has changed. */
  readonly affected: readonly ObjectKey[]
}

export class Allocator {
  readonly #options: AllocationOptions
  readonly #room = new WaitingRoom()
  readonly #book = new Book(this.#room)
  readonly #entries = new Map<ObjectKey, Entry>()
  readonly #unadopted = new Map<ObjectKey, Service>()
  #pools = new Pools([], new Map())

  constructor(options: AllocationOptions = {}) {
    this.#options = options
  }

  /**
   * Takes the pools as they are now. Addresses that lie in a changed pool are booked again as far as they are still
   * permitted; nothing is given away. Returns the Services to settle again, in the order to settle them: those that
   * hold an address first.
   */
  setPools(pools: readonly Pool[], namespaces: ReadonlyMap<string, Namespace>): readonly ObjectKey[] {
    const before = this.#pools
    const after = new Pools(pools, namespaces, before)
    if (samePools(before, after)) return []
    this.#pools = after
    const order = this.#inOrder(this.#looseKeys(after))
    const held = order.map((key) => textsOf(this.#book.get(key)?.places ?? []))
    for (const key of order) this.#book.drop(key)
    for (const [at, key] of order.entries()) this.#adopt(key, held[at])
    this.#room.clear()
    this.#book.tell()
    return order
  }

  /** First pass, before any Service is settled: what its status holds is its own, if it is permitted. */
  adopt(service: Service, key: ObjectKey = keyOf(service)): void {
    if (service.addresses.length > 0) this.#unadopted.set(key, service)
  }

  /** What the status of the Service should be. `key` is its `namespace/name`, for those who have it at hand. */
  settle(service: Service, key: ObjectKey = keyOf(service)): Settled {
    this.#adoptAll()
    const entry = this.#entryOf(key, service)
    const outcome = converge(service, key, this.#desk)
    const verdict = verdictOf(service, key, outcome)
    this.#book.tell()
    if (outcome.waits === undefined) this.#room.leave(key)
    else this.#room.wait(key, outcome.claim?.share ?? '', outcome.waits)
    const events = entry === undefined ? [] : news(entry, verdict)
    return { settlement: { ...verdict.settlement, events }, affected: this.#room.due() }
  }

  /** The Service is gone. Returns those whom its addresses may help. */
  release(key: ObjectKey): readonly ObjectKey[] {
    this.#adoptAll()
    this.#forget(key)
    this.#book.tell()
    return this.#room.due()
  }

  usage(): readonly PoolUsage[] {
    this.#adoptAll()
    return usageOf(this.#pools, this.#book)
  }

  get #desk(): Desk {
    return { pools: this.#pools, book: this.#book, options: this.#options }
  }

  /** Undefined for those that are none of ours: of them nothing is remembered. */
  #entryOf(key: ObjectKey, service: Service): Entry | undefined {
    if (!this.#isOurs(service)) {
      this.#forget(key)
      return undefined
    }
    const known = this.#entries.get(key)
    if (known !== undefined) {
      known.service = service
      return known
    }
    const entry: Entry = { service, told: undefined, toldExtra: undefined, toldDeprecated: false }
    this.#entries.set(key, entry)
    return entry
  }

  #isOurs(service: Service): boolean {
    return service.type === 'LoadBalancer' && otherClass(service, this.#options) === undefined
  }

  #forget(key: ObjectKey): void {
    this.#unadopted.delete(key)
    this.#entries.delete(key)
    this.#book.drop(key)
    this.#room.leave(key)
  }

  #adoptAll(): void {
    if (this.#unadopted.size === 0) return
    const fresh: ObjectKey[] = []
    for (const [key, service] of this.#unadopted)
      if (!this.#entries.has(key) && this.#entryOf(key, service) !== undefined) fresh.push(key)
    this.#unadopted.clear()
    for (const key of this.#inOrder(fresh)) this.#adopt(key)
    this.#book.tell()
  }

  #adopt(key: ObjectKey, ours: readonly string[] = []): void {
    const service = this.#entries.get(key)?.service
    if (service !== undefined) adopt(service, key, ours, this.#desk)
  }

  /** Those without an address, and those with one in a pool that is not as it was. */
  #looseKeys({ byName }: Pools): readonly ObjectKey[] {
    const keys: ObjectKey[] = []
    for (const key of this.#entries.keys()) {
      const places = this.#book.get(key)?.places ?? []
      const stands =
        places.length > 0 &&
        places.every(({ shelf }) => byName.get(shelf.pool)?.shelves[shelf.family] === shelf)
      if (!stands || this.#room.has(key)) keys.push(key)
    }
    return keys
  }

  /** Who was there first: those booked, those an allocator gave their address, those that have one; then by name. */
  #inOrder(keys: readonly ObjectKey[]): readonly ObjectKey[] {
    const ranks: [ObjectKey[], ObjectKey[], ObjectKey[], ObjectKey[]] = [[], [], [], []]
    for (const key of keys) ranks[this.#rankOf(key)].push(key)
    return ranks.flatMap((rank) => rank.sort())
  }

  #rankOf(key: ObjectKey): 0 | 1 | 2 | 3 {
    if (this.#book.get(key) !== undefined) return 0
    const service = this.#entries.get(key)?.service
    if (service === undefined || service.addresses.length === 0) return 3
    return writtenPool(service) !== undefined ? 1 : 2
  }
}

const samePools = (a: Pools, b: Pools): boolean =>
  a.byName.size === b.byName.size && [...b.byName].every(([name, pool]) => a.byName.get(name) === pool)

/** What has not been told yet. A Service that simply has what it had is no news, not even after a restart. */
function news(entry: Entry, { settlement, events, extra }: Verdict): readonly AllocationEvent[] {
  const told = `${settlement.code} ${settlement.message}`
  const isFirst = entry.told === undefined
  const fresh: AllocationEvent[] = entry.told === told ? [] : [...events()]
  if (extra !== undefined && extra.message !== entry.toldExtra)
    if (!(isFirst && settlement.code === AllocationCode.kept)) fresh.push(extra)
  if (settlement.write && !entry.toldDeprecated) {
    const keys = deprecatedOnes(settlement.service)
    entry.toldDeprecated = keys.length > 0
    for (const key of keys)
      fresh.push({
        type: 'Warning',
        reason: 'deprecatedAnnotation',
        message: `Service uses deprecated annotation ${key}`,
      })
  }
  entry.told = told
  entry.toldExtra = extra?.message
  return fresh
}
