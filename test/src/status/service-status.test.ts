import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  type Found,
  newServiceStatus,
  nextStep,
  readServiceStatus,
} from '../../../src/status/service-status.ts'

const owner = { apiVersion: 'v1', kind: 'Pod', name: 'speaker-a', uid: 'uid-1' } as const
const author = { node: 'node1', namespace: 'oyez-system', owner }

const raw = (over: object = {}, status: object = {}) => ({
  metadata: {
    name: 'bgp-x',
    resourceVersion: '7',
    labels: {
      'metallb.io/node': 'node1',
      'metallb.io/service-name': 'web',
      'metallb.io/service-namespace': 'default',
    },
    ownerReferences: [owner],
    ...over,
  },
  status: { node: 'node1', serviceName: 'web', serviceNamespace: 'default', peers: ['a', 'b'], ...status },
})

const found = (over: Partial<Found> = {}): Found => ({
  name: 'bgp-x',
  key: 'default/web',
  peers: 'a,b',
  owned: true,
  version: '7',
  broken: false,
  ...over,
})

describe('a ServiceBGPStatus', () => {
  it('is read for what is compared', () => {
    expect(readServiceStatus(raw(), author)).toEqual(found())
    expect(readServiceStatus(raw({ ownerReferences: [{ ...owner, uid: 'old' }] }), author)?.owned).toBe(false)
    expect(readServiceStatus({ metadata: raw().metadata }, author)).toEqual(found({ peers: '' }))
  })

  it('of another node is not ours', () => {
    expect(readServiceStatus(raw({ labels: { 'metallb.io/node': 'node2' } }), author)).toBeUndefined()
    for (const junk of [undefined, null, {}, { metadata: { labels: [] } }, 'x', 7])
      expect(readServiceStatus(junk, author)).toBeUndefined()
  })

  it('that says something unchangeable and wrong is broken', () => {
    expect(readServiceStatus(raw({}, { node: 'node9' }), author)?.broken).toBe(true)
    expect(readServiceStatus(raw({ labels: { 'metallb.io/node': 'node1' } }), author)?.broken).toBe(true)
  })

  it('is created with the labels and the owner that MetalLB gives it', () => {
    expect(newServiceStatus('default/web', author)).toEqual({
      apiVersion: 'metallb.io/v1beta1',
      kind: 'ServiceBGPStatus',
      metadata: {
        generateName: 'bgp-',
        namespace: 'oyez-system',
        labels: raw().metadata.labels,
        ownerReferences: [owner],
      },
    })
  })
})

describe('the next step', () => {
  it.each<[string, string | undefined, Found[], unknown]>([
    ['nothing wanted, nothing there', undefined, [], undefined],
    ['all as it should be', 'a,b', [found()], undefined],
    ['nothing there yet', 'a', [], { type: 'create' }],
    ['other peers', 'a', [found()], { type: 'tell', name: 'bgp-x' }],
    ['of an ended pod', 'a', [found({ owned: false })], { type: 'own', name: 'bgp-x' }],
    ['no longer announced', undefined, [found()], { type: 'delete', name: 'bgp-x' }],
    ['twice', 'a,b', [found({ name: 'bgp-y', owned: false }), found()], { type: 'delete', name: 'bgp-y' }],
    ['broken', 'a,b', [found({ broken: true })], { type: 'delete', name: 'bgp-x' }],
  ])('%s', (_, peers, there, step) => {
    expect(nextStep(peers, there)).toEqual(step)
  })

  const anyFound = fc.record({
    name: fc.constantFrom('bgp-1', 'bgp-2', 'bgp-3'),
    key: fc.constant('default/web'),
    peers: fc.constantFrom('', 'a', 'a,b'),
    owned: fc.boolean(),
    version: fc.constant('1'),
    broken: fc.boolean(),
  })

  it('leads from anything to what is wanted, and then there is none', () => {
    const there = fc.uniqueArray(anyFound, { selector: ({ name }) => name })
    fc.assert(
      fc.property(fc.option(fc.constantFrom('a', 'a,b'), { nil: undefined }), there, (peers, start) => {
        let now: readonly Found[] = start
        let steps = 0
        for (let step = nextStep(peers, now); step !== undefined; step = nextStep(peers, now)) {
          expect(++steps).toBeLessThan(10)
          now = taken(now, step, peers ?? '')
        }
        expect(now).toEqual(
          peers === undefined ? [] : [found({ name: now[0]?.name ?? '?', peers, version: '1' })],
        )
      }),
    )
  })
})

function taken(now: readonly Found[], step: NonNullable<ReturnType<typeof nextStep>>, peers: string) {
  switch (step.type) {
    case 'create':
      return [...now, found({ name: 'bgp-new', peers: '', version: '1' })]
    case 'own':
      return now.map((one) => (one.name === step.name ? { ...one, owned: true } : one))
    case 'tell':
      return now.map((one) => (one.name === step.name ? { ...one, peers } : one))
    case 'delete':
      return now.filter(({ name }) => name !== step.name)
  }
}
