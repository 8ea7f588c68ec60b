import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Pool } from '../../../src/cluster/index.ts'
import { blocksOf, buggyIn, isBuggy, rankAfter, textAt, valueAt } from '../../../src/ipam/blocks.ts'
import { type Claim, refusalOf } from '../../../src/ipam/claim.ts'
import { LeastFirst } from '../../../src/ipam/least-first.ts'
import { Pools } from '../../../src/ipam/pools.ts'
import { Shelf } from '../../../src/ipam/shelf.ts'
import { pool } from '../../support/tiny-cluster.ts'

describe('ranks', () => {
  const mixed = pool('p', '192.0.2.4/31', '2001:db8::/126', '192.0.2.0/32', '10.0.0.0/30')

  it('follow the entries, and ascend inside each', () => {
    const blocks = blocksOf(mixed, 'ipv4')
    expect([0, 1, 2, 3, 6].map((rank) => textAt(blocks, rank))).toEqual([
      '192.0.2.4',
      '192.0.2.5',
      '192.0.2.0',
      '10.0.0.0',
      '10.0.0.3',
    ])
    expect(blocks.size).toBe(7n)
    expect(blocksOf(mixed, 'ipv6').size).toBe(4n)
  })

  it('go beyond what a plain number can say', () => {
    const blocks = blocksOf(pool('p', '2001:db8::/64', '2001:db9::/64'), 'ipv6')
    expect(textAt(blocks, 2n ** 64n + 1n)).toBe('2001:db9::1')
    expect(rankAfter(Number.MAX_SAFE_INTEGER)).toBe(2n ** 53n)
    const found = new Pools([pool('p', '2001:db8::/64', '2001:db9::/64')], new Map()).locate('2001:db9::1')
    expect(found?.rank).toBe(2n ** 64n + 1n)
  })

  it('are found again from the address', () => {
    const pools = new Pools([mixed, pool('q', '10.0.0.4/30')], new Map())
    const blocks = blocksOf(mixed, 'ipv4')
    for (let rank = 0; rank < 7; rank++) expect(pools.locate(textAt(blocks, rank))).toMatchObject({ rank })
    for (const address of ['192.0.2.1', '10.0.0.8', '9.255.255.255', '2001:db8::4', 'x'])
      expect(pools.locate(address)).toBeUndefined()
  })

  it('that end in .0 or .255 are counted as they are', () => {
    fc.assert(
      fc.property(fc.nat(3000), fc.nat(3000), (a, b) => {
        const block = { first: BigInt(Math.min(a, b)), last: BigInt(Math.max(a, b)), base: 0n }
        const blocks = { family: 'ipv4' as const, inOrder: [block], size: block.last - block.first + 1n }
        let count = 0n
        for (let rank = 0n; rank < blocks.size; rank++) if (isBuggy(valueAt(blocks, rank))) count++
        expect(buggyIn(blocks)).toBe(count)
      }),
    )
  })
})

describe('the least of a changing set', () => {
  it('is the least', () => {
    const change = fc.record({ put: fc.boolean(), value: fc.nat(60) })
    fc.assert(
      fc.property(fc.array(change, { maxLength: 400 }), (changes) => {
        const heap = new LeastFirst<number>()
        const set = new Set<number>()
        for (const { put, value } of changes) {
          if (put) heap.add(value)
          else heap.delete(value)
          if (put) set.add(value)
          else set.delete(value)
          if (value % 3 === 0) expect(heap.least()).toBe(set.size === 0 ? undefined : Math.min(...set))
        }
        expect(heap.size).toBe(set.size)
      }),
    )
  })
})

describe('the lowest address of a shelf', { timeout: 60_000 }, () => {
  const claimFor = (key: string, share: string, ports: readonly string[]): Claim => ({
    key,
    share,
    sharingKey: share,
    backends: '',
    ports: share === '' ? [] : ports,
  })

  /** The obvious way: each address in turn. */
  const lowest = (shelf: Shelf, size: number, claim: Claim): number | undefined => {
    for (let rank = 0; rank < size; rank++)
      if (!shelf.avoids(rank) && refusalOf(shelf.slots.get(rank), claim) === undefined) return rank
    return undefined
  }

  const change = fc.record({
    key: fc.nat(60).map(String),
    share: fc.constantFrom('k', 'k', 'k', 'l', ''),
    ports: fc.subarray(['TCP/80', 'TCP/443', 'UDP/53'], { minLength: 1, maxLength: 2 }),
    /** Where it wants to be; absent: as low as possible; null: gone. */
    at: fc.oneof(fc.constant(undefined), fc.constant(undefined), fc.constant(null), fc.nat(47)),
  })

  it('is the one that a walk from the start finds', () => {
    const ranges: Pool['ranges'] = [{ text: '-', cidrs: ['10.0.0.240/28', '10.0.1.0/27'] }]
    fc.assert(
      fc.property(
        fc.array(change, { minLength: 50, maxLength: 200 }),
        fc.boolean(),
        (changes, avoidBuggyIPs) => {
          const shelf = new Shelf({ ...pool('p'), ranges, avoidBuggyIPs }, 'ipv4')
          const held = new Map<string, number>()
          for (const { key, share, ports, at } of changes) {
            const before = held.get(key)
            if (before !== undefined) shelf.drop(before, key)
            held.delete(key)
            if (at === null) continue
            const claim = claimFor(key, share, ports)
            expect(shelf.lowest(claim)).toBe(lowest(shelf, 48, claim))
            const rank = at ?? lowest(shelf, 48, claim)
            if (rank === undefined || shelf.avoids(rank)) continue
            if (refusalOf(shelf.slots.get(rank), claim) !== undefined) continue
            shelf.hold(rank, shelf.addressAt(rank), claim)
            held.set(key, rank)
          }
          expect(shelf.slots.size).toBe(new Set(held.values()).size)
        },
      ),
      { numRuns: 300 },
    )
  })
})
