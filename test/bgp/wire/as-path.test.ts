import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  as4PathFor,
  asPathLength,
  decodeAsPath,
  encodeAsPath,
  mergeAs4,
  mergeAs4Path,
} from '../../../bgp/wire/as-path.ts'
import { encodeUpdate } from '../../../bgp/wire/encode-update.ts'
import { Reader } from '../../../bgp/wire/reader.ts'
import type { AsPathSegment, AsPathSegmentType } from '../../../bgp/wire/types.ts'
import { decodeUpdate } from '../../../bgp/wire/update.ts'
import { asPath } from '../../support/arbitrary-update.ts'
import { context, octets } from '../../support/update-octets.ts'

const segment =
  (type: AsPathSegmentType) =>
  (...asns: number[]): AsPathSegment => ({ type, asns })
const seq = segment('sequence')
const set = segment('set')
const confed = segment('confed-sequence')

const BIG = 4200000001

describe('AS_PATH on the wire', () => {
  it('writes numbers that do not fit 2 octets as AS_TRANS (RFC 6793 section 4.2.2)', () => {
    expect(encodeAsPath([seq(65001, BIG)], 2)).toEqual(octets('0202 fde9 5ba0'))
    expect(encodeAsPath([seq(65001, BIG)], 4)).toEqual(octets('0202 0000fde9 fa56ea01'))
  })

  it('splits segments of more than 255 (RFC 4271 section 4.3)', () => {
    const asns = Array.from({ length: 600 }, (_, at) => at + 1)
    const decoded = decodeAsPath(new Reader(encodeAsPath([seq(...asns)], 4)), 4)
    expect(decoded.map((part) => part.asns.length)).toEqual([255, 255, 90])
    expect(decoded.flatMap((part) => part.asns)).toEqual(asns)
    expect(asPathLength(decoded)).toBe(600)
  })

  it('counts a set as one and a confederation as none (RFC 4271 section 9.1.2.2, RFC 5065)', () => {
    expect(asPathLength([confed(1, 2), seq(3, 4), set(5, 6, 7), segment('confed-set')(8)])).toBe(3)
  })
})

describe('AS4_PATH', () => {
  it('goes along only where a number does not fit, without confederation segments', () => {
    expect(as4PathFor([seq(65001, 65002)])).toBeUndefined()
    expect(as4PathFor([confed(65001), seq(BIG)])).toEqual([seq(BIG)])
  })

  it.each<[string, AsPathSegment[], AsPathSegment[], AsPathSegment[]]>([
    ['of equal length replaces AS_PATH', [seq(23456, 2)], [seq(BIG, 2)], [seq(BIG, 2)]],
    ['shorter is completed from the front', [seq(9, 23456, 2)], [seq(BIG, 2)], [seq(9, BIG, 2)]],
    ['longer is ignored', [seq(23456)], [seq(BIG, 2)], [seq(23456)]],
    ['behind a cut set', [seq(9, 8), set(7, 23456)], [set(7, BIG)], [seq(9, 8), set(7, BIG)]],
    ['takes sets as one', [seq(9), set(1, 2, 3), seq(23456)], [seq(BIG)], [seq(9), set(1, 2, 3), seq(BIG)]],
    [
      'keeps confederation segments in front',
      [confed(5), seq(9, 23456)],
      [seq(BIG)],
      [confed(5), seq(9, BIG)],
    ],
    ['keeps those even where nothing is missing', [confed(5), seq(23456)], [seq(BIG)], [confed(5), seq(BIG)]],
    ['does not join sets', [set(1), set(23456)], [set(BIG)], [set(1), set(BIG)]],
  ])('%s (RFC 6793 section 4.2.3)', (_what, path, as4Path, merged) => {
    expect(mergeAs4Path(path, as4Path)).toEqual(merged)
  })

  it('merged keeps the length of AS_PATH, or AS_PATH itself', () => {
    const paths = asPath(0xffff_ffff, ['sequence', 'set'])
    fc.assert(
      fc.property(paths, paths, (path, as4Path) => {
        const merged = mergeAs4Path(path, as4Path)
        expect(asPathLength(merged)).toBe(asPathLength(path))
        if (asPathLength(as4Path) > asPathLength(path)) expect(merged).toBe(path)
      }),
    )
  })

  it('is stale, and AS4_AGGREGATOR too, when AGGREGATOR is not AS_TRANS', () => {
    const as4 = { as4Path: [seq(BIG)], as4Aggregator: { asn: BIG, address: '192.0.2.1' } }
    const stale = { asPath: [seq(23456)], aggregator: { asn: 65001, address: '192.0.2.9' } }
    expect(mergeAs4({ ...stale, ...as4 })).toEqual(stale)
    const fresh = { asPath: [seq(23456)], aggregator: { asn: 23456, address: '192.0.2.9' } }
    expect(mergeAs4({ ...fresh, ...as4 })).toEqual({ asPath: [seq(BIG)], aggregator: as4.as4Aggregator })
    expect(mergeAs4({ asPath: [seq(23456)], ...as4 })).toEqual({ asPath: [seq(BIG)] })
  })

  it('carries any path of sequences through a 2-octet session', () => {
    const ctx = context({ as4: false })
    fc.assert(
      fc.property(
        asPath(0xffff_ffff, ['sequence']),
        fc.integer({ min: 1, max: 0xffff_ffff }),
        (path, asn) => {
          const aggregator = { asn, address: '192.0.2.1' }
          // 4-octet AS 23456 cannot be told from AS_TRANS, and nobody has it.
          fc.pre(asn !== 23456)
          const message = encodeUpdate({ attributes: { asPath: path, aggregator } }, ctx)
          const merged = mergeAs4(decodeUpdate(new Reader(message, 19), ctx).message.attributes)
          const asns = (segments: readonly AsPathSegment[] = []) => segments.flatMap((part) => part.asns)
          if (asn > 0xffff || !asns(path).some((one) => one > 0xffff)) {
            expect(asns(merged.asPath)).toEqual(asns(path))
          }
          expect(merged.aggregator).toEqual(aggregator)
        },
      ),
    )
  })
})
