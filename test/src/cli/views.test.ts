import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import { type ApiServer, type PeersView, serveApi } from '../../../src/api/index.ts'
import { explainText } from '../../../src/cli/explain.ts'
import { peersText } from '../../../src/cli/peers.ts'
import { routesText } from '../../../src/cli/routes.ts'
import { servicesText } from '../../../src/cli/services.ts'
import { statusText } from '../../../src/cli/status.ts'
import { PLAIN } from '../../../src/cli/style.ts'
import {
  cannedViews,
  peerViews,
  poolUsages,
  routeViews,
  serviceViews,
  session,
} from '../../support/canned-views.ts'
import { oyez } from '../../support/fake-io.ts'

let folder: string
let socket: string
let server: ApiServer

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'oyez-cli-'))
  socket = join(folder, 'oyez.sock')
  server = await serveApi(cannedViews, { socket })
})

afterAll(async () => {
  await server.close()
  await rm(folder, { recursive: true })
})

/** Asks the speaker on the socket. */
const ask = (line: string) => oyez(line, { env: { OYEZ_SOCKET: socket } })

const plain = { style: PLAIN, wide: false }

describe('oyez peers', () => {
  it('shows sessions, counts and the last error in words', async () => {
    const { code, out, err } = await ask('peers')
    expect(out.split('\n').map((line) => line.split(/ {2,}/))).toEqual([
      ['PEER', 'ADDRESS', 'AS', 'STATE', 'UPTIME', 'HOLD', 'SENT', 'RECEIVED', 'CAPABILITIES', 'LAST ERROR'],
      ['tor1', '192.168.200.1', '64501', 'Established', '1h23m', '90s', '2', '1', 'MP AS4', '-'],
      [
        'tor2',
        '[2001:db8::2]:1179',
        '64500',
        'Connect',
        '-',
        '90s',
        '0',
        '0',
        '-',
        'received 12s ago: Cease/Administrative Shutdown: "maintenance"; next try in 8s',
      ],
      ['edge', '192.168.200.9', '-', 'not selected', '-', '-', '-', '-', '-', peerViews[2]?.message],
      [''],
    ])
    expect({ code, err }).toEqual({ code: 0, err: '' })
  })

  it('shows more when it may be wide', async () => {
    const { out } = await ask('peers -o wide')
    for (const word of [
      'LOCAL AS',
      'ROUTER ID',
      'FLAPS',
      '168/168',
      'multiprotocol, 4-octet AS',
      'extended messages',
    ])
      expect(out).toContain(word)
  })

  it('is the view itself as JSON and YAML', async () => {
    const view: PeersView = { node: 'node1', peers: peerViews }
    expect(JSON.parse((await ask('peers -o json')).out)).toEqual(view)
    expect(parse((await ask('peers -o yaml')).out)).toEqual(view)
  })

  it('exits 1 with --check when a session is down, having shown the same', async () => {
    const { code, out } = await ask('peers --check')
    expect(code).toBe(1)
    expect(out).toBe((await ask('peers')).out)
  })

  it('counts both families, and names what a session cannot carry', () => {
    const peers = [
      {
        ...(peerViews[0] as PeersView['peers'][number]),
        session: {
          ...session,
          holdTime: 0,
          advertised: { ipv4: 3, ipv6: 2 },
          received: { ipv4: 0, ipv6: 7 },
          withheld: [{ family: 'ipv6', reason: 'NoNextHop', count: 4 }],
        },
      },
    ]
    const text = peersText({ node: 'node1', peers }, plain)
    expect(text).toMatch(/ off +3 v4, 2 v6 +7 v6 /)
    expect(text).toContain('4 ipv6 kept back: NoNextHop')
  })

  it('says that there are none', () => {
    expect(peersText({ node: 'node1', peers: [] }, plain)).toBe('No BGPPeer is configured.\n')
  })
})

describe('oyez pools', () => {
  it('shows what the speaker counts', async () => {
    const { code, out, err } = await ask('pools')
    expect(out.split('\n').map((line) => line.split(/ {2,}/))).toEqual([
      ['POOL', 'AUTO ASSIGN', 'IPV4 IN USE', 'IPV6 IN USE', 'SERVICES', 'ADDRESSES'],
      [
        'first',
        'yes',
        '2 of 16 (12 %)',
        '1 of 2^53 or more',
        '2',
        '192.168.200.240-192.168.200.255, 2001:db8::/64',
      ],
      ['second', 'no', '1 of 1 (100 %)', '-', '1', '192.0.2.1/32'],
      [''],
    ])
    expect({ code, err }).toEqual({ code: 0, err: '' })
    expect(JSON.parse((await ask('pools -o json')).out)).toEqual({ node: 'node1', pools: poolUsages })
  })
})

describe('oyez routes', () => {
  it('shows attributes, services, and what each peer was told', async () => {
    const { out } = await ask('routes')
    expect(out).toContain('192.168.200.240/32  192.168.200.201  ✓ tor1  ✗ tor2 FamilyNotOnSession ')
    expect(out).toContain('… tor1 not sent yet')
    expect(out).toContain('LOCAL_PREF 100, communities 64500:100  default/kafka-bootstrap\n')
  })

  it('goes by peer and service', async () => {
    const { out } = await ask('routes --peer 192.168.200.1 --service default/kafka-0')
    expect(out).toContain('192.168.200.241/32')
    expect(out).not.toMatch(/240|tor2/)
  })

  it('needs no ticks', async () => {
    const { out } = await oyez('routes', { env: { OYEZ_SOCKET: socket, LANG: 'C' } })
    expect(out).toMatch(/ ok tor1 {2}NO tor2 /)
    expect(out).toMatch(/^[\x20-\x7e\n]*$/)
  })

  it('knows planned routes too, which nobody was told yet', () => {
    const [first] = routeViews
    const peers = (first?.peers ?? []).map(({ sent: _, ...rest }) => rest)
    const text = routesText(
      { node: 'node1', routes: [{ ...(first as (typeof routeViews)[number]), peers: peers as never }] },
      plain,
    )
    expect(text).toContain('✓ tor1')
  })

  it('says where to look when there are none', () => {
    expect(routesText({ node: 'node1', routes: [] }, plain)).toMatch(/node1 announces nothing.*oyez services/)
  })
})

describe('oyez services', () => {
  it('says what is announced, or why not', async () => {
    const { out } = await ask('services')
    expect(out).toMatch(/default\/kafka-0 +192.168.200.241 +Local +yes +192.168.200.241\/32\n/)
    expect(out).toMatch(/default\/kafka-1 .* no +NoLocalEndpoints: 1 endpoint in 1 slice/)
  })

  it('has no colours in a pipe, and some on a terminal', async () => {
    expect((await ask('services')).out).not.toContain('\u001b')
    expect((await oyez('services', { env: { OYEZ_SOCKET: socket }, tty: true })).out).toContain(
      '\u001b[32myes',
    )
  })

  it('says that there are none', () => {
    expect(servicesText({ node: 'n', services: [] }, plain)).toBe(
      'There is no service of type LoadBalancer.\n',
    )
    expect(serviceViews).not.toHaveLength(0)
  })
})

describe('oyez explain', () => {
  it('shows every step, the verdict and the next step', async () => {
    const { code, out } = await ask('explain default/kafka-1')
    expect(out).toContain('✓ service type  type is LoadBalancer\n')
    expect(out).toContain('✗ endpoints     NoLocalEndpoints: 1 endpoint in 1 slice')
    expect(out).toContain(
      '\nnode1 does not announce it: NoLocalEndpoints\nNext step: with externalTrafficPolicy Local',
    )
    expect(out).toMatch(/Towards edge \(192.168.200.9\)\n {2}✗ node selectors {2}PeerNodeNotSelected/)
    expect(code).toBe(0)
  })

  it('is about one peer when asked so', async () => {
    const { out } = await ask('explain default/kafka-0 --peer tor2')
    expect(out).toContain('node1 announces 192.168.200.241/32')
    expect(out).toContain('Towards tor2 (2001:db8::2), session Connect')
    expect(out).toContain('… 192.168.200.241/32 has not been sent: the session is down')
    expect(out).not.toContain('tor1')
  })

  it('shows quietly what came after the deciding step', () => {
    const view = cannedViews.explain('default/kafka-1')
    const marks = { ...PLAIN, quiet: (text: string) => `(${text})` }
    expect(explainText(view as NonNullable<typeof view>, { style: marks, wide: false })).toContain('✓ (peers')
  })

  it.each([
    ['explain default/kafak-1', /is called default\/kafak-1\ndid you mean default\/kafka-1/],
    ['explain default/kafka-1 --peer tor', /no BGPPeer is called tor\ndid you mean tor1 or tor2/],
    ['routes --peer nobody', /no BGPPeer is called nobody\nthe peers are tor1, tor2, edge/],
    ['routes --service web', /NAMESPACE\/NAME/],
  ])('%s exits 4', async (line, message) => {
    const { code, out, err } = await ask(line)
    expect(err).toMatch(message)
    expect({ code, out }).toEqual({ code: 4, out: '' })
  })
})

describe('oyez status', () => {
  it('sums the speaker up', async () => {
    const { code, out } = await ask('status --check')
    expect(out).toBe(
      [
        'speaker   oyez 0.1.0, node node1, pid 4711, up 1h23m',
        'ready     yes',
        'source    manifests /etc/oyez, read 1m ago',
        'peers     1 of 2 established',
        'services  1 of 2 announced',
        'routes    2 IPv4, 0 IPv6',
        '',
      ].join('\n'),
    )
    expect(code).toBe(0)
  })

  it('shows what is wrong with the configuration', () => {
    const status = cannedViews.status()
    const text = statusText(
      {
        ...status,
        ready: false,
        source: {
          kind: 'manifests',
          location: '/etc/oyez',
          diagnostics: [
            {
              severity: 'error',
              code: 'UnknownField',
              message: 'there is no field adresses',
              hint: 'did you mean addresses?',
              location: {
                file: 'pools.yaml',
                line: 7,
                column: 3,
                object: 'IPAddressPool a/first',
                path: 'spec.adresses',
              },
            },
          ],
        },
      },
      plain,
    )
    expect(text).toContain('ready     no')
    expect(text).toContain('nothing read yet')
    expect(text).toContain('The newest read found 1 error, so nothing is announced:')
    expect(text).toContain(
      'pools.yaml:7:3: error UnknownField: there is no field adresses\n    in IPAddressPool a/first spec.adresses\n    did you mean addresses?\n',
    )
  })
})

describe('what would mislead', () => {
  it.each(['routes', 'services', 'explain default/kafka-0'])(
    'oyez %s says on stderr that sessions are down',
    async (line) => {
      expect((await ask(line)).err).toBe('Sessions down: 1 of 2; see `oyez peers`.\n')
      expect((await ask(`${line} -o json`)).err).toBe('')
    },
  )

  it.each([
    [true, 'The newest configuration has errors; this is by the one before it: see `oyez status`.\n'],
    [false, 'No configuration is in force yet: `oyez status` says more.\n'],
  ])('a folder with errors, when ready is %s, is told', async (ready, told) => {
    const path = join(folder, `stale-${ready}.sock`)
    const error = { severity: 'error', code: 'Unreadable', message: 'not there', location: {} } as const
    const status = cannedViews.status()
    const source = { ...status.source, diagnostics: [error] }
    const stale = await serveApi(
      { ...cannedViews, status: () => ({ ...status, ready, source }) },
      { socket: path },
    )
    expect((await oyez('peers', { env: { OYEZ_SOCKET: path } })).err).toBe(told)
    await stale.close()
  })
})

describe('without a speaker', () => {
  it.each(['peers', 'routes', 'services', 'status', 'explain a/b'])(
    'oyez %s exits 3 and says what to do',
    async (line) => {
      const { code, out, err } = await oyez(line, { env: { OYEZ_SOCKET: `${folder}/none.sock` } })
      expect(err).toContain(`${folder}/none.sock`)
      expect(err).toMatch(/oyez speaker --node NAME --manifests DIR.*OYEZ_SOCKET/)
      expect({ code, out }).toEqual({ code: 3, out: '' })
    },
  )

  it('prefers --socket to the environment', async () => {
    const { code } = await oyez(`peers --socket ${socket}`, { env: { OYEZ_SOCKET: '/nowhere' } })
    expect(code).toBe(0)
  })
})

describe('completion', () => {
  const complete = (line: string) =>
    ask(`--get-yargs-completions ${line}`).then(({ out }) => out.split('\n').filter(Boolean))
  const typing = async (words: readonly string[]) => {
    const { runCli } = await import('../../support/fake-io.ts')
    const { out } = await runCli(['--get-yargs-completions', ...words], { env: { OYEZ_SOCKET: socket } })
    return out.split('\n').filter(Boolean)
  }

  it('knows commands, options and choices', async () => {
    expect(await complete('pe')).toEqual(['peers'])
    expect(await typing([''])).toEqual(expect.arrayContaining(['speaker', 'decode', 'version']))
    expect(await typing(['peers', '--so'])).toEqual(['--socket'])
    expect(await typing(['peers', '-o', 'y'])).toEqual(['yaml'])
  })

  it('knows the peers and services of the running speaker', async () => {
    expect(await typing(['routes', '--peer', 'tor'])).toEqual(['tor1', 'tor2'])
    expect(await typing(['routes', '--service', ''])).toEqual(['default/kafka-0', 'default/kafka-1'])
    expect(await typing(['explain', 'default/kafka-1'])).toEqual(['default/kafka-1'])
    expect(await typing(['explain', 'default/kafka-1', '--peer', 'e'])).toEqual(['edge'])
  })

  it('has no words where there is no speaker', async () => {
    const { out, err, code } = await oyez('--get-yargs-completions explain d', {
      env: { OYEZ_SOCKET: '/nowhere' },
    })
    expect({ out, err, code }).toEqual({ out: '', err: '', code: 0 })
  })
})
