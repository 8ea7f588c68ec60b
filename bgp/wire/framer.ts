import { readHeader } from './header.ts'
import { HEADER_LENGTH, MAX_MESSAGE } from './types.ts'

/**
 * Cuts a stream into messages (RFC 4271 section 4.1), however TCP split it. Messages that lie whole in one chunk are
 * views of it; one that crosses chunks is copied, into memory of exactly its length and only once its header has been
 * believed. So what a peer can make us hold is one message, besides what was pushed and not asked for yet.
 */
export class MessageFramer {
  /** The longest message taken from here on: 65535 once we have offered extended messages (RFC 8654 section 4). */
  maxLength: number

  readonly #chunks: Uint8Array[] = []
  /** Where the unread part of the first chunk starts. */
  #at = 0
  /** A message, or its header only, of which the first `#filled` octets have come. */
  #partial: Uint8Array | undefined
  #filled = 0
  #buffered = 0

  constructor(maxLength: number = MAX_MESSAGE) {
    this.maxLength = maxLength
  }

  /** Octets pushed and not yet returned by `next`. */
  get buffered(): number {
    return this.#buffered
  }

  /** Takes the next octets of the stream. Keeps a view: the caller must not write to `chunk` afterwards. */
  push(chunk: Uint8Array): void {
    if (chunk.length === 0) return
    this.#chunks.push(chunk)
    this.#buffered += chunk.length
  }

  /**
   * The next whole message, header included; undefined until more octets come. Throws ProtocolError 1/x as soon as a
   * bad header is there; messages before it have come out by then, and every later call throws again.
   */
  next(): Uint8Array | undefined {
    const message = this.#partial === undefined ? this.#whole() : undefined
    if (message !== undefined) return this.#done(message)
    while (this.#fill()) {
      const partial = this.#partial as Uint8Array
      if (partial.length > HEADER_LENGTH) return this.#done(partial)
      const { length } = readHeader(partial, 0, this.maxLength)
      if (length === HEADER_LENGTH) return this.#done(partial)
      this.#partial = new Uint8Array(length)
      this.#partial.set(partial)
    }
    return undefined
  }

  /** A message that lies whole in the first chunk; otherwise room for it, or for its header, is made. */
  #whole(): Uint8Array | undefined {
    const [chunk] = this.#chunks
    if (chunk === undefined) return undefined
    const left = chunk.length - this.#at
    const length = left < HEADER_LENGTH ? HEADER_LENGTH : readHeader(chunk, this.#at, this.maxLength).length
    if (left >= length) return this.#take(length)
    this.#partial = new Uint8Array(length)
    return undefined
  }

  /** Moves octets from the chunks to the partial message. True when it is complete. */
  #fill(): boolean {
    const { length } = this.#partial ?? []
    if (this.#partial === undefined || length === undefined) return false
    while (this.#filled < length && this.#chunks.length > 0) {
      const part = this.#take(length - this.#filled)
      this.#partial.set(part, this.#filled)
      this.#filled += part.length
    }
    return this.#filled === length
  }

  /** Up to `most` octets of the first chunk, which must be there. */
  #take(most: number): Uint8Array {
    const chunk = this.#chunks[0] as Uint8Array
    const part = chunk.subarray(this.#at, this.#at + most)
    this.#at += part.length
    if (this.#at === chunk.length) {
      this.#chunks.shift()
      this.#at = 0
    }
    return part
  }

  #done(message: Uint8Array): Uint8Array {
    this.#buffered -= message.length
    this.#partial = undefined
    this.#filled = 0
    return message
  }
}
