/**
 * The addresses of one family of one pool as one row of ranks: rank 0 is the address that is tried first. Entries
 * stand in the order of spec.addresses, addresses ascend inside an entry. Thus "the first free address" is the least
 * free rank, whatever the pool looks like. Ranks are plain numbers as far as these are exact; behind 2^53 addresses,
 * where only explicit requests ever reach, they are big ones.
 */
import { type Family, parseAddress } from '../../bgp/wire/index.ts'
import { addressText, type Cidr, intervalOf, type Pool, toNumber } from '../cluster/index.ts'

export type Rank = number | bigint

interface Block {
  readonly first: bigint
  readonly last: bigint
  /** The rank of its first address. */
  readonly base: bigint
}

export interface Blocks {
  readonly family: Family
  readonly inOrder: readonly Block[]
  readonly size: bigint
}

export const FAMILIES: readonly Family[] = ['ipv4', 'ipv6']

export function blocksOf({ ranges }: Pool, family: Family): Blocks {
  const inOrder: Block[] = []
  let base = 0n
  for (const { cidrs } of ranges) {
    const span = spanOf(cidrs)
    if (span?.family !== family) continue
    inOrder.push({ first: span.first, last: span.last, base })
    base += span.last - span.first + 1n
  }
  return { family, inOrder, size: base }
}

/** The prefixes of one entry ascend without a gap. */
function spanOf(cidrs: readonly Cidr[]) {
  const [first, last] = [cidrs[0], cidrs.at(-1)].map((cidr) => {
    const [text = '', length] = cidr?.split('/') ?? []
    const octets = parseAddress(text)
    return octets && intervalOf(octets, Number(length))
  })
  return first && last && { family: first.family, first: first.first, last: last.last }
}

/** As a plain number where that is exact, so that equal ranks are the same key. */
export const rankOf = (value: bigint): Rank =>
  value <= BigInt(Number.MAX_SAFE_INTEGER) ? Number(value) : value

export const rankAfter = (rank: Rank): Rank => rankOf(BigInt(rank) + 1n)

export function valueAt({ inOrder }: Blocks, rank: Rank): bigint {
  const wanted = BigInt(rank)
  let low = 0
  let high = inOrder.length - 1
  while (low < high) {
    const middle = (low + high + 1) >>> 1
    if ((inOrder[middle] as Block).base <= wanted) low = middle
    else high = middle - 1
  }
  const { first, base } = inOrder[low] as Block
  return first + (wanted - base)
}

export const textAt = (blocks: Blocks, rank: Rank): string =>
  addressText(valueAt(blocks, rank), blocks.family)

/** Undefined for text that is no address. */
export function numberOf(address: string): bigint | undefined {
  const octets = parseAddress(address)
  return octets && toNumber(octets)
}

/** Ends in .0 or .255: some customer equipment takes these for broadcasts. */
export const isBuggy = (value: bigint): boolean => {
  const octet = value & 0xffn
  return octet === 0n || octet === 255n
}

/** How many addresses end in .0 or .255. */
export const buggyIn = ({ inOrder }: Blocks): bigint =>
  inOrder.reduce((sum, { first, last }) => sum + buggyUpTo(last) - buggyUpTo(first - 1n), 0n)

/** Of 0 to the value, both included. */
const buggyUpTo = (value: bigint): bigint => (value < 0n ? 0n : value / 256n + 1n + (value + 1n) / 256n)
