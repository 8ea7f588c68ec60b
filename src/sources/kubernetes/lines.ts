/**
 * A stream of octets cut into lines, each of bounded length: a server that never ends a line must not fill the
 * memory. Whole lines are decoded at once, so that a character split between two chunks stays whole.
 */
import { BadAnswer } from './unreachable.ts'

const NEWLINE = 0x0a

export class Lines {
  readonly #longest: number
  #held: Buffer[] = []
  #length = 0

  /** @param longest in octets. */
  constructor(longest: number) {
    this.#longest = longest
  }

  /** Lines that end in this chunk; empty ones are left out. Throws BadAnswer for one that is too long. */
  *push(chunk: Buffer): Generator<string> {
    let start = 0
    for (let end = chunk.indexOf(NEWLINE); end !== -1; end = chunk.indexOf(NEWLINE, start)) {
      const line = this.#take(chunk.subarray(start, end))
      start = end + 1
      if (line !== '') yield line
    }
    if (start < chunk.length) this.#hold(chunk.subarray(start))
  }

  /** Octets after the last line end. */
  get rest(): number {
    return this.#length
  }

  #hold(part: Buffer): void {
    this.#length += part.length
    if (this.#length > this.#longest) throw new BadAnswer(`a line is longer than ${this.#longest} octets`)
    this.#held.push(part)
  }

  #take(part: Buffer): string {
    if (this.#length + part.length > this.#longest)
      throw new BadAnswer(`a line is longer than ${this.#longest} octets`)
    const line = this.#held.length === 0 ? part : Buffer.concat([...this.#held, part])
    this.#held = []
    this.#length = 0
    return line.toString('utf8').trim()
  }
}
