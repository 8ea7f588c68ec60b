import { describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import { oyez } from '../../support/fake-io.ts'

const folder = (name: string) => new URL(`../../fixtures/cli/${name}`, import.meta.url).pathname
const SHOP = folder('shop')
const BROKEN = folder('broken')

describe('oyez plan', () => {
  it('shows for every node what it would announce, and why not', async () => {
    const { code, out, err } = await oyez(`plan -f ${SHOP}`)
    const [node1 = '', node2 = ''] = out.split(/^(?=Node )/m)
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
