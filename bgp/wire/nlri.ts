import { ADDRESS_LENGTH, formatPrefix, parsePrefix } from './address.ts'
import { Malformed } from './malformed.ts'
import type { Reader } from './reader.ts'
import type { Family, Nlri } from './types.ts'
import { Writer } from './writer.ts'

/**
 * Lists of prefixes as they stand on the wire: length in bits, then as few octets as hold them (RFC 4271 section
 * 4.3), each behind a 4-octet path identifier where add-path was negotiated (RFC 7911 section 3).
 *
 * A full UPDATE carries 810 host routes, and most readers want their number or their packed form, never their text.
 * So a list is checked once and kept as octets; text is made one prefix at a time, by whoever iterates.
 */

const PATH_ID_LENGTH = 4

/** Sees one prefix: its octets start at `at`, host bits as received. No object is made per prefix. */
export type NlriVisitor = (octets: Uint8Array, at: number, length: number, pathId: number | undefined) => void

export class NlriList implements Iterable<Nlri> {
  readonly family: Family
  /** Number of prefixes. */
  readonly count: number
  /** The list as on the wire; shares memory with the message. Whoever outlives the message copies. */
  readonly octets: Uint8Array
  readonly #addPath: boolean

  private constructor(family: Family, octets: Uint8Array, count: number, addPath: boolean) {
    this.family = family
    this.octets = octets
    this.count = count
    this.#addPath = addPath
  }

  static empty(family: Family): NlriList {
    return new NlriList(family, new Uint8Array(0), 0, false)
  }

  /** Takes the rest of `reader`. Throws Malformed where RFC 7606 section 5.3 calls the field incorrect. */
  static decode(reader: Reader, family: Family, addPath: boolean): NlriList {
    const octets = reader.rest()
    return new NlriList(family, octets, countPrefixes(octets, family, addPath), addPath)
  }

  walk(visit: NlriVisitor): void {
    const { octets } = this
    const ahead = this.#addPath ? PATH_ID_LENGTH : 0
    for (let at = 0; at < octets.length; ) {
      const length = octets[at + ahead] as number
      const start = at + ahead + 1
      visit(octets, start, length, this.#addPath ? readU32(octets, at) : undefined)
      at = start + octetsOf(length)
    }
  }

  /** Each prefix as text, host bits cleared: they are the sender's slip, and mean nothing (RFC 4271 section 4.3). */
  *[Symbol.iterator](): Iterator<Nlri> {
    const { octets } = this
    const ahead = this.#addPath ? PATH_ID_LENGTH : 0
    const address = new Uint8Array(ADDRESS_LENGTH[this.family])
    for (let at = 0; at < octets.length; ) {
      const length = octets[at + ahead] as number
      const start = at + ahead + 1
      copyPrefix(octets, start, length, address)
      const prefix = formatPrefix(address, length)
      yield this.#addPath ? { prefix, pathId: readU32(octets, at) } : { prefix }
      at = start + octetsOf(length)
    }
  }

  /** Prefixes as text, `prefix#id` where a path identifier came along. */
  toJSON(): string[] {
    return Array.from(this, (nlri) =>
      nlri.pathId === undefined ? nlri.prefix : `${nlri.prefix}#${nlri.pathId}`,
    )
  }
}

/** The octets of a list of prefixes. Throws RangeError for text that is no prefix of the family. */
export function encodeNlri(list: Iterable<Nlri>, family: Family, addPath: boolean): Uint8Array {
  const out = new Writer()
  for (const { prefix, pathId = 0 } of list) {
    const parsed = parsePrefix(prefix)
    if (parsed?.family !== family) throw new RangeError(`not an ${family} prefix: ${prefix}`)
    if (addPath) out.u32(pathId)
    out.u8(parsed.length).bytes(parsed.address.subarray(0, octetsOf(parsed.length)))
  }
  return out.done()
}

/** RFC 7606 section 5.3: a list is incorrect when a length passes its family's, or a prefix passes the field. */
function countPrefixes(octets: Uint8Array, family: Family, addPath: boolean): number {
  const longest = ADDRESS_LENGTH[family] * 8
  const ahead = addPath ? PATH_ID_LENGTH : 0
  let count = 0
  let at = 0
  while (at < octets.length) {
    const length = octets[at + ahead]
    if (length === undefined)
      throw new Malformed('the last path identifier runs past the end of the prefixes')
    if (length > longest) throw new Malformed(`prefix length ${length} is more than ${longest}`)
    at += ahead + 1 + octetsOf(length)
    count++
  }
  if (at > octets.length) throw new Malformed('the last prefix runs past the end of its field')
  return count
}

function octetsOf(length: number): number {
  return (length + 7) >> 3
}

/** Writes the prefix that stands at `start` into `address`, every bit past its length zero. */
function copyPrefix(octets: Uint8Array, start: number, length: number, address: Uint8Array): void {
  const held = octetsOf(length)
  for (let at = 0; at < address.length; at++) address[at] = at < held ? (octets[start + at] as number) : 0
  if (length % 8 !== 0) address[held - 1] = (address[held - 1] as number) & (0xff00 >> (length % 8))
}

function readU32(octets: Uint8Array, at: number): number {
  return (
    (octets[at] as number) * 0x100_0000 +
    (((octets[at + 1] as number) << 16) | ((octets[at + 2] as number) << 8) | (octets[at + 3] as number))
  )
}
