/**
 * A bounded view of received octets. Every message, attribute and field gets its own sub-reader, so a length that
 * lies can never make one field read its neighbour's octets. Nobody else in this room touches offsets.
 */
export class Reader {
  readonly #bytes: Uint8Array
  readonly #end: number
  #at: number

  constructor(bytes: Uint8Array, start = 0, end = bytes.length) {
    this.#bytes = bytes
    this.#at = start
    this.#end = end
  }

  /** Octets left. */
  get remaining(): number {
    return this.#end - this.#at
  }

  /** Position in the underlying octets, for reports. */
  get offset(): number {
    return this.#at
  }

  /** The next octet, which stays; undefined at the end. */
  peek(): number | undefined {
    return this.remaining > 0 ? this.#bytes[this.#at] : undefined
  }

  u8(): number {
    this.#need(1)
    return this.#bytes[this.#at++] as number
  }

  u16(): number {
    return this.u8() * 0x100 + this.u8()
  }

  u32(): number {
    return this.u16() * 0x1_0000 + this.u16()
  }

  /** The next `length` octets, as a view that shares memory. */
  bytes(length: number): Uint8Array {
    this.#need(length)
    const from = this.#at
    this.#at += length
    return this.#bytes.subarray(from, this.#at)
  }

  /** A reader of its own for the next `length` octets, which are skipped here. */
  sub(length: number): Reader {
    this.#need(length)
    const from = this.#at
    this.#at += length
    return new Reader(this.#bytes, from, this.#at)
  }

  /** Everything left, as a view that shares memory. */
  rest(): Uint8Array {
    return this.bytes(this.remaining)
  }

  #need(length: number): void {
    if (length > this.remaining) throw new ShortRead(length, this.remaining)
  }
}

/** More octets were asked for than the field holds. Callers turn it into the error their field calls for. */
export class ShortRead extends Error {
  constructor(wanted: number, left: number) {
    super(`${wanted} octets wanted, ${left} left`)
    this.name = 'ShortRead'
  }
}
