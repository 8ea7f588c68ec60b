/**
 * Who waits for what, so that an address that becomes free is offered to those it can help, and to no one else. Who
 * asked for an address by name is told of every change there, who would share is told of every change among those of
 * its key. Of those who would take any address of a pool, as many are woken as there are addresses free, in the order
 * of their names; one that could not use it after all (it needs both families) passes the chance on.
 */
import type { ObjectKey } from '../cluster/index.ts'
import { LeastFirst } from './least-first.ts'
import type { Waits } from './search.ts'
import type { Shelf } from './shelf.ts'

interface Waiter extends Waits {
  readonly share: string
}

/** Those who wait for any address of one shelf. */
interface Queue {
  /** Something became free since they tried. */
  readonly hopeful: LeastFirst<ObjectKey>
  readonly asleep: Set<ObjectKey>
  /** Woken, and not yet back. */
  readonly woken: Set<ObjectKey>
}

export class WaitingRoom {
  readonly #waiters = new Map<ObjectKey, Waiter>()
  readonly #byAddress = new Map<string, Set<ObjectKey>>()
  readonly #bySharing = new Map<string, Set<ObjectKey>>()
  readonly #queues = new Map<Shelf, Queue>()
  /** Where there may be somebody to wake. */
  readonly #stirred = new Set<Shelf>()
  #due = new Set<ObjectKey>()

  get isEmpty(): boolean {
    return this.#waiters.size === 0
  }

  has(key: ObjectKey): boolean {
    return this.#waiters.has(key)
  }

  keys(): Iterable<ObjectKey> {
    return this.#waiters.keys()
  }

  /** It has just tried, in vain. Replaces what it waited for before. */
  wait(key: ObjectKey, share: string, { addresses, shelves }: Waits): void {
    this.leave(key)
    this.#waiters.set(key, { addresses, shelves, share })
    for (const address of addresses) enter(this.#byAddress, address, key)
    for (const shelf of shelves) {
      this.#queueOf(shelf).asleep.add(key)
      if (share !== '') enter(this.#bySharing, sharingTopic(shelf, share), key)
    }
  }

  leave(key: ObjectKey): void {
    const waiter = this.#waiters.get(key)
    if (waiter === undefined) return
    this.#waiters.delete(key)
    this.#due.delete(key)
    for (const address of waiter.addresses) exit(this.#byAddress, address, key)
    for (const shelf of waiter.shelves) {
      const queue = this.#queueOf(shelf)
      queue.asleep.delete(key)
      queue.hopeful.delete(key)
      if (queue.woken.delete(key)) this.#stirred.add(shelf)
      exit(this.#bySharing, sharingTopic(shelf, waiter.share), key)
    }
  }

  /** The pools are others: everybody has to try again, and says then what to wait for. */
  clear(): void {
    this.#waiters.clear()
    this.#byAddress.clear()
    this.#bySharing.clear()
    this.#queues.clear()
    this.#stirred.clear()
    this.#due.clear()
  }

  /** Somebody came or went there, or changed key or ports. */
  changed(shelf: Shelf, address: string, share: string): void {
    for (const key of this.#byAddress.get(address) ?? []) this.#due.add(key)
    for (const key of this.#bySharing.get(sharingTopic(shelf, share)) ?? []) this.#due.add(key)
  }

  freed(shelf: Shelf): void {
    const queue = this.#queues.get(shelf)
    if (queue === undefined) return
    for (const key of queue.asleep) queue.hopeful.add(key)
    queue.asleep.clear()
    this.#stirred.add(shelf)
  }

  /** Those who should try now; each is named once, until it has. */
  due(): readonly ObjectKey[] {
    for (const shelf of this.#stirred) this.#wake(shelf, this.#queueOf(shelf))
    this.#stirred.clear()
    if (this.#due.size === 0) return NOBODY
    const due = [...this.#due].sort()
    this.#due = new Set()
    return due
  }

  #wake(shelf: Shelf, { hopeful, woken }: Queue): void {
    while (woken.size < shelf.free) {
      const key = hopeful.least()
      if (key === undefined) return
      hopeful.delete(key)
      woken.add(key)
      this.#due.add(key)
    }
  }

  #queueOf(shelf: Shelf): Queue {
    const queue = this.#queues.get(shelf) ?? {
      hopeful: new LeastFirst(),
      asleep: new Set(),
      woken: new Set(),
    }
    this.#queues.set(shelf, queue)
    return queue
  }
}

const NOBODY: readonly ObjectKey[] = []

const sharingTopic = (shelf: Shelf, share: string): string => `${shelf.pool} ${shelf.family} ${share}`

function enter(topics: Map<string, Set<ObjectKey>>, topic: string, key: ObjectKey): void {
  const set = topics.get(topic)
  if (set === undefined) topics.set(topic, new Set([key]))
  else set.add(key)
}

function exit(topics: Map<string, Set<ObjectKey>>, topic: string, key: ObjectKey): void {
  const set = topics.get(topic)
  set?.delete(key)
  if (set?.size === 0) topics.delete(topic)
}
