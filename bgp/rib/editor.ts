/**
 * Collects edits of a RouteSet and applies them together. Later edits of a prefix win over earlier ones.
 *
 * Callers that have numbers use the packed forms, which make no text and no object per prefix.
 */
import type { Family } from '../wire/index.ts'
import { internAttributes, type RouteAttributes } from './attributes.ts'
import { mergeEdits } from './merge.ts'
import { ADDRESS_BITS, hostBitsClear, newRecord, packPrefix, STRIDE } from './record.ts'
import type { RouteSet, Tables } from './route-set.ts'
import { DELETE, Staging } from './staging.ts'

export class RouteSetEditor {
  readonly #base: Tables
  readonly #finish: (tables: Tables) => RouteSet
  readonly #record = newRecord()
  #staged: Partial<Record<Family, Staging>> = {}
  #palette = new Palette()

  constructor(base: Tables, finish: (tables: Tables) => RouteSet) {
    this.#base = base
    this.#finish = finish
  }

  /** RangeError: not a canonical prefix, or impossible attributes. */
  put(prefix: string, attributes: RouteAttributes): void {
    this.#stage(this.#pack(prefix), this.#palette.indexOf(attributes))
  }

  /** An IPv4 route by its address as a number, 0..4294967295. */
  putPacked4(address: number, length: number, attributes: RouteAttributes): void {
    const record = this.#record
    record[0] = length
    record[1] = address >>> 24
    record[2] = address >>> 16
    record[3] = address >>> 8
    record[4] = address
    this.#checkPacked('ipv4', length)
    this.#stage('ipv4', this.#palette.indexOf(attributes))
  }

  /** An IPv6 route by the 16 octets of its address. */
  putPacked6(address: Uint8Array, length: number, attributes: RouteAttributes): void {
    if (address.length !== 16) throw new RangeError(`an IPv6 address has 16 octets, not ${address.length}`)
    this.#record[0] = length
    this.#record.set(address, 1)
    this.#checkPacked('ipv6', length)
    this.#stage('ipv6', this.#palette.indexOf(attributes))
  }

  /** A prefix that is not in the set may be deleted: nothing happens. */
  delete(prefix: string): void {
    this.#stage(this.#pack(prefix), DELETE)
  }

  /** The edited set; the very same one when the edits change nothing. The editor starts anew. */
  done(): RouteSet {
    const tables = { ipv4: this.#merged('ipv4'), ipv6: this.#merged('ipv6') }
    this.#staged = {}
    this.#palette = new Palette()
    return this.#finish(tables)
  }

  #merged(family: Family): Tables[Family] {
    const staged = this.#staged[family]
    if (staged === undefined) return this.#base[family]
    const palette = this.#palette
    const edits = staged.settle(palette.sets)
    return mergeEdits(this.#base[family], edits, (attributes) => palette.indexOf(attributes), STRIDE[family])
  }

  #pack(prefix: string): Family {
    const family = packPrefix(prefix, this.#record)
    if (family !== undefined) return family
    throw new RangeError(`'${prefix}' is not a prefix with its host bits clear`)
  }

  #checkPacked(family: Family, length: number): void {
    if (Number.isInteger(length) && length >= 0 && length <= ADDRESS_BITS[family]) {
      if (hostBitsClear(this.#record, family)) return
      throw new RangeError(`host bits are set past prefix length ${length}`)
    }
    throw new RangeError(`prefix length ${length} is not a whole number from 0 to ${ADDRESS_BITS[family]}`)
  }

  #stage(family: Family, choice: number): void {
    let staged = this.#staged[family]
    if (staged === undefined) {
      staged = new Staging(family)
      this.#staged[family] = staged
    }
    staged.add(this.#record, choice)
  }
}

/** How many objects that are not interned themselves are remembered, so that each is judged once and not per route. */
const REMEMBERED = 4096

/** The attribute sets that one edit has met, numbered. */
class Palette {
  readonly sets: RouteAttributes[] = []
  readonly #indexes = new Map<RouteAttributes, number>()
  #last: RouteAttributes | undefined
  #lastIndex = 0
  #strangers = 0

  indexOf(attributes: RouteAttributes): number {
    if (attributes === this.#last) return this.#lastIndex
    const index = this.#indexes.get(attributes) ?? this.#meet(attributes)
    this.#last = attributes
    this.#lastIndex = index
    return index
  }

  #meet(attributes: RouteAttributes): number {
    const interned = internAttributes(attributes)
    let index = this.#indexes.get(interned)
    if (index === undefined) {
      index = this.sets.push(interned) - 1
      this.#indexes.set(interned, index)
    }
    if (attributes !== interned && this.#strangers++ < REMEMBERED) this.#indexes.set(attributes, index)
    return index
  }
}
