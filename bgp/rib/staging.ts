/**
 * Edits of one family on their way into a table: records in the order they arrived, with the attribute set of each or
 * DELETE. Settling sorts them and keeps the last edit of each prefix.
 *
 * Edits that come in ascending order, the usual case for a bulk load, are noticed and need neither sort nor copy; as
 * long as they all have one attribute set nothing is stored per record besides the prefix.
 */

import type { Family } from '../wire/index.ts'
import type { RouteAttributes } from './attributes.ts'
import type { SortedRecords } from './page.ts'
import { compareRecords, STRIDE } from './record.ts'
import { recordOrder } from './sort.ts'

/** Stands in place of an attribute set's index: the prefix goes. */
export const DELETE = 0xffff_ffff

export class Staging {
  readonly #stride: number
  #records: Uint8Array
  #choices: Uint32Array | undefined
  #only = DELETE
  #count = 0
  #ascending = true
  #host = true

  constructor(family: Family) {
    this.#stride = STRIDE[family]
    this.#records = new Uint8Array(8 * this.#stride)
  }

  get count(): number {
    return this.#count
  }

  /** Adds an edit; `choice` is an index into the editor's attribute sets, or DELETE. */
  add(record: Uint8Array, choice: number): void {
    const stride = this.#stride
    const at = this.#count * stride
    if (at === this.#records.length) this.#records = grown(this.#records)
    const records = this.#records
    for (let i = 0; i < stride; i++) records[at + i] = record[i] as number
    if (this.#count === 0) this.#only = choice
    else if (this.#ascending) this.#ascending = compareRecords(records, at - stride, records, at, stride) < 0
    if (record[0] !== (stride - 1) * 8) this.#host = false
    if (this.#choices !== undefined || choice !== this.#only) this.#choose(choice)
    this.#count++
  }

  /** The edits sorted, each prefix once. The staging is spent. */
  settle(attributes: readonly RouteAttributes[]): SortedRecords {
    const records = this.#records.subarray(0, this.#count * this.#stride)
    const known = { attributes, only: this.#only, host: this.#host }
    if (this.#ascending) {
      return { ...known, records, count: this.#count, choices: this.#choices }
    }
    return { ...known, ...this.#gather(recordOrder(records, this.#count, this.#stride)) }
  }

  #choose(choice: number): void {
    let choices = this.#choices ?? new Uint32Array(this.#records.length / this.#stride).fill(this.#only)
    if (this.#count >= choices.length) {
      const larger = new Uint32Array(this.#records.length / this.#stride)
      larger.set(choices)
      choices = larger
    }
    choices[this.#count] = choice
    this.#choices = choices
  }

  #gather(order: Uint32Array): Pick<SortedRecords, 'records' | 'count' | 'choices'> {
    const stride = this.#stride
    const from = this.#records
    const records = new Uint8Array(order.length * stride)
    const choices = this.#choices && new Uint32Array(order.length)
    let count = 0
    for (let i = 0; i < order.length; i++) {
      const edit = order[i] as number
      const next = order[i + 1]
      if (next !== undefined && compareRecords(from, edit * stride, from, next * stride, stride) === 0)
        continue
      for (let k = 0; k < stride; k++) records[count * stride + k] = from[edit * stride + k] as number
      if (choices !== undefined) choices[count] = this.#choices?.[edit] as number
      count++
    }
    return { records, count, choices }
  }
}

function grown(octets: Uint8Array): Uint8Array {
  const larger = new Uint8Array(octets.length * 2)
  larger.set(octets)
  return larger
}
