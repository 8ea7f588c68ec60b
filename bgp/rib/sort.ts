/**
 * The order of records that arrived in any order. Stable, so the last of several edits of one prefix stays last.
 *
 * A few are sorted by comparison; many by a radix sort, octet by octet from the least significant, which skips octets
 * that are the same everywhere (a pool's network, the length of host routes).
 */
import { compareRecords } from './record.ts'

const FEW = 512

export function recordOrder(records: Uint8Array, count: number, stride: number): Uint32Array {
  const order = new Uint32Array(count)
  for (let i = 0; i < count; i++) order[i] = i
  if (count > FEW) return radixOrder(records, order, stride)
  return order.sort((a, b) => compareRecords(records, a * stride, records, b * stride, stride) || a - b)
}

function radixOrder(records: Uint8Array, start: Uint32Array, stride: number): Uint32Array {
  let order = start
  let spare: Uint32Array = new Uint32Array(order.length)
  const counts = new Uint32Array(257)
  for (let digit = stride; digit > 0; digit--) {
    // The length octet stands first in a record and counts least in its order.
    const octet = digit % stride
    if (!tally(records, octet, stride, counts)) continue
    for (let i = 0; i < order.length; i++) {
      const record = order[i] as number
      const value = records[record * stride + octet] as number
      const to = counts[value] as number
      counts[value] = to + 1
      spare[to] = record
    }
    const sorted = spare
    spare = order
    order = sorted
  }
  return order
}

/** Where each value's records start; false when all records have the same value. */
function tally(records: Uint8Array, octet: number, stride: number, counts: Uint32Array): boolean {
  counts.fill(0)
  const total = Math.floor(records.length / stride)
  for (let at = octet; at < total * stride; at += stride) {
    const next = (records[at] as number) + 1
    counts[next] = (counts[next] as number) + 1
  }
  if (counts[(records[octet] as number) + 1] === total) return false
  for (let value = 1; value <= 256; value++) {
    counts[value] = (counts[value] as number) + (counts[value - 1] as number)
  }
  return true
}
