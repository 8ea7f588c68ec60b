import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { type Announcement, attributesFor, merge, type PeerSpec, verdictFor } from '../../peers/index.ts'

const announcement = (over: Partial<Announcement> = {}): Announcement => ({
  prefix: '192.0.2.10/32',
  owner: 'default/web',
  advertisement: 'plain',
  communities: [],
  largeCommunities: [],
  ...over,
})

const peer = (over: Partial<PeerSpec> = {}): PeerSpec => ({
  name: 'router',
  address: '198.51.100.254',
  port: 179,
  localAsn: 64512,
  asn: 64513,
  holdTime: 90,
  dualStack: false,
  ...over,
})

describe('whether an announcement goes to a peer', () => {
  const six = { prefix: '2001:db8::1/128' }
  const hop6 = '2001:db8:ffff::1'
  test.each<[string, Partial<Announcement>, Partial<PeerSpec>, object]>([
    ['IPv4 over IPv4', {}, {}, { code: 'Announced' }],
    ['IPv6 over IPv6', six, { address: '2001:db8::fe' }, { code: 'Announced' }],
    ['IPv6 over IPv4', six, {}, { code: 'FamilyNotOnSession', message: /IPv6.*dualStackAddressFamily/ }],
    ['IPv4 over IPv6', {}, { address: '2001:db8::fe' }, { code: 'FamilyNotOnSession', message: /no IPv4/ }],
    ['IPv6 over dual IPv4', six, { dualStack: true, nextHop6: hop6 }, { code: 'Announced', nextHop: hop6 }],
    [
      'IPv6 over dual IPv4 without next hop',
      six,
      { dualStack: true },
      { code: 'NoNextHop', message: /no IPv6 next hop/ },
    ],
    ['a next hop without dual stack', six, { nextHop6: hop6 }, { code: 'FamilyNotOnSession' }],
    [
      'IPv4 over dual IPv6',
      {},
      { address: '2001:db8::fe', dualStack: true, nextHop4: '198.51.100.1' },
      { code: 'Announced', nextHop: '198.51.100.1' },
    ],
    ['to this peer by name', { peers: ['other', 'router'] }, {}, { code: 'Announced' }],
    [
      'to other peers',
      { peers: ['a', 'b'] },
      {},
      { code: 'PeerNotSelected', message: /to a, b, not to router/ },
    ],
    [
      'to other peers, and the family is not carried',
      { ...six, peers: ['a'] },
      {},
      { code: 'PeerNotSelected' },
    ],
  ])('%s', (_, what, whom, verdict) => {
    const { message, ...rest } = verdictFor(announcement(what), peer(whom))
    const { message: words = /./, ...expected } = verdict as { message?: RegExp }
    expect(rest).toEqual(expected)
    expect(message).toMatch(words)
  })
})

const community = fc
  .tuple(fc.integer({ min: 0, max: 20 }), fc.integer({ min: 0, max: 200 }))
  .map((c) => c.join(':'))
const many = fc.array(
  fc
    .record({
      advertisement: fc.constantFrom('a', 'b', 'c', 'd'),
      localPref: fc.constantFrom(undefined, 100, 200),
      communities: fc.array(community, { maxLength: 3 }),
      largeCommunities: fc.array(fc.constantFrom('1:2:3', '1:2:30', '1:10:1'), { maxLength: 2 }),
    })
    .map(({ localPref, ...over }) =>
      announcement({ ...over, ...(localPref !== undefined && { localPref }) }),
    ),
  { minLength: 2, maxLength: 5 },
)

describe('merging', () => {
  test('joins communities, whatever the order', () => {
    fc.assert(
      fc.property(many, (announcements) => {
        const { communities, largeCommunities } = merge(announcements)
        expect(new Set(communities)).toEqual(new Set(announcements.flatMap((one) => one.communities)))
        expect(new Set(largeCommunities)).toEqual(
          new Set(announcements.flatMap((one) => one.largeCommunities)),
        )
        expect(new Set(communities).size).toBe(communities.length)
        const backwards = merge(announcements.toReversed())
        expect(backwards.communities).toEqual(communities)
        expect(backwards.largeCommunities).toEqual(largeCommunities)
      }),
    )
  })

  test('sorts communities as numbers', () => {
    const merged = merge([
      announcement({ communities: ['64512:10', '9:1'], largeCommunities: ['1:2:30'] }),
      announcement({ communities: ['64512:9'], largeCommunities: ['1:2:3'] }),
    ])
    expect(merged.communities).toEqual(['9:1', '64512:9', '64512:10'])
    expect(merged.largeCommunities).toEqual(['1:2:3', '1:2:30'])
  })

  const preferring = (...pairs: [advertisement: string, localPref: number | undefined][]) =>
    merge(
      pairs.map(([advertisement, localPref]) =>
        announcement({ advertisement, ...(localPref !== undefined && { localPref }) }),
      ),
    )

  test('the first advertisement by name sets the local preference, and the others are reported', () => {
    const note = 'local preference 300 of b gives way to 200 of a'
    expect(preferring(['a', 200], ['b', 300])).toMatchObject({ localPref: 200, notes: [note] })
    expect(preferring(['b', 300], ['a', 200])).toMatchObject({ localPref: 200, notes: [note] })
    expect(preferring(['b', 300], ['a', undefined])).not.toHaveProperty('localPref')
    expect(preferring(['b', 300], ['a', undefined]).notes).toEqual([
      'local preference 300 of b gives way to 100 of a',
    ])
  })

  test('agreement needs no note: unset is the default', () => {
    expect(preferring(['a', undefined], ['b', 100]).notes).toEqual([])
    expect(preferring(['a', 200]).notes).toEqual([])
  })

  test('the note does not change with the order that announcements of one advertisement come in', () => {
    expect(preferring(['b', 300], ['b', 300], ['a', 200]).notes).toHaveLength(1)
  })
})

describe('attributes', () => {
  const nothing = { communities: [], largeCommunities: [], notes: [] }
  test.each([
    ['eBGP carries no local preference', { ...nothing, localPref: 200 }, undefined, true, {}],
    ['iBGP carries 100 unless told otherwise', nothing, undefined, false, { localPref: 100 }],
    ['iBGP carries what is asked for', { ...nothing, localPref: 0 }, undefined, false, { localPref: 0 }],
    ['a given next hop', nothing, '198.51.100.1', true, { nextHop: '198.51.100.1' }],
    [
      'communities of both kinds',
      { communities: ['1:2'], largeCommunities: ['1:2:3'], notes: [] },
      undefined,
      true,
      { communities: ['1:2'], largeCommunities: ['1:2:3'] },
    ],
  ])('%s', (_, merged, nextHop, ebgp, expected) => {
    expect(attributesFor(merged, nextHop, ebgp)).toEqual(expected)
  })
})
