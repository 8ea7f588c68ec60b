/**
 * Prefixes that go out in one kind of envelope, cut into messages: as many whole NLRI entries as fit, again and again.
 */
import { type Envelope, enclose, type Form, overhead } from './envelope.ts'
import { nlriOctets } from './record.ts'
import type { Runs } from './runs.ts'

/** The one path we announce for a prefix, where add-path asks for a number (RFC 7911 section 3). */
const PATH_IDENTIFIER = [0, 0, 0, 1] as const

export class Batch {
  readonly #runs: readonly Uint8Array[]
  readonly #strides: readonly number[]
  readonly #envelope: Envelope
  readonly #limit: number
  /** Octets in front of each entry. */
  readonly #pathId: number
  #run = 0
  #offset = 0
  /** Prefixes not yet sent. */
  count: number
  #octets: number
  /** What `#measure` found to fit: octets of the runs, and prefixes. */
  #fitting = 0
  #fittingCount = 0

  constructor(runs: Runs, envelope: Envelope, limit: number, pathId: number) {
    runs.close()
    this.#runs = runs.runs
    this.#strides = runs.strides
    this.#envelope = envelope
    this.#limit = limit
    this.#pathId = pathId
    this.count = runs.count
    this.#octets = runs.octets
  }

  /** Most octets that the next message can have; 0: nothing is left. */
  get nextAtMost(): number {
    return this.count === 0 ? 0 : Math.min(this.#limit, this.#wireOctets + this.#overhead)
  }

  /** Most octets that all messages to come can have together. */
  get atMost(): number {
    const room = this.#limit - this.#overhead
    return this.#wireOctets + this.#overhead * (1 + Math.ceil(this.#wireOctets / Math.max(1, room - 20)))
  }

  /** Writes the next message at `at` and returns its length; `count` goes down by what it says. */
  write(out: Uint8Array, at: number): number {
    const form = this.#choose()
    const nlri = this.#fitting + this.#fittingCount * this.#pathId
    const length = enclose(form, nlri, out, at)
    this.count -= this.#fittingCount
    this.#octets -= this.#fitting
    this.#copy(out, at + form.head.length)
    return length
  }

  get #wireOctets(): number {
    return this.#octets + this.count * this.#pathId
  }

  get #overhead(): number {
    const forms = this.#envelope.forms
    return overhead(forms[forms.length - 1] as Form)
  }

  /** The form with the least overhead that takes all that fits, measured. */
  #choose(): Form {
    let best = this.#envelope.forms[0]
    let count = 0
    for (const form of this.#envelope.forms) {
      this.#measure(Math.min(form.most, this.#limit - overhead(form)))
      if (this.#fittingCount <= count) break
      count = this.#fittingCount
      best = form
    }
    if (this.#fittingCount < count) this.#measure(Math.min(best.most, this.#limit - overhead(best)))
    return best
  }

  #measure(space: number): void {
    this.#fitting = 0
    this.#fittingCount = 0
    let offset = this.#offset
    for (let run = this.#run; run < this.#runs.length; run++) {
      const whole = this.#measureRun(run, offset, space - this.#fitting - this.#fittingCount * this.#pathId)
      if (!whole) return
      offset = 0
    }
  }

  /** Adds what fits of one run; true: all of it. */
  #measureRun(run: number, offset: number, space: number): boolean {
    const octets = this.#runs[run] as Uint8Array
    const stride = this.#strides[run] as number
    if (stride > 0) {
      const left = (octets.length - offset) / stride
      const count = Math.min(left, Math.floor(space / (stride + this.#pathId)))
      this.#fitting += count * stride
      this.#fittingCount += count
      return count === left
    }
    let at = offset
    for (let room = space; at < octets.length; ) {
      const size = nlriOctets(octets[at] as number)
      room -= size + this.#pathId
      if (room < 0) break
      at += size
      this.#fittingCount++
    }
    this.#fitting += at - offset
    return at === octets.length
  }

  #copy(out: Uint8Array, start: number): void {
    let at = start
    let left = this.#fitting
    while (left > 0) {
      const run = this.#runs[this.#run] as Uint8Array
      const end = Math.min(run.length, this.#offset + left)
      left -= end - this.#offset
      at = this.#pathId === 0 ? this.#copyPlain(run, end, out, at) : this.#copyNumbered(run, end, out, at)
      this.#offset = end
      if (end < run.length) return
      this.#run++
      this.#offset = 0
    }
  }

  #copyPlain(run: Uint8Array, end: number, out: Uint8Array, at: number): number {
    out.set(run.subarray(this.#offset, end), at)
    return at + end - this.#offset
  }

  #copyNumbered(run: Uint8Array, end: number, out: Uint8Array, start: number): number {
    let at = start
    for (let from = this.#offset; from < end; ) {
      const to = from + nlriOctets(run[from] as number)
      out.set(PATH_IDENTIFIER, at)
      out.set(run.subarray(from, to), at + this.#pathId)
      at += this.#pathId + to - from
      from = to
    }
    return at
  }
}
