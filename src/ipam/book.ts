/**
 * Who holds which addresses. Changes are collected until somebody asks what came of them: an address that is given
 * back and taken again in between did not change.
 */
import type { ObjectKey } from '../cluster/index.ts'
import type { Claim } from './claim.ts'
import { sameClaim } from './claim.ts'
import type { Place } from './pools.ts'
import type { WaitingRoom } from './waiting.ts'

export interface Booking {
  readonly claim: Claim
  /** IPv4 first; never empty. */
  readonly places: readonly Place[]
}

export class Book {
  readonly #room: WaitingRoom
  readonly #bookings = new Map<ObjectKey, Booking>()
  readonly #holders = new Map<string, number>()
  /** What those had whose booking changed since the last telling. */
  readonly #before = new Map<ObjectKey, Booking | undefined>()

  constructor(room: WaitingRoom) {
    this.#room = room
  }

  get(key: ObjectKey): Booking | undefined {
    return this.#bookings.get(key)
  }

  /** How many Services hold addresses of the pool. */
  holders(pool: string): number {
    return this.#holders.get(pool) ?? 0
  }

  /** From now on the claim holds these places and no others. Whether it may was decided before. */
  hold(claim: Claim, places: readonly Place[]): void {
    const before = this.#bookings.get(claim.key)
    if (before !== undefined && samePlaces(before.places, places) && sameClaim(before.claim, claim)) return
    this.drop(claim.key)
    if (places.length === 0) return
    this.#note(claim.key, undefined)
    this.#bookings.set(claim.key, { claim, places })
    this.#count(places, 1)
    for (const { shelf, rank, address } of places) shelf.hold(rank, address, claim)
  }

  drop(key: ObjectKey): void {
    const before = this.#bookings.get(key)
    if (before === undefined) return
    this.#note(key, before)
    this.#bookings.delete(key)
    this.#count(before.places, -1)
    for (const { shelf, rank } of before.places) shelf.drop(rank, key)
  }

  /** Tells those who wait what changed since the last time. */
  tell(): void {
    for (const [key, before] of this.#before) {
      const after = this.#bookings.get(key)
      this.#tellChanges(before, after)
      this.#tellChanges(after, before)
    }
    this.#before.clear()
  }

  /** The places of `one` that are not the same in `other`. */
  #tellChanges(one: Booking | undefined, other: Booking | undefined): void {
    const sameTerms = one !== undefined && other !== undefined && sameClaim(one.claim, other.claim)
    for (const { shelf, rank, address } of one?.places ?? []) {
      const isThere = other?.places.some((place) => place.shelf === shelf && place.rank === rank) ?? false
      if (isThere && sameTerms) continue
      this.#room.changed(shelf, address, one?.claim.share ?? '')
      if (!shelf.slots.has(rank)) this.#room.freed(shelf)
    }
  }

  #count([first]: readonly Place[], change: 1 | -1): void {
    if (first === undefined) return
    const count = this.holders(first.shelf.pool) + change
    if (count === 0) this.#holders.delete(first.shelf.pool)
    else this.#holders.set(first.shelf.pool, count)
  }

  #note(key: ObjectKey, before: Booking | undefined): void {
    if (!this.#room.isEmpty && !this.#before.has(key)) this.#before.set(key, before)
  }
}

const samePlaces = (a: readonly Place[], b: readonly Place[]): boolean =>
  a.length === b.length && a.every(({ shelf, rank }, at) => b[at]?.shelf === shelf && b[at]?.rank === rank)
