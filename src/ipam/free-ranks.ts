/**
 * The least free rank of a row, without ever looking twice: a mark below which nothing is free except what was freed
 * later, and the freed ones, least first. The mark only moves up, so that all searches together cost one walk.
 */
import { LeastFirst } from './least-first.ts'

export class FreeRanks {
  readonly #end: number
  readonly #isFree: (rank: number) => boolean
  readonly #freed = new LeastFirst<number>()
  #mark = 0

  /** Ranks from 0 to before `end`. `isFree` says whether a rank may be given away now. */
  constructor(end: bigint, isFree: (rank: number) => boolean) {
    this.#end = end > BigInt(Number.MAX_SAFE_INTEGER) ? Number.MAX_SAFE_INTEGER : Number(end)
    this.#isFree = isFree
  }

  least(): number | undefined {
    const freed = this.#freed.least()
    if (freed !== undefined) return freed
    while (this.#mark < this.#end && !this.#isFree(this.#mark)) this.#mark++
    return this.#mark < this.#end ? this.#mark : undefined
  }

  take(rank: number): void {
    if (rank < this.#mark) this.#freed.delete(rank)
  }

  giveBack(rank: number): void {
    if (rank < this.#mark) this.#freed.add(rank)
  }
}
