import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  type Capability,
  encodeOpen,
  encodeUpdate,
  type SessionContext,
  toHex,
  type UpdateValues,
} from '../../../bgp/wire/index.ts'
import { contextOf } from '../../../src/cli/decode.ts'
import { oyez, runCli } from '../../support/fake-io.ts'

const MARKER = 'ff'.repeat(16)
const KEEPALIVE = `${MARKER}001304`
const CEASE = `${MARKER}0020030602${'0a'}${toHex(new TextEncoder().encode('going home'))}`
const REFRESH = `${MARKER}00170500010001`

const ctx: SessionContext = {
  as4: true,
  ebgp: true,
  extendedMessages: false,
  addPath: new Set(),
  families: new Set(['ipv4', 'ipv6']),
}

const update = (values: UpdateValues, context = ctx) => toHex(encodeUpdate(values, context))

const WEB = update({
  withdrawn: [{ prefix: '192.0.2.9/32' }],
  attributes: {
    origin: 'igp',
    asPath: [
      { type: 'sequence', asns: [64501, 4_200_000_000] },
      { type: 'set', asns: [1, 2] },
    ],
    nextHop: '198.51.100.1',
    med: 0,
    communities: ['65535:65281', '64500:1'],
  },
  nlri: [{ prefix: '192.0.2.1/32' }, { prefix: '192.0.2.0/24' }],
})

const json = async (lines: string, flags = '') => {
  const { code, out, err } = await oyez(`decode -o json ${flags}`, { stdin: lines })
  expect({ code, err }).toEqual({ code: 0, err: '' })
  return out
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as Record<string, unknown> & { outcome: Record<string, unknown> })
}

const ACCEPTED = { action: 'accept', notification: null, reasons: [] }

describe('oyez decode -o json', () => {
  it('has type, decoded fields and outcome', async () => {
    const [answer] = await json(`${WEB}\n`)
    expect(Object.keys(answer ?? {})).toEqual(['type', 'withdrawn', 'attributes', 'nlri', 'outcome'])
    expect(answer).toMatchObject({
      type: 'UPDATE',
      withdrawn: ['192.0.2.9/32'],
      nlri: ['192.0.2.1/32', '192.0.2.0/24'],
      attributes: { nextHop: '198.51.100.1', med: 0, communities: expect.arrayContaining(['64500:1']) },
    })
  })

  it('shows octets as hex', async () => {
    const [answer] = await json(CEASE)
    expect(answer).toMatchObject({
      type: 'NOTIFICATION',
      code: 6,
      subcode: 2,
      data: `0a${toHex(new TextEncoder().encode('going home'))}`,
    })
    expect(answer?.outcome).toEqual(ACCEPTED)
  })

  it('tells of a reset with its NOTIFICATION', async () => {
    const [answer] = await json(`${MARKER}001306`)
    expect(answer).toMatchObject({
      type: 'UNKNOWN',
      outcome: { action: 'session-reset', notification: { code: 1, subcode: 3, data: '06' } },
    })
    expect(String(answer?.outcome.reasons)).toMatch(/RFC 4271 section 6\.1/)
  })

  it('answers every line with one object, whatever the line holds', async () => {
    const answers = await json(
      ['', 'zz', 'f', KEEPALIVE, '   ', `0x${KEEPALIVE}`, 'é', '{"a":1}', KEEPALIVE].join('\n'),
    )
    expect(answers.map(({ type }) => type)).toEqual([
      null,
      null,
      null,
      'KEEPALIVE',
      null,
      'KEEPALIVE',
      null,
      null,
      'KEEPALIVE',
    ])
    for (const { type, error, outcome } of answers) {
      if (type !== null) continue
      expect(outcome).toEqual({ action: 'session-reset', notification: null, reasons: [error] })
    }
  })

  it('has as many answers as there are lines, for any text in any pieces', async () => {
    const line = fc.oneof(
      fc.constant(KEEPALIVE),
      fc.string({ unit: fc.constantFrom('f', '0', ' ', 'x', '{', '\t'), maxLength: 50 }),
    )
    await fc.assert(
      fc.asyncProperty(
        fc.array(line, { minLength: 1, maxLength: 6 }),
        fc.integer({ min: 1, max: 40 }),
        async (lines, size) => {
          const text = lines.map((one) => `${one}\n`).join('')
          const pieces = text.match(new RegExp(`[^]{1,${size}}`, 'g')) ?? []
          const { out } = await oyez('decode -o json', { stdin: pieces })
          const answers = out.split('\n').slice(0, -1)
          expect(answers).toHaveLength(lines.length)
          for (const answer of answers) expect(JSON.parse(answer)).toHaveProperty('outcome.action')
        },
      ),
      { numRuns: 25 },
    )
  })

  it('is not filled by a line without end', async () => {
    const endless = Array.from({ length: 100 }, () => 'f'.repeat(65_536))
    const { out } = await oyez('decode -o json', { stdin: [...endless, '\n', KEEPALIVE] })
    const [first, second] = out.trimEnd().split('\n')
    expect(first).toMatch(/the line is too long for a message: 6553600 characters/)
    expect(second).toMatch(/KEEPALIVE/)
  })

  it('goes by what was negotiated', async () => {
    const action = async (hex: string, flags: string) => (await json(hex, flags))[0]?.outcome.action
    const narrow = update(
      {
        attributes: { origin: 'igp', asPath: [{ type: 'sequence', asns: [64501] }], nextHop: '198.51.100.1' },
        nlri: [{ prefix: '192.0.2.1/32' }],
      },
      { ...ctx, as4: false },
    )
    expect(await action(narrow, '--no-as4')).toBe('accept')
    expect(await action(narrow, '--as4')).toBe('treat-as-withdraw')
    const paths = update(
      {
        attributes: { origin: 'igp', asPath: [], nextHop: '198.51.100.1', localPref: 100 },
        nlri: [{ prefix: '192.0.2.1/32', pathId: 7 }],
      },
      { ...ctx, ebgp: false, addPath: new Set(['ipv4']) },
    )
    expect(await json(paths, '--ibgp --add-path ipv4')).toMatchObject([
      { nlri: ['192.0.2.1/32#7'], outcome: ACCEPTED },
    ])
    const long = `${MARKER}1001${'02'}00000000${'00'.repeat(0x1001 - 23)}`
    expect(await action(long, '')).toBe('session-reset')
    expect(String((await json(long, '--extended'))[0]?.outcome.reasons)).not.toMatch(/length 4097/)
    const six = update({
      reach: { family: 'ipv6', nextHop: '2001:db8::1', nlri: [{ prefix: '2001:db8:1::/48' }] },
      attributes: { origin: 'igp', asPath: [{ type: 'sequence', asns: [64501] }] },
    })
    expect((await json(six))[0]).toHaveProperty('reach.nlri', ['2001:db8:1::/48'])
    expect((await json(six, '--families ipv4'))[0]).not.toHaveProperty('reach')
  })
})

describe('the context', () => {
  const args = { output: 'json', as4: true, extended: false, check: false } as const

  it('is a modern eBGP session of both families by default', () => {
    expect(contextOf(args)).toEqual(ctx)
  })

  it('is what the flags say', () => {
    const given = contextOf({
      ...args,
      as4: false,
      ibgp: true,
      extended: true,
      addPath: 'ipv4,ipv6',
      families: 'ipv6',
    })
    expect(given).toEqual({
      as4: false,
      ebgp: false,
      extendedMessages: true,
      addPath: new Set(['ipv4', 'ipv6']),
      families: new Set(['ipv6']),
    })
    expect(contextOf({ ...args, ebgp: false }).ebgp).toBe(false)
    expect(contextOf({ ...args, ebgp: true, ibgp: false }).ebgp).toBe(true)
    expect(contextOf({ ...args, families: 'none' }).families.size).toBe(0)
  })
})

describe('oyez decode in words', () => {
  it('tells an UPDATE', async () => {
    const { out } = await oyez('decode -', { stdin: WEB })
    expect(out.split('\n').map((line) => line.trim().replaceAll(/ {2,}/g, ': '))).toEqual([
      `UPDATE, ${WEB.length / 2} octets: treat-as-withdraw`,
      'withdrawn: 192.0.2.9/32',
      'announced: 192.0.2.1/32, 192.0.2.0/24',
      'next hop: 198.51.100.1',
      'origin: igp',
      'AS path: 64501 4200000000 {1 2}',
      'MED: 0',
      'communities: 64500:1 65535:65281 (no-export)',
      'note: AS_PATH: it holds an AS_SET (RFC 9774 section 3)',
      '',
      '',
    ])
  })

  it('tells an OPEN', async () => {
    const unicast = { afi: 1, safi: 1, family: 'ipv4' } as const
    const capabilities: readonly Capability[] = [
      { type: 'multiprotocol', ...unicast },
      { type: 'routeRefresh' },
      { type: 'as4', asn: 4_200_000_000 },
      {
        type: 'gracefulRestart',
        restarting: true,
        notification: true,
        restartTime: 120,
        families: [{ ...unicast, forwarding: true }],
      },
      { type: 'addPath', families: [{ ...unicast, direction: 'both' }] },
      { type: 'fqdn', hostname: 'tor1', domain: 'example.net' },
      { type: 'softwareVersion', version: 'bird 2' },
      { type: 'role', role: 3 },
      { type: 'unknown', code: 200, value: 'abcd' },
    ]
    const open = toHex(encodeOpen({ asn: 4_200_000_000, holdTime: 90, routerId: '192.0.2.1', capabilities }))
    const { out } = await oyez(`decode ${open}`)
    for (const line of [
      'AS            4200000000 (2-octet field: 23456)',
      'hold time     90 s',
      'offers        multiprotocol: ipv4 unicast',
      'offers        route refresh\n',
      'offers        graceful restart: 120 s, restarting, also over NOTIFICATION, ipv4 unicast (forwarding kept)',
      'offers        add-path: ipv4 unicast both',
      'offers        FQDN: tor1.example.net',
      'offers        software version: bird 2',
      'offers        role: customer',
      'offers        capability 200: abcd',
    ])
      expect(out).toContain(line)
  })

  it('tells the short ones, and what they say', async () => {
    const { out } = await oyez('decode', { stdin: `${KEEPALIVE}\n\n${CEASE}\n${REFRESH}\n` })
    expect(out).toContain('KEEPALIVE, 19 octets: accept\n\nNOTIFICATION')
    expect(out).toMatch(/error +Cease\/Administrative Shutdown \(6\/2\)\n +says +.*going home/)
    expect(out).toMatch(/ROUTE-REFRESH.*\n +family +ipv4 unicast\n +meaning +send all your routes again/)
  })

  it('tells only the first prefixes of many', async () => {
    const nlri = Array.from({ length: 20 }, (_, at) => ({ prefix: `192.0.2.${at}/32` }))
    const { out } = await oyez(`decode ${update({ withdrawn: nlri })}`)
    expect(out).toContain('192.0.2.7/32 and 12 more\n')
  })

  it('says what is to be answered, and that something is no message', async () => {
    const { out } = await oyez('decode', { stdin: `${MARKER}001306\nhello\n` })
    expect(out).toMatch(/answer +NOTIFICATION 1\/3, data 06\n/)
    expect(out).toContain('not a message: not hex: "h" at character 1\n')
  })

  it('goes octet by octet when wide', async () => {
    const { out } = await oyez(`decode -o wide ${WEB}`)
    expect(out).toMatch(/^ +16 {2}00[0-9a-f]{2} +length: \d+\n/m)
    expect(out).toMatch(/ +18 {2}02 +type: UPDATE\n/)
    expect(out).toMatch(/prefix: 192\.0\.2\.1\/32/)
    const starts = [...out.matchAll(/^ *(\d+) {2}/gm)].map(([, at]) => Number(at))
    expect(starts).toEqual(starts.toSorted((a, b) => a - b))
  })

  it('speaks YAML, one document per message', async () => {
    const { out } = await oyez('decode -o yaml', { stdin: `${KEEPALIVE}\n${KEEPALIVE}\n` })
    expect(out.match(/^---\ntype: KEEPALIVE$/gm)).toHaveLength(2)
  })
})

describe('what to decode', () => {
  it('may be given in one word or many', async () => {
    for (const args of [[KEEPALIVE], [...(KEEPALIVE.match(/../g) ?? [])], [`0x${KEEPALIVE}`]])
      expect((await runCli(['decode', ...args])).out).toMatch(/^KEEPALIVE/)
  })

  it('may be files', async () => {
    const { code, err } = await oyez('decode messages.hex')
    expect(err).toContain('there is no file messages.hex')
    expect(code).toBe(4)
  })

  it('is told of in a sentence when it cannot be read', async () => {
    // The kernel opens this file for anybody and then refuses to read it.
    const { code, err } = await oyez('decode /proc/self/mem')
    expect(err).toMatch(/^oyez: \/proc\/self\/mem cannot be read: EIO[^\n]*\n$/)
    expect(code).toBe(1)
  })

  it('is asked for on a terminal', async () => {
    expect((await oyez('decode', { tty: true, stdin: KEEPALIVE })).out).toContain('KEEPALIVE')
  })

  it('exits 1 with --check unless all is accepted', async () => {
    expect((await oyez('decode --check', { stdin: KEEPALIVE })).code).toBe(0)
    expect((await oyez('decode --check -o json', { stdin: `${KEEPALIVE}\nzz` })).code).toBe(1)
    expect((await oyez('decode', { stdin: 'zz' })).code).toBe(0)
  })
})
