import { describe, expect, it } from 'vitest'
import { context, decodeBody, outcomeOf, updateBody } from '../../support/update-octets.ts'

// RFC 7606, one row per rule: what is sent, what becomes of it, and a clause that the reason must name.

const ORIGIN = '400101 00'
const AS_PATH = '400206 0201 0000fdea'
const NEXT_HOP = '400304 c0000202'
const LOCAL_PREF = '400504 00000064'
const NLRI = '18 0a0a01'
const MP_REACH = '800e1e 0002 01 10 20010db8000000000000000000000002 00 40 20010db800000001'
const GOOD = `${ORIGIN} ${AS_PATH} ${NEXT_HOP}`

const EBGP = context()
const IBGP = context({ ebgp: false })
const OLD = context({ as4: false })
const OLD_PATH = '400204 0201 fdea'

type Row = [rule: string, attributes: string, outcome: string, reason: RegExp | '', ctx?: typeof EBGP]

const ACCEPT = 'accept'
const DISCARD = 'attribute-discard'
const WITHDRAW = 'treat-as-withdraw'

describe('path attributes of an UPDATE with one reachable prefix', () => {
  it.each<Row>([
    ['all is well', GOOD, ACCEPT, ''],
    ['in any order', `${NEXT_HOP} ${AS_PATH} ${ORIGIN}`, ACCEPT, ''],
    ['the extended length where it is not needed', `50010001 00 ${AS_PATH} ${NEXT_HOP}`, ACCEPT, ''],
    ['AS_PATH may be empty', `${ORIGIN} 400200 ${NEXT_HOP}`, ACCEPT, ''],

    ['ORIGIN is missing', `${AS_PATH} ${NEXT_HOP}`, WITHDRAW, /^ORIGIN.*missing.*7606 section 3d/],
    ['AS_PATH is missing', `${ORIGIN} ${NEXT_HOP}`, WITHDRAW, /^AS_PATH.*missing/],
    ['NEXT_HOP is missing', `${ORIGIN} ${AS_PATH}`, WITHDRAW, /^NEXT_HOP.*missing/],
    ['MP_REACH_NLRI does not replace NEXT_HOP', `${ORIGIN} ${AS_PATH} ${MP_REACH}`, WITHDRAW, /^NEXT_HOP/],
    ['LOCAL_PREF missing from an internal peer', GOOD, ACCEPT, /^LOCAL_PREF.*4271 section 5.1.5/, IBGP],

    ['Optional on a well-known', `c00101 00 ${AS_PATH} ${NEXT_HOP}`, WITHDRAW, /^ORIGIN.*flags 0xc0.*3c/],
    ['Transitive missing from a well-known', `000101 00 ${AS_PATH} ${NEXT_HOP}`, WITHDRAW, /^ORIGIN.*3c/],
    ['Transitive on MED', `${GOOD} c00404 00000001`, WITHDRAW, /^MULTI_EXIT_DISC.*flags/],
    ['Transitive missing from COMMUNITIES', `${GOOD} 800804 00010002`, WITHDRAW, /^COMMUNITIES.*flags/],
    ['Transitive on CLUSTER_LIST', `${GOOD} c00a04 0a000001`, WITHDRAW, /^CLUSTER_LIST.*flags/],
    ['Transitive on MP_REACH_NLRI', `c00e1e ${MP_REACH.slice(7)} ${GOOD}`, WITHDRAW, /^MP_REACH_NLRI.*flags/],
    ['flags of PMSI_TUNNEL, else not read', `${GOOD} 801601 00`, WITHDRAW, /^PMSI_TUNNEL.*flags/],
    ['flags of AIGP, else not read', `${GOOD} c01a01 00`, DISCARD, /^AIGP.*flags/],
    ['Partial on a well-known is forgiven', `600101 00 ${AS_PATH} ${NEXT_HOP}`, ACCEPT, ''],
    ['Partial on a non-transitive is forgiven', `${GOOD} a00404 00000001`, ACCEPT, ''],
    ['the lower four flag bits are ignored', `4f0101 00 ${AS_PATH} ${NEXT_HOP}`, ACCEPT, ''],

    ['an attribute twice: the first counts', `${GOOD} 400101 02`, DISCARD, /^ORIGIN.*3g/],
    ['a bad second one is not even read', `${GOOD} 400102 0000`, DISCARD, /^ORIGIN.*3g/],
    ['an unknown attribute twice', `${GOOD} c0c801 00 c0c801 01`, DISCARD, /^attribute 200.*3g/],
    ['MP_REACH_NLRI twice', `${MP_REACH} ${MP_REACH} ${GOOD}`, '3/1', /^MP_REACH_NLRI.*3g/],
    ['MP_UNREACH_NLRI twice', `800f03 000201 800f03 000201 ${GOOD}`, '3/1', /^MP_UNREACH_NLRI.*3g/],

    ['1 octet left over', `${GOOD} 40`, WITHDRAW, /1 octets are left over.*section 4/],
    ['2 octets left over', `${GOOD} 4001`, WITHDRAW, /2 octets are left over/],
    ['half an extended length', `${GOOD} 500800`, WITHDRAW, /^COMMUNITIES.*cut short.*section 4/],
    ['an attribute past the end', `${GOOD} c00805 00010002`, WITHDRAW, /claims 5 octets of 4.*section 4/],
    [
      'a mandatory attribute past the end',
      `${ORIGIN} ${NEXT_HOP} 4002ff 0201`,
      WITHDRAW,
      /^AS_PATH.*section 4/,
    ],
    ['MP_REACH_NLRI past the end', `${GOOD} 800eff 000201`, '3/1', /^MP_REACH_NLRI.*section 4/],
    ['a length of 65535', `${GOOD} d0c8ffff`, WITHDRAW, /claims 65535/],

    ['unknown well-known', `${GOOD} 40c801 07`, '3/2 40c80107', /^attribute 200.*well-known.*6\.3/],
    ['unknown well-known, extended', `${GOOD} 50c80001 07`, '3/2 50c8000107', /well-known/],
    ['unknown optional transitive', `${GOOD} c0c801 07`, ACCEPT, ''],
    ['unknown optional non-transitive', `${GOOD} 80c801 07`, ACCEPT, ''],

    ['ORIGIN too long', `400102 0000 ${AS_PATH} ${NEXT_HOP}`, WITHDRAW, /^ORIGIN.*7\.1/],
    ['ORIGIN empty', `400100 ${AS_PATH} ${NEXT_HOP}`, WITHDRAW, /^ORIGIN.*7\.1/],
    ['ORIGIN undefined', `400101 03 ${AS_PATH} ${NEXT_HOP}`, WITHDRAW, /^ORIGIN.*value 3.*7\.1/],
    ['AS_PATH: unknown segment', `${ORIGIN} 400206 0501 0000fdea ${NEXT_HOP}`, WITHDRAW, /type 5.*7\.2/],
    ['AS_PATH: segment type 0', `${ORIGIN} 400206 0001 0000fdea ${NEXT_HOP}`, WITHDRAW, /type 0.*7\.2/],
    ['AS_PATH: empty segment', `${ORIGIN} 400202 0200 ${NEXT_HOP}`, WITHDRAW, /holds no AS.*7\.2/],
    ['AS_PATH: overrun', `${ORIGIN} 400206 0202 0000fdea ${NEXT_HOP}`, WITHDRAW, /^AS_PATH.*7\.2/],
    ['AS_PATH: 1 octet left', `${ORIGIN} 400207 0201 0000fdea 02 ${NEXT_HOP}`, WITHDRAW, /^AS_PATH.*7\.2/],
    ['AS_PATH: 4-octet ASes from a 2-octet peer', GOOD, WITHDRAW, /^AS_PATH.*7\.2/, OLD],
    ['AS_PATH: AS 0', `${ORIGIN} 400206 0201 00000000 ${NEXT_HOP}`, WITHDRAW, /AS 0.*7607/],
    ['AS_PATH: AS_SET', `${ORIGIN} 400206 0101 0000fdea ${NEXT_HOP}`, WITHDRAW, /AS_SET.*9774/],
    ['AS_PATH: confederation, external', `${ORIGIN} 400206 0301 0000fdea ${NEXT_HOP}`, WITHDRAW, /5065/],
    [
      'AS_PATH: confederation, internal',
      `${ORIGIN} 400206 0301 0000fdea ${NEXT_HOP} ${LOCAL_PREF}`,
      ACCEPT,
      '',
      IBGP,
    ],
    ['NEXT_HOP too short', `${ORIGIN} ${AS_PATH} 400303 c00002`, WITHDRAW, /^NEXT_HOP.*7\.3/],
    ['NEXT_HOP too long', `${ORIGIN} ${AS_PATH} 400305 c000020200`, WITHDRAW, /^NEXT_HOP.*7\.3/],
    ['NEXT_HOP 0.0.0.0', `${ORIGIN} ${AS_PATH} 400304 00000000`, ACCEPT, /^NEXT_HOP: 0\.0\.0\.0.*6\.3/],
    ['NEXT_HOP loopback', `${ORIGIN} ${AS_PATH} 400304 7f000001`, ACCEPT, /127\.0\.0\.1.*not used/],
    ['NEXT_HOP multicast', `${ORIGIN} ${AS_PATH} 400304 e0000001`, ACCEPT, /224\.0\.0\.1.*not used/],
    ['MED too short', `${GOOD} 800403 000001`, WITHDRAW, /^MULTI_EXIT_DISC.*7\.4/],
    ['LOCAL_PREF from outside', `${GOOD} ${LOCAL_PREF}`, DISCARD, /^LOCAL_PREF.*external.*7\.5/],
    ['LOCAL_PREF from outside, any length', `${GOOD} 400501 00`, DISCARD, /^LOCAL_PREF.*external.*7\.5/],
    ['LOCAL_PREF too short, internal', `${GOOD} 400503 000064`, WITHDRAW, /^LOCAL_PREF.*7\.5/, IBGP],
    ['ATOMIC_AGGREGATE with a value', `${GOOD} 400601 00`, DISCARD, /^ATOMIC_AGGREGATE.*7\.6/],
    ['AGGREGATOR of 6, 4-octet peer', `${GOOD} c00706 fdea0a000001`, DISCARD, /^AGGREGATOR.*7\.7/],
    ['AGGREGATOR of 8', `${GOOD} c00708 0000fdea0a000001`, ACCEPT, ''],
    [
      'AGGREGATOR of 6, 2-octet peer',
      `${ORIGIN} ${OLD_PATH} ${NEXT_HOP} c00706 fdea0a000001`,
      ACCEPT,
      '',
      OLD,
    ],
    [
      'AGGREGATOR of 8, 2-octet peer',
      `${ORIGIN} ${OLD_PATH} ${NEXT_HOP} c00708 0000fdea0a000001`,
      DISCARD,
      /7\.7/,
      OLD,
    ],
    ['AGGREGATOR AS 0', `${GOOD} c00708 000000000a000001`, DISCARD, /^AGGREGATOR.*7607/],
    ['COMMUNITIES empty', `${GOOD} c00800`, WITHDRAW, /^COMMUNITIES.*empty.*7\.8/],
    ['COMMUNITIES of 5', `${GOOD} c00805 0001000200`, WITHDRAW, /^COMMUNITIES.*multiple of 4.*7\.8/],
    ['ORIGINATOR_ID from outside', `${GOOD} 800901 00`, DISCARD, /^ORIGINATOR_ID.*external.*7\.9/],
    [
      'ORIGINATOR_ID of 3, internal',
      `${GOOD} ${LOCAL_PREF} 800903 000000`,
      WITHDRAW,
      /^ORIGINATOR_ID.*7\.9/,
      IBGP,
    ],
    ['CLUSTER_LIST from outside', `${GOOD} 800a00`, DISCARD, /^CLUSTER_LIST.*external.*7\.10/],
    ['CLUSTER_LIST empty, internal', `${GOOD} ${LOCAL_PREF} 800a00`, WITHDRAW, /^CLUSTER_LIST.*7\.10/, IBGP],
    ['EXTENDED_COMMUNITIES of 7', `${GOOD} c01007 00020000000000`, WITHDRAW, /multiple of 8.*7\.14/],
    ['IPv6 EXTENDED_COMMUNITIES of 8', `${GOOD} c01908 0002000000000000`, WITHDRAW, /multiple of 20.*7\.15/],
    ['LARGE_COMMUNITY of 8', `${GOOD} c02008 0002000000000000`, WITHDRAW, /multiple of 12.*8092/],
    ['LARGE_COMMUNITY empty', `${GOOD} c02000`, WITHDRAW, /^LARGE_COMMUNITY.*empty/],
    ['ONLY_TO_CUSTOMER of 3', `${GOOD} c02303 00fdea`, WITHDRAW, /^ONLY_TO_CUSTOMER.*9234/],
    ['AS4_PATH from a 4-octet peer', `${GOOD} c01106 0201 0000fdea`, DISCARD, /^AS4_PATH.*6793 section 4\.1/],
    [
      'AS4_PATH malformed',
      `${ORIGIN} ${OLD_PATH} ${NEXT_HOP} c01106 0901 0000fdea`,
      DISCARD,
      /^AS4_PATH.*6793/,
      OLD,
    ],
    ['AS4_PATH empty', `${ORIGIN} ${OLD_PATH} ${NEXT_HOP} c01100`, DISCARD, /^AS4_PATH.*empty/, OLD],
    ['AS4_PATH: AS 0', `${ORIGIN} ${OLD_PATH} ${NEXT_HOP} c01106 0201 00000000`, DISCARD, /7607/, OLD],
    ['AS4_PATH: AS_SET', `${ORIGIN} ${OLD_PATH} ${NEXT_HOP} c01106 0101 0000fdea`, WITHDRAW, /9774/, OLD],
    [
      'AS4_AGGREGATOR of 7',
      `${ORIGIN} ${OLD_PATH} ${NEXT_HOP} c01207 00000000000000`,
      DISCARD,
      /^AS4_AGGREGATOR/,
      OLD,
    ],

    ['MP_REACH_NLRI of 4 octets', `800e04 00020100 ${GOOD}`, '3/9 800e0400020100', /shorter than 5.*5\.3/],
    [
      'MP_REACH_NLRI: next hop of 15',
      `800e14 0002010f ${'00'.repeat(16)} ${GOOD}`,
      `3/9 800e140002010f${'00'.repeat(16)}`,
      /next hop.*15.*7\.11/,
    ],
    ['MP_REACH_NLRI: next hop overruns', `800e05 0002011000 ${GOOD}`, '3/9 800e050002011000', /7\.11/],
    [
      'MP_REACH_NLRI: IPv6 with an IPv4 next hop',
      `800e09 00020104 c0000202 00 ${GOOD}`,
      '3/9 800e0900020104c000020200',
      /7\.11/,
    ],
    [
      'MP_REACH_NLRI: prefix of 129',
      `800e16 00020110 ${'20'.repeat(16)} 00 81 ${GOOD}`,
      `3/9 800e1600020110${'20'.repeat(16)}0081`,
      /129 is more than 128/,
    ],
    [
      'MP_REACH_NLRI: prefix cut short',
      `800e17 00020110 ${'20'.repeat(16)} 00 40 20 ${GOOD}`,
      `3/9 800e1700020110${'20'.repeat(16)}004020`,
      /runs past/,
    ],
    ['MP_UNREACH_NLRI of 2 octets', `800f02 0002 ${GOOD}`, '3/9 800f020002', /shorter than 3/],
    [
      'MP_UNREACH_NLRI: prefix cut short',
      `800f05 000201 4020 ${GOOD}`,
      '3/9 800f050002014020',
      /runs past.*5\.3/,
    ],
    [
      'MP_REACH_NLRI of an unknown family',
      `800e0a 0001 80 04 c0000202 00 00 ${GOOD}`,
      ACCEPT,
      /AFI 1 SAFI 128.*ignored.*4760/,
    ],
    [
      'MP_REACH_NLRI not negotiated',
      `${MP_REACH} ${GOOD}`,
      ACCEPT,
      /ipv6 unicast was not negotiated/,
      context({ families: ['ipv4'] }),
    ],
    [
      'MP_REACH_NLRI: :: as next hop',
      `800e1e 00020110 ${'00'.repeat(16)} 00 40 20010db800000001 ${GOOD}`,
      ACCEPT,
      /:: cannot be a next hop/,
    ],

    ['withdraw beats discard', `${GOOD} 400601 00 800403 000001`, WITHDRAW, /7\.6.*7\.4/],
    [
      'reset beats withdraw before it',
      `400101 03 ${AS_PATH} ${NEXT_HOP} 40c800`,
      '3/2 40c800',
      /attribute 200/,
    ],
    ['reset beats discard before it', `${GOOD} 400601 00 ${MP_REACH} ${MP_REACH}`, '3/1', /3g/],
  ])('%s', (_rule, attributes, outcome, reason, ctx = EBGP) => {
    const result = outcomeOf(updateBody({ attributes, nlri: NLRI }), ctx)
    expect(result.outcome).toBe(outcome)
    if (reason === '') expect(result.reasons).toBe('')
    else expect(result.reasons).toMatch(reason)
  })
})

describe('the prefixes and lengths of an UPDATE', () => {
  it.each<[rule: string, body: Parameters<typeof updateBody>[0], outcome: string]>([
    ['nothing in it', {}, ACCEPT],
    ['withdrawals alone', { withdrawn: NLRI }, ACCEPT],
    ['a withdrawn length of 33', { withdrawn: '21 0a00000000' }, '3/10'],
    ['a withdrawn prefix past its field', { withdrawn: '18 0a00' }, '3/10'],
    ['a length of 33', { attributes: GOOD, nlri: '21 0a00000000' }, '3/10'],
    ['a prefix past the message', { attributes: GOOD, nlri: `${NLRI} 18 0a00` }, '3/10'],
    [
      'bad prefixes beat a bad attribute',
      { attributes: `400103 000000 ${AS_PATH} ${NEXT_HOP}`, nlri: '18' },
      '3/10',
    ],
    ['a default route', { attributes: GOOD, nlri: '00' }, ACCEPT],
    ['one prefix many times', { attributes: GOOD, nlri: `${NLRI} ${NLRI}` }, ACCEPT],
    ['a prefix both withdrawn and announced', { withdrawn: NLRI, attributes: GOOD, nlri: NLRI }, ACCEPT],
  ])('%s', (_rule, body, outcome) => {
    expect(outcomeOf(updateBody(body)).outcome).toBe(outcome)
  })

  it.each([
    ['too short for a length', '0000'],
    ['withdrawn routes past the message', '0005 18 0a0a01 0000'],
    ['no length of attributes', '0004 18 0a0a01'],
    ['half a length of attributes', '0004 18 0a0a01 00'],
    ['attributes past the message', '0000 0005 40010100'],
  ])('%s', (_rule, hex) => {
    const body = Uint8Array.from(
      (hex.replaceAll(' ', '').match(/../g) ?? []).map((pair) => Number.parseInt(pair, 16)),
    )
    const { outcome, reasons } = outcomeOf(body)
    expect(outcome).toBe('3/1')
    expect(reasons).toMatch(/7606 section 3b/)
  })
})

describe('RFC 7606 section 5.2: attributes without a reachable prefix', () => {
  it.each([
    ['well-formed attributes', GOOD, ACCEPT],
    ['an error that costs the attribute', `${GOOD} 400601 00`, DISCARD],
    ['an error that costs the routes', '400101 03', '3/1'],
    ['an attribute past the end', '4001ff', '3/1'],
    ['octets left over', '40', '3/1'],
    [
      'MP_REACH_NLRI without prefixes',
      `800e15 00020110 ${'20'.repeat(16)} 00 ${ORIGIN} ${AS_PATH} 800401 00`,
      '3/1',
    ],
    ['MP_UNREACH_NLRI does not count', `800f0c 000201 40 20010db800000001 800401 00`, '3/1'],
    ['nor do withdrawals', '400101 03', '3/1', NLRI],
    ['MP_UNREACH_NLRI alone, with odd flags', '400f0c 000201 40 20010db800000001', WITHDRAW],
    ['MP_REACH_NLRI counts', `${MP_REACH} ${AS_PATH} 400101 03`, WITHDRAW],
    [
      'MP_REACH_NLRI of an unknown family counts',
      `800e0a 0001 80 04 c0000202 00 00 ${AS_PATH} 400101 03`,
      WITHDRAW,
    ],
  ])('%s', (_rule, attributes, outcome, withdrawn = '') => {
    expect(outcomeOf(updateBody({ attributes, withdrawn })).outcome).toBe(outcome)
  })
})

describe('what is left of an attribute that is not accepted', () => {
  it('keeps the first of two', () => {
    const { message } = decodeBody(updateBody({ attributes: `${GOOD} 400101 02`, nlri: NLRI }))
    expect(message.attributes.origin).toBe('igp')
  })

  it('drops a discarded one and keeps the others', () => {
    const attributes = `${GOOD} c00708 000000000a000001 c00804 00010002`
    const { message } = decodeBody(updateBody({ attributes, nlri: NLRI }))
    expect(message.attributes).toEqual({
      origin: 'igp',
      asPath: [{ type: 'sequence', asns: [65002] }],
      nextHop: '192.0.2.2',
      communities: ['1:2'],
    })
  })

  it('still reads the prefixes of a message with attributes that do not fit', () => {
    const { message, action } = decodeBody(updateBody({ attributes: `${GOOD} c008ff`, nlri: NLRI }))
    expect(action).toBe(WITHDRAW)
    expect(message.nlri.toJSON()).toEqual(['10.10.1.0/24'])
  })

  it('keeps an unknown transitive attribute as it came, and no other', () => {
    const { message } = decodeBody(updateBody({ attributes: `${GOOD} e0c802 0708 80c901 00`, nlri: NLRI }))
    expect(message.attributes.unknown).toEqual([{ type: 200, flags: 0xe0, value: '0708' }])
  })
})
