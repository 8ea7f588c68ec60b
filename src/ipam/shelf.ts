/**
 * What is in use of one family of one pool: a slot for each address that somebody holds. Two services may hold one
 * address when their sharing keys agree (see claim.ts) and no port is asked for twice; so everybody on a slot has the
 * same key, or is alone there.
 */
import type { Family } from '../../bgp/wire/index.ts'
import type { ObjectKey, Pool } from '../cluster/index.ts'
import { type Blocks, blocksOf, buggyIn, isBuggy, type Rank, textAt, valueAt } from './blocks.ts'
import type { Claim } from './claim.ts'
import { FreeRanks } from './free-ranks.ts'
import { ShareGroup } from './share-group.ts'

/** An address that at least one service holds. */
export interface Slot {
  readonly shelf: Shelf
  readonly rank: Rank
  readonly address: string
  readonly claims: Claim[]
  /** Of everybody on it; empty: held by one service that shares with nobody. */
  share: string
  group: ShareGroup | undefined
  /** Who has which port. */
  ports: Map<string, ObjectKey>
}

/** Of an address that is not shared: nobody ever asks for its ports. */
const NO_PORTS: Map<string, ObjectKey> = new Map()

export class Shelf {
  readonly pool: string
  readonly family: Family
  /** Addresses that may be given away, in use or not. */
  readonly size: bigint
  /** Addresses in use; a shared one counts once. */
  readonly slots = new Map<Rank, Slot>()
  readonly #blocks: Blocks
  readonly #avoidBuggy: boolean
  readonly #free: FreeRanks
  readonly #groups = new Map<string, ShareGroup>()

  constructor(pool: Pool, family: Family) {
    this.pool = pool.name
    this.family = family
    this.#blocks = blocksOf(pool, family)
    this.#avoidBuggy = pool.avoidBuggyIPs && family === 'ipv4'
    this.size = this.#blocks.size - (this.#avoidBuggy ? buggyIn(this.#blocks) : 0n)
    this.#free = new FreeRanks(this.#blocks.size, (rank) => !this.slots.has(rank) && !this.avoids(rank))
  }

  get free(): bigint {
    return this.size - BigInt(this.slots.size)
  }

  get blocks(): Blocks['inOrder'] {
    return this.#blocks.inOrder
  }

  /** Whether avoidBuggyIPs keeps the address from being used. */
  avoids(rank: Rank): boolean {
    return this.#avoidBuggy && isBuggy(valueAt(this.#blocks, rank))
  }

  addressAt(rank: Rank): string {
    return this.slots.get(rank)?.address ?? textAt(this.#blocks, rank)
  }

  /** The first address that is free, or that the claim may share. */
  lowest({ share, ports }: Claim): Rank | undefined {
    const free = this.#free.least()
    if (share === '') return free
    const shared = this.#groups.get(share)?.lowest(ports)?.rank
    return shared !== undefined && (free === undefined || shared < free) ? shared : free
  }

  /** Asks nobody: whether the claim may have it was decided before, and that it is not there yet. */
  hold(rank: Rank, address: string, claim: Claim): void {
    const slot = this.slots.get(rank) ?? this.#open(rank, address)
    slot.claims.push(claim)
    if (claim.share === '') return
    if (slot.group === undefined) this.#join(slot, claim)
    for (const port of claim.ports) slot.ports.set(port, claim.key)
  }

  drop(rank: Rank, key: ObjectKey): void {
    const slot = this.slots.get(rank)
    const at = slot?.claims.findIndex((one) => one.key === key) ?? -1
    const claim = slot?.claims[at]
    if (slot === undefined || claim === undefined) return
    slot.claims.splice(at, 1)
    if (slot.claims.length === 0) this.#close(slot)
    else if (claim.share !== '') {
      for (const port of claim.ports) {
        slot.ports.delete(port)
        slot.group?.portFreed(rank, port)
      }
    }
  }

  #open(rank: Rank, address: string): Slot {
    const slot: Slot = {
      shelf: this,
      rank,
      address,
      claims: [],
      share: '',
      group: undefined,
      ports: NO_PORTS,
    }
    this.slots.set(rank, slot)
    if (typeof rank === 'number') this.#free.take(rank)
    return slot
  }

  #join(slot: Slot, { share, ports }: Claim): void {
    const group = this.#groups.get(share) ?? new ShareGroup((rank) => this.slots.get(rank))
    this.#groups.set(share, group)
    slot.share = share
    slot.group = group
    slot.ports = new Map()
    group.add(slot, ports)
  }

  #close(slot: Slot): void {
    const { rank, group, share } = slot
    this.slots.delete(rank)
    if (typeof rank === 'number') this.#free.giveBack(rank)
    slot.group = undefined
    group?.left()
    if (group?.isEmpty) this.#groups.delete(share)
  }
}
