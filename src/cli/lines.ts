/**
 * A stream cut into lines, with a bound on how long one may be: input without line breaks must not fill memory. What
 * is too long is reported as such, once, and skipped up to its end.
 */
export type Line = { readonly text: string } | { readonly tooLong: number }

export class LineSplitter {
  readonly #longest: number
  #pieces: string[] = []
  #length = 0

  /** `longest` in characters, the line break not counted. */
  constructor(longest: number) {
    this.#longest = longest
  }

  /** The lines that this chunk completes. */
  *push(chunk: string): Generator<Line> {
    let start = 0
    for (let end = chunk.indexOf('\n'); end >= 0; end = chunk.indexOf('\n', start)) {
      this.#keep(chunk.slice(start, end))
      start = end + 1
      yield this.#take()
    }
    this.#keep(chunk.slice(start))
  }

  /** What stands behind the last line break, if anything does. */
  *end(): Generator<Line> {
    if (this.#length > 0) yield this.#take()
  }

  #keep(piece: string): void {
    if (piece === '') return
    this.#length += piece.length
    if (this.#length > this.#longest + 1) this.#pieces = []
    else this.#pieces.push(piece)
  }

  #take(): Line {
    const text = this.#pieces.join('').replace(/\r$/, '')
    const length = this.#length
    this.#pieces = []
    this.#length = 0
    return length > this.#longest + 1 || text.length > this.#longest ? { tooLong: length } : { text }
  }
}
