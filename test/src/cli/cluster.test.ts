import { beforeEach, describe, expect, it, vi } from 'vitest'
import type { SpeakerViews } from '../../../src/api/index.ts'
import type { KubeApi } from '../../../src/sources/index.ts'
import { cannedViews, serviceViews } from '../../support/canned-views.ts'
import { oyez } from '../../support/fake-io.ts'
import { onNode, type PodFacts, SpeakersBehindApi } from '../../support/speakers-behind-api.ts'

const connectKubernetes = vi.fn<(choice: object) => Promise<KubeApi>>()
vi.mock('../../../src/sources/index.ts', async (original) => ({
  ...(await original<object>()),
  connectKubernetes: (choice: object) => connectKubernetes(choice),
}))

/** On node0 nothing is announced. */
const idle: SpeakerViews = onNode('node0', {
  ...cannedViews,
  services: () =>
    serviceViews.map((view) => ({
      ...view,
      announce: false,
      code: 'NoLocalEndpoints',
      message: '1 usable, none on node0 but on node2',
    })),
  explain: (key) => {
    const view = cannedViews.explain(key)
    return view && { ...view, service: { ...view.service, announce: false, code: 'NoLocalEndpoints' } }
  },
})

const two: readonly PodFacts[] = [
  { name: 's1', node: 'node1', speaker: cannedViews },
  { name: 's0', node: 'node0', speaker: idle },
]
const halfDeaf: readonly PodFacts[] = [...two, { name: 's2', node: 'node2', waiting: 'ErrImagePull' }]

let api: SpeakersBehindApi

const kubectl = (pods: readonly PodFacts[], line: string) => {
  api = new SpeakersBehindApi(pods)
  connectKubernetes.mockResolvedValue(api)
  return oyez(line, { plugin: true })
}

const cells = (text: string) => text.split('\n').map((line) => line.split(/ {2,}/))

beforeEach(() => {
  connectKubernetes.mockReset()
})

describe('all nodes at once', () => {
  it('shows the rows of every node with its name, nodes in order', async () => {
    const { code, out, err } = await kubectl(two, 'peers')
    expect(cells(out).map(([node, peer]) => [node, peer])).toEqual([
      ['NODE', 'PEER'],
      ...['tor1', 'tor2', 'edge'].map((peer) => ['node0', peer]),
      ...['tor1', 'tor2', 'edge'].map((peer) => ['node1', peer]),
      ['', undefined],
    ])
    expect({ code, err, closed: api.closed }).toEqual({ code: 0, err: '', closed: true })
  })

  it('gives a node that does not answer a row with the reason, and exits 1', async () => {
    const { code, out, err } = await kubectl(halfDeaf, 'routes')
    expect(out).toMatch(/^node2 +- .*no answer: its pod s2 does not run: ErrImagePull$/m)
    expect(out).toMatch(/^node1 +192\.168\.200\.240\/32/m)
    expect(code).toBe(1)
    expect(err).toBe('1 of 3 speakers did not answer.\n')
  })

  it('exits 3 when nobody answers', async () => {
    const silent = [{ name: 's0', node: 'node0', speaker: 'forbidden' as const }]
    const { code, err } = await kubectl(silent, 'status')
    expect(code).toBe(3)
    expect(err).toContain('1 of 1 speaker did not answer.\n')
    expect(err).toContain('oyez-viewer')
  })

  it('is an array for programs, a failure among the answers', async () => {
    const { out } = await kubectl(halfDeaf, 'peers -o json')
    const nodes = JSON.parse(out) as Record<string, unknown>[]
    expect(nodes.map(({ node, peers, error }) => [node, Array.isArray(peers), error])).toEqual([
      ['node0', true, undefined],
      ['node1', true, undefined],
      ['node2', false, 'its pod s2 does not run: ErrImagePull'],
    ])
  })

  it('asks only the node that is named, and helps with its name', async () => {
    expect(cells((await kubectl(two, 'peers --node node0')).out).map(([node]) => node)).not.toContain('node1')
    const { code, err } = await kubectl(two, 'peers --node nod0')
    expect(code).toBe(4)
    expect(err).toMatch(/no speaker runs on a node called nod0\ndid you mean node0/)
  })

  it('lets the pod that stays speak for its node during a roll', async () => {
    const rolling = [{ name: 'old', node: 'node1', terminating: true }, ...two]
    expect((await kubectl(rolling, 'status')).code).toBe(0)
  })

  it('says so when there is no speaker', async () => {
    const { code, err } = await kubectl([], 'peers')
    expect(code).toBe(3)
    expect(err).toMatch(/^oyez: there is no speaker\nis oyez installed\?/)
  })

  it('exits 1 with --check when one node has reason to', async () => {
    expect((await kubectl(two, 'peers --check')).code).toBe(1)
    expect((await kubectl(two, 'status --check')).code).toBe(0)
  })

  it.each(['0', '-1', 'soon'])('refuses a time-out of %s', async (timeout) => {
    expect((await kubectl(two, `peers --timeout=${timeout}`)).code).toBe(2)
  })
})

describe('services', () => {
  it('stand once each, with who announces them and why others do not', async () => {
    const { out } = await kubectl(two, 'services')
    expect(cells(out)).toEqual([
      ['SERVICE', 'ADDRESS', 'POLICY', 'ANNOUNCED BY', 'WHY NOT'],
      ['default/kafka-0', '192.168.200.241', 'Local', 'node1', 'NoLocalEndpoints on node0'],
      ['default/kafka-1', '192.168.200.242', 'Local', 'nobody', 'NoLocalEndpoints on node0, node1'],
      [''],
    ])
  })

  it('are followed by the nodes that did not answer', async () => {
    const { out } = await kubectl(halfDeaf, 'services')
    expect(out).toMatch(/\n\nNODE +ANSWER\nnode2 +no answer: its pod s2 does not run: ErrImagePull\n$/)
  })
})

describe('status', () => {
  it('tells a finding once, with the nodes that made it', async () => {
    const finding = {
      severity: 'error',
      code: 'PoolsOverlap',
      message: 'they overlap',
      location: { object: 'IPAddressPool oyez-system/a' },
    } as const
    const bad: SpeakerViews = {
      ...cannedViews,
      status: () => {
        const status = cannedViews.status()
        return { ...status, source: { ...status.source, diagnostics: [finding] } as typeof status.source }
      },
    }
    const nodes = ['a', 'b'].map((node) => ({ name: node, node, speaker: onNode(node, bad) }))
    const { out } = await kubectl(nodes, 'status')
    expect(out.match(/they overlap/g)).toHaveLength(1)
    expect(out).toContain('Found by a, b\n')
    expect(out).toMatch(/^a .* 1 error$/m)
  })
})

describe('explain', () => {
  it('has a row for every node, and says how to see more', async () => {
    const { code, out } = await kubectl(two, 'explain default/kafka-0')
    expect(out).toMatch(/^default\/kafka-0 {2}192\.168\.200\.241 {2}externalTrafficPolicy Local$/m)
    expect(out).toMatch(/^node0 +no +- +NoLocalEndpoints: /m)
    expect(out).toMatch(/^node1 +yes +✓ tor1 {2}/m)
    expect(out).toContain('add --node node1')
    expect(code).toBe(0)
  })

  it('shows every rule of the node that is named', async () => {
    const { out } = await kubectl(two, 'explain default/kafka-1 --node node1')
    expect(out).toContain('node1 does not announce it: NoLocalEndpoints')
    expect(out).toContain('service type')
  })

  it('exits 4 when no node knows the service', async () => {
    const { code, err } = await kubectl(two, 'explain default/kafka-9')
    expect(code).toBe(4)
    expect(err).toMatch(/no service of type LoadBalancer is called default\/kafka-9\ndid you mean/)
  })
})

describe('pools', () => {
  it('shows what the controller has counted', async () => {
    connectKubernetes.mockImplementation(async () => {
      api = new SpeakersBehindApi(two)
      api.answers.set('/apis/metallb.io/v1beta1/namespaces/oyez-system/ipaddresspools', {
        items: [
          { metadata: { name: 'new' }, spec: { addresses: ['fd00::/124'], autoAssign: false } },
          {
            metadata: { name: 'first' },
            spec: { addresses: ['192.0.2.0/30'] },
            status: { assignedIPv4: 3, availableIPv4: 1, assignedIPv6: 0, availableIPv6: 0 },
          },
        ],
      })
      return api
    })
    const { code, out } = await oyez('pools', { plugin: true })
    expect(code).toBe(0)
    expect(cells(out)).toEqual([
      ['POOL', 'AUTO ASSIGN', 'IPV4 IN USE', 'IPV6 IN USE', 'SERVICES', 'ADDRESSES'],
      ['first', 'yes', '3 of 4 (75 %)', '-', '-', '192.0.2.0/30'],
      ['new', 'no', 'not counted', 'not counted', '-', 'fd00::/124'],
      [''],
    ])
  })
})

describe('which cluster', () => {
  it('is meant by whoever names one, plugin or not', async () => {
    connectKubernetes.mockImplementation(async () => new SpeakersBehindApi(two))
    for (const line of [
      'peers --cluster',
      'peers --context prod',
      'peers -n oyez-system',
      'peers --node node1',
    ]) {
      expect((await oyez(line)).code, line).toBe(0)
    }
    expect(connectKubernetes.mock.calls.map(([choice]) => choice)).toEqual([{}, { context: 'prod' }, {}, {}])
  })

  it('is not asked for the speaker of this machine', async () => {
    const { code, err } = await oyez('peers --socket /nowhere/oyez.sock')
    expect(code).toBe(3)
    expect(err).toContain('/nowhere/oyez.sock')
    expect(connectKubernetes).not.toHaveBeenCalled()
  })

  it('is not the place to run a daemon', async () => {
    const { code, err } = await kubectl(two, 'speaker --node a --manifests b')
    expect(code).toBe(2)
    expect(err).toContain('there is no command speaker')
  })
})
