/**
 * Addresses of one row that are shared under one key, for the question: which is the lowest one where these ports
 * are still free? Per port it is remembered below which rank that port is taken everywhere, except where it was freed
 * since; so a thousand services on the same port do not each try all the addresses of those before.
 */
import { type Rank, rankAfter } from './blocks.ts'
import type { Slot } from './shelf.ts'

/** Ports beyond these are searched for from the start. */
const MOST_PORTS = 4096
/** So many newcomers are put in their places one by one; more are sorted in. */
const FEW = 8

interface PortSearch {
  /** Every address of a lower rank has the port in use, ... */
  below: Rank
  /** ... or is one of these, ascending. */
  readonly freed: Rank[]
}

export class ShareGroup {
  readonly #slotAt: (rank: Rank) => Slot | undefined
  /** Ascending. Those that left stay until they are many. */
  #slots: Slot[] = []
  /** To be put among the slots before the next search. */
  #newcomers: Slot[] = []
  #gone = 0
  readonly #searches = new Map<string, PortSearch>()
  /** No search has got further. */
  #furthest: Rank = 0

  constructor(slotAt: (rank: Rank) => Slot | undefined) {
    this.#slotAt = slotAt
  }

  get isEmpty(): boolean {
    return this.#slots.length + this.#newcomers.length === this.#gone
  }

  /** @param ports those in use there */
  add(slot: Slot, ports: readonly string[]): void {
    const last = this.#slots.at(-1)
    if (last === undefined || last.rank < slot.rank) this.#slots.push(slot)
    else this.#newcomers.push(slot)
    if (slot.rank >= this.#furthest) return
    for (const [port, search] of this.#searches) if (!ports.includes(port)) noteFreed(search, slot.rank)
  }

  /** Its `group` is another already. */
  left(): void {
    this.#gone++
  }

  portFreed(rank: Rank, port: string): void {
    const search = this.#searches.get(port)
    if (search !== undefined) noteFreed(search, rank)
  }

  lowest(ports: readonly string[]): Slot | undefined {
    this.#tidy()
    const isFree = (slot: Slot): boolean => !ports.some((port) => slot.ports.has(port))
    const [port, search] = this.#hardest(ports)
    return (
      (search && this.#amongFreed(search, port, isFree)) ?? this.#further(ports, search?.below ?? 0, isFree)
    )
  }

  /** The port that rules out most. */
  #hardest(ports: readonly string[]): readonly [string, PortSearch | undefined] {
    let hardest: readonly [string, PortSearch | undefined] = ['', undefined]
    for (const port of ports) {
      const search = this.#searches.get(port)
      if (search !== undefined && search.below > (hardest[1]?.below ?? 0)) hardest = [port, search]
    }
    return hardest
  }

  #amongFreed({ freed }: PortSearch, port: string, isFree: (slot: Slot) => boolean): Slot | undefined {
    for (let at = 0; at < freed.length; ) {
      const slot = this.#slotAt(freed[at] as Rank)
      if (slot?.group !== this || slot.ports.has(port)) freed.splice(at, 1)
      else if (isFree(slot)) return slot
      else at++
    }
    return undefined
  }

  #further(ports: readonly string[], start: Rank, isFree: (slot: Slot) => boolean): Slot | undefined {
    // Of these it is known that they are taken everywhere below.
    const leading = new Set(ports.filter((port) => (this.#searches.get(port)?.below ?? 0) >= start))
    for (let at = indexOf(this.#slots, start); at < this.#slots.length; at++) {
      const slot = this.#slots[at] as Slot
      if (slot.group !== this) continue
      if (isFree(slot)) return slot
      for (const port of leading) {
        if (slot.ports.has(port)) this.#advance(port, rankAfter(slot.rank))
        else leading.delete(port)
      }
    }
    return undefined
  }

  #advance(port: string, below: Rank): void {
    if (below > this.#furthest) this.#furthest = below
    const search = this.#searches.get(port)
    if (search !== undefined) {
      search.below = below
      return
    }
    if (this.#searches.size >= MOST_PORTS) this.#searches.clear()
    this.#searches.set(port, { below, freed: [] })
  }

  #tidy(): void {
    if (this.#gone > FEW && this.#gone * 2 > this.#slots.length) this.#clean()
    if (this.#newcomers.length === 0) return
    if (this.#newcomers.length > FEW) this.#clean()
    for (const slot of this.#newcomers) this.#slots.splice(indexOf(this.#slots, slot.rank), 0, slot)
    this.#newcomers = []
  }

  #clean(): void {
    this.#slots = [...this.#slots, ...this.#newcomers].filter((slot) => slot.group === this)
    this.#slots.sort((a, b) => (a.rank < b.rank ? -1 : a.rank > b.rank ? 1 : 0))
    this.#newcomers = []
    this.#gone = 0
  }
}

function noteFreed({ below, freed }: PortSearch, rank: Rank): void {
  if (rank >= below) return
  const at = freed.findIndex((other) => other >= rank)
  if (at < 0) freed.push(rank)
  else if (freed[at] !== rank) freed.splice(at, 0, rank)
}

/** Of the first slot that is not below the rank. */
function indexOf(slots: readonly Slot[], rank: Rank): number {
  let low = 0
  let high = slots.length
  while (low < high) {
    const middle = (low + high) >>> 1
    if ((slots[middle] as Slot).rank < rank) low = middle + 1
    else high = middle
  }
  return low
}
