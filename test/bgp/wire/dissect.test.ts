import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { dissect } from '../../../bgp/wire/index.ts'
import { capabilities, message, openBody } from '../../support/messages.ts'
import { context } from '../../support/update-octets.ts'

function lines(octets: Uint8Array, ctx = context()): string[] {
  return dissect(octets, ctx).map(
    ({ offset, length, name, value, depth }) => `${'  '.repeat(depth)}${offset}+${length} ${name}: ${value}`,
  )
}

describe('octet by octet', () => {
  test('an OPEN', () => {
    const parameters = capabilities('010400010001 0200 4002c078 6301aa')
    expect(lines(message(1, openBody({ parameters })))).toMatchSnapshot()
  })

  test('an OPEN in the extended form', () => {
    expect(lines(message(1, `${openBody().slice(0, -2)}ffff0009020006 41040000fde9`))).toMatchSnapshot()
  })

  test('an UPDATE', () => {
    const attributes =
      '40010100 40020c 0201 0000fde9 0101 0000fdea 400304c0000201 c00804fde90007 800e16000201 1020010db8000000000000000000000001 00 00'
    const plain = attributes.replaceAll(' ', '')
    const size = (plain.length / 2).toString(16).padStart(4, '0')
    expect(lines(message(2, `0004 18c00002 ${size} ${plain} 18c63364 0a`))).toMatchSnapshot()
  })

  test('path identifiers', () => {
    const ctx = context({ addPath: ['ipv4'] })
    expect(lines(message(2, '0000 0000 0000002a 080a'), ctx).slice(-2)).toEqual([
      '    23+4 path identifier: 42',
      '    27+2 prefix: 10.0.0.0/8',
    ])
  })

  test('a NOTIFICATION with another inside', () => {
    expect(lines(message(3, '0609 0602 026869')).slice(4)).toEqual([
      '  19+1 error code: 6',
      '  20+1 error subcode: 9 (Cease/Hard Reset)',
      '  21+1 inner error code: 6',
      '  22+1 inner error subcode: 2 (Cease/Administrative Shutdown)',
      '  23+3 data: hi',
    ])
  })

  test('a ROUTE-REFRESH with too much', () => {
    expect(lines(message(5, '00020101ff')).slice(4)).toEqual([
      '  19+2 AFI: 2',
      '  21+1 subtype: 1 (begin)',
      '  22+1 SAFI: 1 (ipv6 unicast)',
      '  23+1 left over: ff',
    ])
  })

  test('what is broken is shown as far as it goes', () => {
    expect(lines(message(2, '0000 0007 400101 00 400204')).slice(-6)).toEqual(
      [
        '    26+1 attribute value: igp',
        '    27+1 attribute flags: well-known, transitive',
        '    28+1 attribute type: AS_PATH',
        '    29+1 attribute length: 4',
        '    30+0 attribute value:  (cut short, 4 octets are wanted)',
      ]
        .slice(-6)
        .toSpliced(0, 0, '    25+1 attribute length: 1'),
    )
  })

  test('what the decoder has against a value stands beside it', () => {
    expect(lines(message(2, '0000 0004 40010109')).at(-1)).toMatch(/attribute value: 09 \(ORIGIN: .*RFC 7606/)
  })
})

/** Every octet belongs to fields without parts of their own, once. */
function coverage(octets: Uint8Array): number[] {
  const fields = dissect(octets, context())
  const counts = new Array<number>(octets.length).fill(0)
  fields.forEach(({ offset, length, depth }, index) => {
    const isPart = (fields[index + 1]?.depth ?? 0) > depth
    if (!isPart) for (let at = offset; at < offset + length; at++) counts[at] = (counts[at] ?? 0) + 1
  })
  return counts
}

test('accounts for every octet once, whatever they are', () => {
  const any = fc.oneof(
    fc.uint8Array({ maxLength: 80 }),
    fc.tuple(fc.nat(6), fc.uint8Array({ maxLength: 80 })).map(([type, body]) => {
      const octets = message(type, '00'.repeat(body.length))
      octets.set(body, 19)
      return octets
    }),
  )
  fc.assert(
    fc.property(any, (octets) => {
      expect(coverage(octets)).toEqual(new Array(octets.length).fill(1))
    }),
    { numRuns: 2000 },
  )
})
