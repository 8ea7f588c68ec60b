/** Octets in the making, for the small messages. Prefixes by the hundred thousand are packed elsewhere. */
export class Writer {
  readonly #octets: number[] = []

  get length(): number {
    return this.#octets.length
  }

  u8(value: number): this {
    this.#octets.push(value & 0xff)
    return this
  }

  u16(value: number): this {
    return this.u8(value >>> 8).u8(value)
  }

  u32(value: number): this {
    return this.u16(value >>> 16).u16(value)
  }

  bytes(octets: Iterable<number>): this {
    for (const octet of octets) this.u8(octet)
    return this
  }

  /** What `write` writes, behind its length in `width` octets. Throws RangeError when that cannot hold it. */
  sized(width: 1 | 2, write: (inner: Writer) => void): this {
    const inner = new Writer()
    write(inner)
    if (inner.length >= 2 ** (8 * width))
      throw new RangeError(`${inner.length} octets do not fit their length field`)
    if (width === 2) this.u16(inner.length)
    else this.u8(inner.length)
    return this.bytes(inner.#octets)
  }

  done(): Uint8Array {
    return Uint8Array.from(this.#octets)
  }
}
