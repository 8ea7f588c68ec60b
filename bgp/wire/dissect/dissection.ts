import { toHex } from '../hex.ts'
import { type Reader, ShortRead } from '../reader.ts'

/** One stretch of octets in words. `depth`: 0 for a message, one more for each part within. */
export interface DissectedField {
  readonly offset: number
  readonly length: number
  readonly name: string
  readonly value: string
  readonly depth: number
}

/** So many octets of a value are shown in hex. */
const SHOWN_OCTETS = 32

/**
 * Fields as they are found, each inside the part that holds it. What does not fit its part is shown as far as it
 * goes and ends that part only; what nobody read is shown as left over. So any octets give a full account.
 */
export class Dissection {
  readonly fields: DissectedField[] = []
  #depth = 0

  /** The next `length` octets as one field. Throws ShortRead, for `part` to catch, once the rest was shown. */
  field(
    reader: Reader,
    length: number,
    name: string,
    show: (octets: Uint8Array) => string = hexText,
  ): Uint8Array {
    const { offset, remaining } = reader
    if (remaining < length) {
      const octets = reader.rest()
      this.#add(offset, octets.length, name, `${hexText(octets)} (cut short, ${length} octets are wanted)`)
      throw new ShortRead(length, remaining)
    }
    const octets = reader.bytes(length)
    this.#add(offset, length, name, show(octets))
    return octets
  }

  /** A big-endian number of 1 to 4 octets. */
  number(reader: Reader, length: number, name: string, show: (value: number) => string = String): number {
    return numberOf(this.field(reader, length, name, (octets) => show(numberOf(octets))))
  }

  /** The rest of `reader` as a part of its own, whose fields `walk` finds. */
  part(reader: Reader, name: string, value: string, walk: (part: Reader) => void): void {
    const part = reader.sub(reader.remaining)
    this.#add(part.offset, part.remaining, name, value)
    this.#depth++
    try {
      walk(part)
      if (part.remaining > 0) this.field(part, part.remaining, 'left over')
    } catch (error) {
      if (!(error instanceof ShortRead)) throw error
    } finally {
      this.#depth--
    }
  }

  #add(offset: number, length: number, name: string, value: string): void {
    this.fields.push({ offset, length, name, value, depth: this.#depth })
  }
}

/** A reader for the next `length` octets, or for all there are when they are fewer. */
export function upTo(reader: Reader, length: number): Reader {
  return reader.sub(Math.min(length, reader.remaining))
}

export function hexText(octets: Uint8Array): string {
  const shown = toHex(octets.subarray(0, SHOWN_OCTETS))
  return octets.length > SHOWN_OCTETS ? `${shown}...` : shown
}

function numberOf(octets: Uint8Array): number {
  return octets.reduce((value, octet) => value * 256 + octet, 0)
}
