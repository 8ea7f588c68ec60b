import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { compareRecords, formatRecord, newRecord, packPrefix, STRIDE } from '../../../bgp/rib/record.ts'
import { recordOrder } from '../../../bgp/rib/sort.ts'
import { parsePrefix } from '../../../bgp/wire/index.ts'

describe('prefix records', () => {
  test.each([
    '0.0.0.0/0',
    '10.0.0.0/8',
    '192.0.2.255/32',
    '192.0.2.128/25',
    '::/0',
    '2001:db8::/32',
    '2001:db8::1/128',
  ])('%s goes in and comes out', (prefix) => {
    const record = newRecord()
    const family = packPrefix(prefix, record)
    expect(family).toBe(prefix.includes(':') ? 'ipv6' : 'ipv4')
    expect(formatRecord(record, 0, family ?? 'ipv4')).toBe(prefix)
  })

  test('the record is the NLRI with the whole address', () => {
    const record = newRecord()
    packPrefix('192.0.2.0/24', record)
    expect([...record.subarray(0, 5)]).toEqual([24, 192, 0, 2, 0])
  })

  test.each([
    '',
    '1',
    '1.2.3.4',
    '1.2.3.4/',
    '/8',
    '1.2.3/8',
    '1.2.3.4.5/32',
    '1.2.3.4/33',
    '1.2.3.4/032',
    '01.2.3.4/32',
    '1.2.3.256/32',
    '1.2.3.4/24',
    '1..3.4/32',
    '1.2.3.4/32/',
    '1.2.3.4/3 ',
    ' 1.2.3.4/32',
    '2001:db8::1/64',
    '::/129',
    '999.0.0.0/8',
    '1.2.3.4/-1',
    '1.2.3.4/1e1',
    'fe80::%eth0/64',
  ])('%j is no prefix', (text) => {
    expect(packPrefix(text, newRecord())).toBeUndefined()
  })

  test('reads IPv4 exactly as the wire room does', () => {
    const part = fc.oneof(
      fc.integer({ min: 0, max: 300 }).map(String),
      fc.constantFrom('', '00', '0', '1', '.', '/', '-1', 'a'),
    )
    const text = fc
      .tuple(part, part, part, part, fc.integer({ min: 0, max: 34 }))
      .map(([a, b, c, d, length]) => {
        return `${a}.${b}.${c}.${d}/${length}`
      })
    fc.assert(
      fc.property(text, (prefix) => {
        const record = newRecord()
        const parsed = parsePrefix(prefix)
        expect(packPrefix(prefix, record)).toBe(parsed?.family)
        if (parsed !== undefined)
          expect([...record.subarray(0, 5)]).toEqual([parsed.length, ...parsed.address])
      }),
    )
  })
})

describe('the order of records', () => {
  const compare = (a: string, b: string) => {
    const [x, y] = [a, b].map((prefix) => {
      const record = newRecord()
      packPrefix(prefix, record)
      return record
    })
    return Math.sign(
      compareRecords(x as Uint8Array, 0, y as Uint8Array, 0, a.includes(':') ? STRIDE.ipv6 : STRIDE.ipv4),
    )
  }

  test('by address, then by length', () => {
    expect(compare('10.0.0.0/8', '10.0.0.0/16')).toBe(-1)
    expect(compare('10.1.0.0/16', '10.0.0.0/32')).toBe(1)
    expect(compare('10.1.0.0/16', '10.1.0.0/16')).toBe(0)
    expect(compare('2001:db8::1/128', '2001:db8::/32')).toBe(1)
  })

  test.each([3, 300, 5000])('sorting %i records is stable and agrees with a plain sort', (count) => {
    const octet = fc.integer({ min: 0, max: 3 })
    fc.assert(
      fc.property(fc.array(octet, { minLength: 64, maxLength: 64 }), (seed) => {
        const records = Uint8Array.from(
          { length: count * 5 },
          (_, i) => seed[(i * 7 + (i >> 5)) % 64] as number,
        )
        const indexes = Array.from({ length: count }, (_, i) => i)
        indexes.sort((a, b) => compareRecords(records, a * 5, records, b * 5, 5) || a - b)
        expect([...recordOrder(records, count, 5)]).toEqual(indexes)
      }),
      { numRuns: 20 },
    )
  })
})
