import { describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import { oyez } from '../../support/fake-io.ts'

const folder = (name: string) => new URL(`../../fixtures/cli/${name}`, import.meta.url).pathname
const SHOP = folder('shop')
const BROKEN = folder('broken')
const MOVES = folder('moves')

describe('oyez plan', () => {
  it('shows for every node what it would announce, and why not', async () => {
    const { code, out, err } = await oyez(`plan -f ${SHOP}`)
    const [addresses = '', node1 = '', node2 = ''] = out.split(/^(?=Node )/m)
    expect(addresses).toMatch(/^Addresses\n/)
    expect(node1).toMatch(/^Node node1\n/)
    expect(node1).toMatch(/shop\/web +192.0.2.10 +Local +yes +192.0.2.10\/32/)
    expect(node1).toMatch(/shop\/mail +- +Cluster +no +NoAddress: /)
    expect(node1).toMatch(/192.0.2.10\/32 +self +✓ tor1 +communities 64500:100 +shop\/web/)
    expect(node1).toMatch(/edge +198.51.100.2 .* no +PeerNodeNotSelected/)
    expect(node2).toMatch(/shop\/web .* no +NoLocalEndpoints: .*\n/)
    expect(node2).toMatch(/Routes\nnone\n/)
    expect({ code, err }).toEqual({ code: 0, err: '' })
  })

  it('may be about one node', async () => {
    const { out } = await oyez(`plan -f ${SHOP} --node node2`)
    expect(out).not.toContain('Node node1')
    expect((await oyez(`plan -f ${SHOP} --all-nodes`)).out).toBe((await oyez(`plan -f ${SHOP}`)).out)
  })

  it('is the same report for programs, the trace included', async () => {
    const { out } = await oyez(`plan -f ${SHOP} --node node2 -o json`)
    const view = JSON.parse(out) as {
      nodes: { node: string; services: { key: string; trace: unknown[] }[] }[]
    }
    expect(view.nodes.map(({ node }) => node)).toEqual(['node2'])
    const web = view.nodes[0]?.services.find(({ key }) => key === 'shop/web')
    expect(web?.trace).toContainEqual(
      expect.objectContaining({ rule: 'endpoints', ok: false, code: 'NoLocalEndpoints' }),
    )
    expect(parse((await oyez(`plan -f ${SHOP} --node node2 -o yaml`)).out)).toEqual(view)
  })

  it('goes by the class the speaker would have', async () => {
    const { out } = await oyez(`plan -f ${SHOP} --node node1 --lb-class example.net/other`)
    expect(out).toMatch(/shop\/web .* no +OtherLoadBalancerClass/)
  })

  it('exits 4 for a node that is not there', async () => {
    const { code, err } = await oyez(`plan -f ${SHOP} --node nod1`)
    expect(err).toMatch(/no Node called nod1\ndid you mean node1/)
    expect(code).toBe(4)
  })

  it('asks for a node where none is described', async () => {
    const { code, err } = await oyez(`plan -f ${SHOP}/network.yaml`)
    expect(err).toMatch(/holds no Node object\n.*--node NAME/)
    expect(code).toBe(2)
    expect((await oyez(`plan -f ${SHOP}/network.yaml --node any`)).code).toBe(0)
  })

  it('exits 1 and shows all errors when there is nothing to plan with', async () => {
    const { code, out, err } = await oyez(`plan -f ${BROKEN}`)
    expect(err).toMatch(/pool.yaml:5:3: error UnknownField: .*adresses/)
    expect(err).toMatch(/cannot be planned: 3 errors/)
    expect({ code, out }).toEqual({ code: 1, out: '' })
  })

  it('shows which addresses services would get, keep, lose or change', async () => {
    const { code, out } = await oyez(`plan -f ${MOVES} --node node1`)
    const [addresses = ''] = out.split(/^(?=\nNode )/m)
    expect(addresses.split('\n').map((line) => line.split(/ {2,}/))).toEqual([
      ['Addresses'],
      ['SERVICE', 'NOW', 'WOULD HAVE', 'WHY'],
      [
        'shop/moved',
        '172.16.0.1',
        '192.0.2.0',
        'AddressMoved: 192.0.2.0 of pool first, moved from 172.16.0.1: 172.16.0.1 is in no IPAddressPool',
      ],
      ['shop/new', '-', '192.0.2.3, 2001:db8::', 'AddressAssigned: 192.0.2.3 and 2001:db8:: of pool first'],
      [
        'shop/wish',
        '-',
        '-',
        'SharingRefused: 192.0.2.1 is in use by shop/kept, which shares it with nobody',
      ],
      ['2 services would keep what they have'],
      [''],
    ])
    expect(code).toBe(0)
  })

  it('has the whole allocation for programs', async () => {
    const { out } = await oyez(`plan -f ${MOVES} --node node1 -o json`)
    const { allocation } = JSON.parse(out) as {
      allocation: { services: { key: string; after: string[] }[]; pools: { assigned: object }[] }
    }
    expect(allocation.services).toContainEqual({
      key: 'shop/kept',
      before: ['192.0.2.1'],
      after: ['192.0.2.1'],
      pool: 'first',
      code: 'AddressKept',
      message: '192.0.2.1 of pool first',
    })
    expect(allocation.pools[1]?.assigned).toEqual({ ipv4: 4, ipv6: 1 })
  })

  it('gives nothing where there is no pool', async () => {
    const { out } = await oyez(`plan -f ${SHOP}/services.yaml --node node1`)
    expect(out).toMatch(/^Addresses\nthere is no IPAddressPool: every service keeps what it has\n/)
    expect((await oyez(`plan -f ${SHOP} --node node1 --lb-class x`)).out).toMatch(
      /^Addresses\nno service to give one to\n/,
    )
  })
})

describe('oyez pools', () => {
  it('counts what the statuses of a folder hold', async () => {
    const { code, out, err } = await oyez(`pools --manifests ${MOVES}`)
    expect(out.split('\n').map((line) => line.split(/ {2,}/))).toEqual([
      ['POOL', 'AUTO ASSIGN', 'IPV4 IN USE', 'IPV6 IN USE', 'SERVICES', 'ADDRESSES'],
      ['asked', 'no', '0 of 1 (0 %)', '-', '0', '198.51.100.7/32'],
      ['first', 'yes', '2 of 4 (50 %)', '0 of 2^53 or more', '2', '192.0.2.0/30, 2001:db8::/64'],
      [''],
    ])
    expect(code).toBe(0)
    expect(err).toMatch(/warning AddressInNoPool/)
  })

  it('says the same to programs', async () => {
    const { out } = await oyez(`pools --manifests ${MOVES} -o json`)
    const { pools } = JSON.parse(out) as { pools: object[] }
    expect(pools[0]).toEqual({
      name: 'asked',
      autoAssign: false,
      ranges: ['198.51.100.7/32'],
      assigned: { ipv4: 0, ipv6: 0 },
      available: { ipv4: 1, ipv6: 0 },
      total: { ipv4: 1, ipv6: 0 },
      services: 0,
    })
  })

  it('says when there is none, and what is wrong with a folder', async () => {
    expect((await oyez(`pools --manifests ${SHOP}/nodes.yaml`)).out).toBe('There is no IPAddressPool.\n')
    const { code, err } = await oyez(`pools --manifests ${BROKEN}`)
    expect(err).toMatch(/cannot be counted: 3 errors/)
    expect(code).toBe(1)
  })
})

describe('oyez lint', () => {
  it('exits 0 when all is well, and says what it saw', async () => {
    const { code, out, err } = await oyez(`lint -f ${SHOP}`)
    expect(out).toMatch(/^0 errors, 0 warnings in 2 Services, 2 Nodes, /)
    expect({ code, err }).toEqual({ code: 0, err: '' })
  })

  it('exits 1 with errors: file, line, path and a way out, all at once', async () => {
    const { code, out } = await oyez(`lint -f ${BROKEN}`)
    expect(out).toMatch(/half\.yaml:\d+:\d+: error YamlSyntax/)
    expect(out).toMatch(
      /pool\.yaml:5:3: error UnknownField: .*\n {4}in IPAddressPool metallb-system\/first spec.adresses\n {4}did you mean "addresses"\?\n/,
    )
    expect(out).toMatch(/\n3 errors, 0 warnings\n$/)
    expect(code).toBe(1)
  })

  it('says the same to programs', async () => {
    const { code, out } = await oyez(`lint -f ${BROKEN} -o json`)
    const { diagnostics, summary } = JSON.parse(out) as {
      diagnostics: { code: string; location: object }[]
      summary: { errors: number }
    }
    expect(diagnostics).toHaveLength(3)
    expect(diagnostics).toContainEqual(
      expect.objectContaining({
        code: 'UnknownField',
        location: expect.objectContaining({ line: 5, path: 'spec.adresses' }),
      }),
    )
    expect({ code, errors: summary.errors }).toEqual({ code: 1, errors: 3 })
  })

  it('exits 1 for a folder that is not there', async () => {
    const { code, out } = await oyez('lint -f /nowhere/at/all')
    expect(out).toContain('/nowhere/at/all: error Unreadable')
    expect(code).toBe(1)
  })
})
