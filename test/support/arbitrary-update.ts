import fc from 'fast-check'
import { formatAddress, formatPrefix, maskAddress } from '../../bgp/wire/address.ts'
import type { UpdateValues } from '../../bgp/wire/encode-update.ts'
import type {
  Aggregator,
  AsPathSegment,
  Family,
  Nlri,
  PathAttributes,
  SessionContext,
} from '../../bgp/wire/types.ts'

/** UPDATEs of every kind that a session of a given kind can carry, in the form the decoder gives them. */

const asn = (max: number) => fc.integer({ min: 1, max })
const u32 = fc.integer({ min: 0, max: 0xffff_ffff })
const u16 = fc.integer({ min: 0, max: 0xffff })

function address(family: Family): fc.Arbitrary<string> {
  const width = family === 'ipv4' ? 4 : 16
  return fc.uint8Array({ minLength: width, maxLength: width }).map(formatAddress)
}

function prefix(family: Family): fc.Arbitrary<string> {
  const width = family === 'ipv4' ? 4 : 16
  return fc
    .tuple(fc.uint8Array({ minLength: width, maxLength: width }), fc.integer({ min: 0, max: width * 8 }))
    .map(([octets, length]) => formatPrefix(maskAddress(octets, length), length))
}

export function nlri(family: Family, ctx: SessionContext, minLength = 0): fc.Arbitrary<Nlri[]> {
  const one = ctx.addPath.has(family)
    ? fc.record({ prefix: prefix(family), pathId: u32 })
    : fc.record({ prefix: prefix(family) })
  return fc.array(one, { minLength, maxLength: 20 })
}

/** Neighbouring segments of one type are kept apart by 255 members at most. */
export function asPath(
  maxAsn: number,
  types: readonly AsPathSegment['type'][],
): fc.Arbitrary<AsPathSegment[]> {
  const segment = fc.record({
    type: fc.constantFrom(...types),
    asns: fc.array(asn(maxAsn), { minLength: 1, maxLength: 255, size: 'small' }),
  })
  return fc.array(segment, { maxLength: 4 })
}

function aggregator(maxAsn: number): fc.Arbitrary<Aggregator> {
  return fc.record({ asn: asn(maxAsn), address: address('ipv4') })
}

function distinct<T>(one: fc.Arbitrary<T>): fc.Arbitrary<T[]> {
  return fc.uniqueArray(one, { minLength: 1, maxLength: 80, selector: (value) => JSON.stringify(value) })
}

/** Attributes without AS4 ones, communities in the order they are sent. */
export function attributes(ctx: SessionContext, maxAsn = 0xffff_ffff): fc.Arbitrary<PathAttributes> {
  const always = {
    origin: fc.constantFrom('igp', 'egp', 'incomplete'),
    asPath: asPath(
      maxAsn,
      ctx.ebgp ? ['sequence', 'set'] : ['sequence', 'set', 'confed-sequence', 'confed-set'],
    ),
    nextHop: address('ipv4'),
    med: u32,
    atomicAggregate: fc.constant(true as const),
    aggregator: aggregator(maxAsn),
    communities: distinct(fc.tuple(u16, u16)).map(sortedText),
    extendedCommunities: distinct(hex(8)).map((list) => list.toSorted()),
    largeCommunities: distinct(fc.tuple(u32, u32, u32)).map(sortedText),
    otc: u32,
    unknown: unknownAttributes,
  } as const
  const internal = { localPref: u32, originatorId: address('ipv4'), clusterList: distinct(address('ipv4')) }
  return fc.record(ctx.ebgp ? always : { ...always, ...internal }, { requiredKeys: [] })
}

const unknownAttributes = fc
  .uniqueArray(
    fc.record({
      type: fc.integer({ min: 41, max: 127 }),
      flags: fc.constantFrom(0xc0, 0xe0),
      value: fc.oneof(hex(0), hex(3), hex(300)),
    }),
    { selector: ({ type }) => type, minLength: 1, maxLength: 3 },
  )
  .map((list) => list.toSorted((a, b) => a.type - b.type))

function hex(octets: number): fc.Arbitrary<string> {
  return fc
    .uint8Array({ minLength: octets, maxLength: octets })
    .map((value) => Buffer.from(value).toString('hex'))
}

function sortedText(list: readonly (readonly number[])[]): string[] {
  const sorted = list.toSorted(
    (a, b) => a.map((part, at) => part - (b[at] ?? 0)).find((order) => order !== 0) ?? 0,
  )
  return sorted.map((parts) => parts.join(':'))
}

/** Whole messages: any mixture of fields. */
export function update(ctx: SessionContext, maxAsn?: number): fc.Arbitrary<UpdateValues> {
  const family = fc.constantFrom<Family>('ipv4', 'ipv6')
  const reach = family.chain((of) =>
    fc.record(
      { family: fc.constant(of), nextHop: address(of), nlri: nlri(of, ctx) },
      { requiredKeys: ['family', 'nextHop', 'nlri'] },
    ),
  )
  const reachLinkLocal = family.chain((of) =>
    fc.record({
      family: fc.constant(of),
      nextHop: address('ipv6'),
      linkLocalNextHop: address('ipv6'),
      nlri: nlri(of, ctx),
    }),
  )
  const unreach = family.chain((of) => fc.record({ family: fc.constant(of), nlri: nlri(of, ctx) }))
  return fc.record(
    {
      withdrawn: nlri('ipv4', ctx),
      attributes: attributes(ctx, maxAsn),
      nlri: nlri('ipv4', ctx),
      reach: fc.oneof(reach, reachLinkLocal),
      unreach,
    },
    { requiredKeys: ['withdrawn', 'attributes', 'nlri'] },
  )
}
