import { beforeEach, describe, expect, it } from 'vitest'
import type { EventWish } from '../../../src/events/index.ts'
import { KubeError } from '../../../src/sources/index.ts'
import { type Change, NodeStatus, type NodeStatusOptions } from '../../../src/status/index.ts'
import { ManualClock } from '../../support/manual-clock.ts'
import { StatusApi, settled } from '../../support/status-api.ts'
import { service } from '../../support/tiny-cluster.ts'

const HOME = '/apis/metallb.io/v1beta1/namespaces/oyez-system'
const STATUSES = `${HOME}/servicebgpstatuses`
const POD = '/api/v1/namespaces/oyez-system/pods/speaker-a'

let api: StatusApi
let clock: ManualClock
let told: EventWish[]
let log: string[]

beforeEach(() => {
  api = new StatusApi()
  clock = new ManualClock()
  told = []
  log = []
  api.put(POD, { metadata: { uid: 'uid-1' } })
})

const make = (over: Partial<NodeStatusOptions> = {}): NodeStatus =>
  new NodeStatus({ ...options(), pod: 'speaker-a', ...over })

const options = (): NodeStatusOptions => ({
  api,
  node: 'node1',
  namespace: 'oyez-system',
  serviceStatus: true,
  tell: (wish) => told.push(wish),
  identify: (kind, namespace, name) => ({ apiVersion: 'v1', kind, namespace, name, uid: name }),
  clock,
  random: () => 0.5,
  log: (level, message) => log.push(`${level}: ${message}`),
  today: () => new Date('2026-11-21T12:00:00Z'),
})

async function pass(ms: number): Promise<void> {
  for (let turn = 0; turn < 20; turn++) {
    clock.advance(ms / 20)
    await settled()
  }
}

const announced = (name: string): Change => {
  const one = service({ name })
  return {
    key: `default/${name}`,
    service: one,
    after: { peers: 'tor1', addresses: one.addresses, service: one },
  }
}

const statuses = () =>
  [...api.objects].filter(([path]) => path.startsWith(STATUSES)).map(([, object]) => object)

describe('what a node says about itself', () => {
  it('belongs to its pod, and waits for its name', async () => {
    api.failure = new KubeError('busy', 'later')
    const status = make()
    status.announced([announced('web')])
    status.configuration([])
    status.start()
    await pass(100)
    expect(statuses()).toEqual([])
    api.failure = undefined
    await pass(5_000)
    const owner = [{ apiVersion: 'v1', kind: 'Pod', name: 'speaker-a', uid: 'uid-1' }]
    expect(statuses()).toMatchObject([{ metadata: { ownerReferences: owner }, status: { peers: ['tor1'] } }])
    expect(api.objects.get(`${HOME}/configurationstates/speaker-node1`)).toMatchObject({
      metadata: { ownerReferences: owner },
      status: { result: 'Valid' },
    })
    expect(status.figures).toMatchObject({ written: 4, pending: 0 })
    status.close()
  })

  it('without a pod it belongs to nobody', async () => {
    const status = new NodeStatus(options())
    status.announced([announced('web')])
    status.start()
    await pass(1_000)
    expect(statuses()).toHaveLength(1)
    expect(statuses()[0]?.metadata).not.toHaveProperty('ownerReferences')
    status.close()
  })

  it('takes nothing back before the first decisions', async () => {
    const first = make()
    first.announced([announced('web'), announced('mail')])
    first.start()
    await pass(1_000)
    first.close()
    api.forget()
    const second = make()
    second.start()
    await pass(60_000)
    expect(api.writes).toEqual([])
    second.announced([announced('web')])
    await pass(1_000)
    expect(api.writes).toEqual([expect.stringMatching(/^DELETE /)])
    expect(statuses()).toMatchObject([{ status: { serviceName: 'web' } }])
    second.close()
  })

  it('writes no status objects of services when they are not wanted, and tells Events all the same', async () => {
    const status = make({ serviceStatus: false })
    status.start()
    status.announced([announced('web')])
    status.configuration([])
    await pass(2_000)
    expect(statuses()).toEqual([])
    expect(told).toHaveLength(1)
    expect(api.objects.has(`${HOME}/configurationstates/speaker-node1`)).toBe(true)
    status.close()
  })

  it('notices what somebody else does to its objects', async () => {
    const status = make()
    status.announced([announced('web')])
    status.start()
    await pass(1_000)
    const [path = ''] = [...api.objects.keys()].filter((key) => key.startsWith(STATUSES))
    api.remove(path)
    await pass(1_000)
    expect(statuses()).toMatchObject([{ status: { peers: ['tor1'] } }])
    status.close()
  })
})
