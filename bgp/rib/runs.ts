/**
 * NLRI octets waiting to be sent: a list of runs, each a stretch of whole NLRI entries in wire form.
 *
 * A run is either lent by a page (host routes, all with one attribute set: no copy at all, and lent stretches that are
 * neighbours in memory become one run) or collected here, entry by entry. Where all entries of a run have one size it
 * is noted, so that cutting messages out of the run is a division instead of a walk.
 */
import { nlriOctets } from './record.ts'

const FIRST_TAIL = 64
const LARGEST_TAIL = 65_536
const NO_TAIL = new Uint8Array(0)

export class Runs {
  /** Closed runs; complete after `close`. */
  readonly runs: Uint8Array[] = []
  /** Per run the size of every entry, or 0 when they differ. */
  readonly strides: number[] = []
  /** Number of prefixes. */
  count = 0
  /** Of all runs; complete after `close`. */
  octets = 0
  #lent: Uint8Array | undefined
  #lentStride = 0
  #tail: Uint8Array = NO_TAIL
  #used = 0
  #stride = 0
  #nextTail = FIRST_TAIL

  /** Adds a stretch of entries of equal size without copying it. */
  lend(entries: Uint8Array, stride: number): void {
    this.#closeTail()
    this.count += entries.length / stride
    const lent = this.#lent
    if (lent !== undefined && stride === this.#lentStride && adjoins(lent, entries)) {
      this.#lent = new Uint8Array(lent.buffer, lent.byteOffset, lent.length + entries.length)
    } else {
      this.#closeLent()
      this.#lent = entries
      this.#lentStride = stride
    }
  }

  /** Copies the record at `at`, less the octets its prefix length does not cover. */
  add(records: Uint8Array, at: number): void {
    const size = nlriOctets(records[at] as number)
    let tail = this.#tail
    let used = this.#used
    if (used + size > tail.length) {
      tail = this.#newTail()
      used = 0
    }
    if (size !== this.#stride) this.#stride = used === 0 ? size : 0
    for (let i = 0; i < size; i++) tail[used + i] = records[at + i] as number
    this.#used = used + size
    this.count++
  }

  /** Takes over what another one holds. */
  absorb(other: Runs): void {
    this.close()
    other.close()
    for (const run of other.runs) this.runs.push(run)
    for (const stride of other.strides) this.strides.push(stride)
    this.count += other.count
    this.octets += other.octets
  }

  close(): void {
    this.#closeLent()
    this.#closeTail()
  }

  #closeLent(): void {
    if (this.#lent === undefined) return
    this.octets += this.#lent.length
    this.runs.push(this.#lent)
    this.strides.push(this.#lentStride)
    this.#lent = undefined
  }

  #closeTail(): void {
    if (this.#used === 0) return
    this.octets += this.#used
    this.runs.push(this.#tail.subarray(0, this.#used))
    this.strides.push(this.#stride)
    this.#tail = NO_TAIL
    this.#used = 0
  }

  #newTail(): Uint8Array {
    this.close()
    const tail = new Uint8Array(this.#nextTail)
    this.#nextTail = Math.min(2 * this.#nextTail, LARGEST_TAIL)
    this.#tail = tail
    return tail
  }
}

function adjoins(a: Uint8Array, b: Uint8Array): boolean {
  return a.buffer === b.buffer && a.byteOffset + a.length === b.byteOffset
}
