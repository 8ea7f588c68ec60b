/**
 * One Service after the other is put before the allocator, and its answer becomes a wish in the book: what the status
 * is to say. What is not to be written is told, if it is news; an address that moves because pools were edited is
 * reported, and its write put off by the grace that somebody may use to put the pool back.
 */
import type { Clock, Log } from '../../bgp/index.ts'
import type { Diagnostic, ObjectKey, Pool, Service, Snapshot } from '../cluster/index.ts'
import type { EventWish, Regarding } from '../events/index.ts'
import type { AllocationCode, Allocator, PoolUsage, Settlement } from '../ipam/index.ts'
import { Agenda, type Cause, type Item } from './agenda.ts'
import { ADDRESS_WILL_MOVE, type Move, moveOf, moveText, reportPools } from './moves.ts'
import type { StatusBook, StatusWish } from './status-book.ts'
import type { StatusWriter } from './status-writer.ts'
import { mayBeFrom, unreadPools } from './unread-pools.ts'

export interface SettlingOptions {
  readonly newAllocator: () => Allocator
  readonly book: StatusBook
  readonly writer: Pick<StatusWriter, 'push' | 'drop' | 'isInFlight'>
  readonly regarding: (kind: 'Service' | 'IPAddressPool', key: ObjectKey) => Regarding
  readonly tell: (event: EventWish) => void
  /** Between the report of a move and the move. Milliseconds. */
  readonly moveDelayMs: number
  readonly clock: Clock
  readonly log: Log
}

export class Settling {
  readonly #options: SettlingOptions
  readonly #agenda = new Agenda()
  /** To be decided when their write has been answered. */
  readonly #later = new Map<ObjectKey, Item>()
  readonly #codes = new Map<ObjectKey, AllocationCode>()
  /** Left alone since a pool cannot be read, and told so. */
  readonly #held = new Set<ObjectKey>()
  #allocator: Allocator | undefined
  #toAdopt: Iterator<Service> | undefined
  #services: Snapshot['services'] = new Map()
  #pools: readonly Pool[] = []
  #unread: readonly string[] = []
  #moves: Move[] = []

  constructor(options: SettlingOptions) {
    this.#options = options
  }

  /** How many Services are to be decided. */
  get undecided(): number {
    return this.#agenda.size + this.#later.size
  }

  /** Whether everything that the statuses hold has been heard. */
  get isAdopting(): boolean {
    return this.#toAdopt !== undefined
  }

  /** Services by the outcome of their allocation. */
  codes(): ReadonlyMap<AllocationCode, number> {
    const counts = new Map<AllocationCode, number>()
    for (const code of this.#codes.values()) counts.set(code, (counts.get(code) ?? 0) + 1)
    return counts
  }

  usage(): readonly PoolUsage[] {
    return this.#allocator?.usage() ?? []
  }

  /** From nothing: what the statuses hold is adopted first, and then everything is decided. */
  begin(snapshot: Snapshot, diagnostics: readonly Diagnostic[]): void {
    this.end()
    this.#allocator = this.#options.newAllocator()
    this.#services = snapshot.services
    this.setPools(snapshot, diagnostics)
    this.#toAdopt = snapshot.services.values()
  }

  end(): void {
    this.#agenda.clear()
    this.#later.clear()
    this.#codes.clear()
    this.#held.clear()
    this.#allocator = undefined
    this.#toAdopt = undefined
    this.#moves = []
  }

  show(services: Snapshot['services']): void {
    this.#services = services
  }

  setPools({ config, namespaces, services }: Snapshot, diagnostics: readonly Diagnostic[]): void {
    const unread = unreadPools(diagnostics, config.pools)
    const sameUnread = unread.join() === this.#unread.join()
    this.#pools = config.pools
    this.#unread = unread
    const keys = this.#allocator?.setPools(config.pools, namespaces) ?? []
    for (const key of sameUnread ? keys : services.keys()) this.add(key, 'pools')
  }

  /** It is to be decided. */
  add(key: ObjectKey, cause: Cause = 'service'): void {
    this.#agenda.add({ key, cause, since: this.#options.clock.now() }, this.#holds(key))
  }

  /** Its write has been answered. */
  answered(key: ObjectKey): void {
    const item = this.#later.get(key)
    if (item === undefined) return
    this.#later.delete(key)
    this.#agenda.add(item, this.#holds(key))
  }

  /** One piece of work; false when there is none left. */
  step(): boolean {
    if (this.#allocator === undefined) return false
    if (this.#toAdopt !== undefined) {
      this.#adoptNext(this.#allocator, this.#toAdopt)
      return true
    }
    const item = this.#agenda.take()
    if (item !== undefined) this.#decide(this.#allocator, item)
    return item !== undefined
  }

  /** Says of each pool what it loses, all in one. To be called when all is decided. */
  reportMoves(): void {
    const moves = this.#moves
    if (moves.length === 0) return
    this.#moves = []
    const { tell, log, moveDelayMs: delayMs, regarding } = this.#options
    reportPools(moves, { tell, log, delayMs, regardingPool: (name) => regarding('IPAddressPool', name) })
  }

  #adoptNext(allocator: Allocator, services: Iterator<Service>): void {
    const { done, value } = services.next()
    if (!done) {
      allocator.adopt(value)
      return
    }
    this.#toAdopt = undefined
    for (const key of this.#services.keys()) this.add(key, 'pools')
  }

  #decide(allocator: Allocator, item: Item): void {
    const { key } = item
    const { book, writer } = this.#options
    const service = book.service(key)
    if (service === undefined) {
      this.#gone(allocator, key)
      return
    }
    // The answer tells what its status is; until then anything decided may be wrong.
    if (writer.isInFlight(key)) {
      this.#later.set(key, item)
      return
    }
    if (this.#isHeld(key, service)) return
    const { settlement, affected } = allocator.settle(service)
    for (const other of affected) this.add(other)
    this.#codes.set(key, settlement.code)
    this.#take(item, service, settlement)
  }

  #gone(allocator: Allocator, key: ObjectKey): void {
    const { book, writer } = this.#options
    for (const other of allocator.release(key)) this.add(other)
    writer.drop(key)
    book.forget(key)
    this.#codes.delete(key)
    this.#held.delete(key)
    this.#later.delete(key)
  }

  /** It may hold an address of a pool that cannot be read: it is left alone. */
  #isHeld(key: ObjectKey, service: Service): boolean {
    if (this.#unread.length === 0 || !mayBeFrom(this.#pools, service)) {
      this.#held.delete(key)
      return false
    }
    this.#options.book.wishStatus(key, undefined)
    if (this.#held.has(key)) return true
    this.#held.add(key)
    const message = `it keeps ${service.addresses.join(' and ')}, which may be from IPAddressPool ${this.#unread.join(', ')}: correct that`
    this.#options.log('warn', `a pool cannot be read, so a service is left alone: ${message}`, {
      service: key,
    })
    return true
  }

  #take({ key, cause, since }: Item, service: Service, settlement: Settlement): void {
    const { book, writer } = this.#options
    const before = book.statusWish(key)
    if (!settlement.write) {
      book.wishStatus(key, undefined)
      this.#tell(key, settlement)
      return
    }
    const wish = wishOf(settlement, before, since)
    const move =
      cause === 'pools' && wish.notBefore === undefined ? moveOf(key, service, settlement) : undefined
    book.wishStatus(key, move === undefined ? wish : this.#putOff(move, wish))
    writer.push(key)
  }

  #putOff(move: Move, wish: StatusWish): StatusWish {
    this.#announceMove(move)
    const { moveDelayMs, clock } = this.#options
    return { ...wish, notBefore: clock.now() + moveDelayMs }
  }

  #announceMove(move: Move): void {
    const { tell, moveDelayMs, regarding } = this.#options
    this.#moves.push(move)
    const message = moveText(move, moveDelayMs)
    tell({ regarding: regarding('Service', move.key), type: 'Warning', reason: ADDRESS_WILL_MOVE, message })
  }

  #tell(key: ObjectKey, { events, code, message }: Settlement): void {
    if (events.length === 0) return
    const { tell, log, regarding } = this.#options
    log('info', 'service settled', { service: key, code, why: message })
    for (const event of events) tell({ regarding: regarding('Service', key), ...event })
  }

  #holds(key: ObjectKey): boolean {
    return (this.#services.get(key)?.addresses.length ?? 0) > 0
  }
}

/** The same addresses again: what was to be told of them is still to be told, and not earlier than before. */
function wishOf(settlement: Settlement, before: StatusWish | undefined, since: number): StatusWish {
  const { addresses, pool, code, message, events } = settlement
  const same = before?.addresses.join() === addresses.join() ? before : undefined
  return {
    addresses,
    ...(pool !== undefined && { pool }),
    code,
    message,
    events: [...(same?.events ?? []), ...events],
    since: before?.since ?? since,
    ...(same?.notBefore !== undefined && { notBefore: same.notBefore }),
  }
}
