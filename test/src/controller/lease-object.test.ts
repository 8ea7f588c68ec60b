import { describe, expect, it } from 'vitest'
import { readLease } from '../../../src/controller/lease-object.ts'

describe('a Lease that anybody may have written', () => {
  it.each([
    [15, 15_000],
    [2_147_483_647, 60_000],
    [0, 15_000],
    [-1, 15_000],
    [null, 15_000],
    [undefined, 15_000],
  ])('%s seconds count as %d ms', (leaseDurationSeconds, expected) => {
    const spec = {
      holderIdentity: 'ghost',
      ...(leaseDurationSeconds !== undefined && { leaseDurationSeconds }),
    }
    expect(readLease({ spec }).durationMs).toBe(expected)
  })
})
