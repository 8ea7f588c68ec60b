/**
 * Which pool holds an address: asked for each address of each service, so by binary search over sorted intervals.
 * Pools do not overlap (that is refused earlier), so one interval at most can hold an address. The index of a list of
 * pools is made once and forgotten with the list.
 */
import { parseAddress, parsePrefix } from '../../bgp/wire/index.ts'
import { intervalOf, toNumber } from './intervals.ts'
import type { Pool } from './types.ts'

/** Intervals in ascending order, as three lists side by side. IPv4 in plain numbers, IPv6 in big ones. */
interface Sorted<N extends number | bigint> {
  readonly firsts: readonly N[]
  readonly lasts: readonly N[]
  readonly pools: readonly Pool[]
}

interface Index {
  readonly ipv4: Sorted<number>
  readonly ipv6: Sorted<bigint>
}

const indexes = new WeakMap<readonly Pool[], Index>()

/** The pool whose ranges hold the address; undefined also for text that is no address. */
export function poolOf(pools: readonly Pool[], address: string): Pool | undefined {
  const octets = parseAddress(address)
  if (octets === undefined) return undefined
  const { ipv4, ipv6 } = indexOf(pools)
  if (octets.length === 16) return find(ipv6, toNumber(octets))
  const [a = 0, b = 0, c = 0, d = 0] = octets
  return find(ipv4, a * 0x100_0000 + b * 0x1_0000 + c * 0x100 + d)
}

function indexOf(pools: readonly Pool[]): Index {
  const known = indexes.get(pools)
  if (known !== undefined) return known
  const index = makeIndex(pools)
  indexes.set(pools, index)
  return index
}

function makeIndex(pools: readonly Pool[]): Index {
  const blocks = pools.flatMap((pool) =>
    pool.ranges.flatMap(({ cidrs }) =>
      cidrs.flatMap((cidr) => {
        const prefix = parsePrefix(cidr)
        return prefix === undefined ? [] : [{ pool, ...intervalOf(prefix.address, prefix.length) }]
      }),
    ),
  )
  blocks.sort((a, b) => (a.first < b.first ? -1 : 1))
  const sorted = <N extends number | bigint>(
    family: 'ipv4' | 'ipv6',
    as: (value: bigint) => N,
  ): Sorted<N> => {
    const own = blocks.filter((block) => block.family === family)
    return {
      firsts: own.map(({ first }) => as(first)),
      lasts: own.map(({ last }) => as(last)),
      pools: own.map(({ pool }) => pool),
    }
  }
  return { ipv4: sorted('ipv4', Number), ipv6: sorted('ipv6', (value) => value) }
}

/** The last interval that starts at or before the address, if it reaches that far. */
function find<N extends number | bigint>({ firsts, lasts, pools }: Sorted<N>, address: N): Pool | undefined {
  let low = 0
  let high = firsts.length
  while (low < high) {
    const middle = (low + high) >>> 1
    if ((firsts[middle] as N) <= address) low = middle + 1
    else high = middle
  }
  const last = lasts[low - 1]
  return last !== undefined && address <= last ? pools[low - 1] : undefined
}
