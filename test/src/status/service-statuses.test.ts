import { beforeEach, describe, expect, it } from 'vitest'
import { KubeError } from '../../../src/sources/index.ts'
import { ServiceStatuses } from '../../../src/status/service-statuses.ts'
import { ManualClock } from '../../support/manual-clock.ts'
import { StatusApi, settled } from '../../support/status-api.ts'

const owner = { apiVersion: 'v1', kind: 'Pod', name: 'speaker-a', uid: 'uid-1' } as const
const ALL = '/apis/metallb.io/v1beta1/namespaces/oyez-system/servicebgpstatuses'

let api: StatusApi
let clock: ManualClock
let log: string[]
let statuses: ServiceStatuses

function make(pace?: { perSecond: number; burst: number }) {
  const made = unsure(pace)
  made.wantedIsKnown()
  return made
}

const unsure = (pace?: { perSecond: number; burst: number }) =>
  new ServiceStatuses({
    api,
    node: 'node1',
    namespace: 'oyez-system',
    owner,
    clock,
    random: () => 1,
    log: (level, message) => log.push(`${level}: ${message}`),
    ...(pace !== undefined && { pace }),
  })

beforeEach(() => {
  api = new StatusApi()
  clock = new ManualClock()
  log = []
  statuses = make()
})

/** Runs everything that is due, however many answers it takes. */
async function run(): Promise<void> {
  for (let turn = 0; turn < 50; turn++) {
    clock.settle()
    await settled()
  }
}

const there = () => [...api.objects.values()]

const existing = (name: string, service: string, peers: readonly string[], uid = 'uid-1') => {
  api.put(`${ALL}/${name}`, {
    metadata: {
      labels: {
        'metallb.io/node': 'node1',
        'metallb.io/service-name': service,
        'metallb.io/service-namespace': 'default',
      },
      ownerReferences: [{ ...owner, uid, name: uid === 'uid-1' ? owner.name : 'speaker-old' }],
    },
    status: { node: 'node1', serviceName: service, serviceNamespace: 'default', peers: [...peers] },
  })
}

const adopt = () => statuses.replace([...api.objects.values()].flatMap((raw) => statuses.read(raw) ?? []))

describe('the ServiceBGPStatus objects of a node', () => {
  it('are created and told, in two writes', async () => {
    statuses.want('default/web', 'a,b')
    adopt()
    await run()
    expect(api.writes).toEqual([`POST ${ALL}`, expect.stringMatching(/^PATCH .*bgp-\d+\/status$/)])
    expect(there()).toMatchObject([
      { status: { node: 'node1', serviceName: 'web', serviceNamespace: 'default', peers: ['a', 'b'] } },
    ])
    expect(statuses.pending).toBe(0)
  })

  it('wait until what is there has been listed', async () => {
    statuses.want('default/web', 'a')
    await run()
    expect(api.requests).toEqual([])
    expect(statuses.pending).toBe(1)
  })

  it('wait until it is known what should be there: a restart deletes nothing', async () => {
    existing('bgp-1', 'web', ['a'])
    statuses = unsure()
    adopt()
    await run()
    expect(api.requests).toEqual([])
    statuses.want('default/web', 'a')
    statuses.wantedIsKnown()
    await run()
    expect(api.writes).toEqual([])
    expect(statuses.pending).toBe(0)
  })

  it('are adopted: a restart writes only that they belong to the new pod', async () => {
    existing('bgp-1', 'web', ['a'], 'uid-0')
    existing('bgp-2', 'db', ['a'])
    statuses.want('default/web', 'a')
    statuses.want('default/db', 'a')
    adopt()
    await run()
    expect(api.writes).toEqual([`PATCH ${ALL}/bgp-1`])
    expect(api.objects.get(`${ALL}/bgp-1`)?.metadata.ownerReferences).toEqual([owner])
    api.forget()
    adopt()
    await run()
    expect(api.writes).toEqual([])
  })

  it('go when a service is announced no more, and duplicates go', async () => {
    existing('bgp-1', 'web', ['a'])
    existing('bgp-2', 'web', ['a'])
    existing('bgp-3', 'gone', ['a'])
    statuses.want('default/web', 'a')
    adopt()
    await run()
    expect([...api.objects.keys()]).toEqual([`${ALL}/bgp-1`])
    statuses.want('default/web', undefined)
    await run()
    expect(api.objects.size).toBe(0)
  })

  it('come back when somebody deletes them', async () => {
    statuses.want('default/web', 'a')
    adopt()
    await run()
    const [name = ''] = [...api.objects.keys()].map((path) => path.slice(ALL.length + 1))
    api.objects.clear()
    statuses.remove(name)
    await run()
    expect(there()).toMatchObject([{ status: { peers: ['a'] } }])
  })

  it('are not written again because of an old echo', async () => {
    statuses.want('default/web', 'a')
    adopt()
    await run()
    api.forget()
    const [object] = api.objects.values()
    const echo = statuses.read({
      ...object,
      status: {},
      metadata: { ...object?.metadata, resourceVersion: '3' },
    })
    if (echo !== undefined) statuses.put(echo)
    await run()
    expect(api.writes).toEqual([])
  })

  it('are written at a steady pace', async () => {
    statuses = make({ perSecond: 10, burst: 4 })
    for (let at = 0; at < 20; at++) statuses.want(`default/s${at}`, 'a')
    adopt()
    await run()
    expect(api.writes).toHaveLength(4)
    clock.advance(100)
    await run()
    expect(api.writes).toHaveLength(5)
    const half = there().filter(({ status }) => status === undefined)
    expect(half.length).toBeLessThan(2)
    for (let second = 0; second < 40; second++) {
      clock.advance(100)
      await run()
    }
    expect(api.writes).toHaveLength(40)
    expect(statuses.pending).toBe(0)
  })

  it('of a service that flaps are written by its last wish alone', async () => {
    statuses = make({ perSecond: 10, burst: 2 })
    adopt()
    for (let at = 0; at < 1000; at++) statuses.want('default/web', at % 2 === 0 ? 'a' : undefined)
    statuses.want('default/web', 'b')
    await run()
    expect(api.writes).toHaveLength(2)
    expect(there()).toMatchObject([{ status: { peers: ['b'] } }])
  })

  it.each([
    new KubeError('not-found', 'the server could not find the requested resource'),
    new KubeError('forbidden', 'servicebgpstatuses is forbidden', { hint: 'add the rule' }),
  ])('without CRD or right: said once, tried again after minutes ($kind)', async (failure) => {
    api.failure = failure
    statuses.want('default/web', 'a')
    statuses.want('default/db', 'a')
    adopt()
    await run()
    clock.advance(200_000)
    await run()
    expect(api.requests.length).toBeLessThanOrEqual(2)
    expect(log).toEqual([`warn: the ServiceBGPStatus objects cannot be written: ${failure.message}`])
    api.failure = undefined
    clock.advance(400_000)
    await run()
    expect(there()).toHaveLength(2)
    expect(log.at(-1)).toMatch(/^info: .*works again/)
  })

  it('back off from an API server that is away or busy', async () => {
    api.failure = new KubeError('unreachable', 'connect ECONNREFUSED')
    statuses.want('default/web', 'a')
    adopt()
    for (let second = 0; second < 300; second++) {
      clock.advance(1000)
      await run()
    }
    expect(api.requests.length).toBeLessThan(15)
    expect(log).toHaveLength(1)
    expect(statuses.written.failed).toBe(api.requests.length)
  })

  it('leave alone what the API server refuses for good', async () => {
    api.failure = new KubeError('invalid', 'metadata.labels: must be no more than 63 characters')
    statuses.want('default/web', 'a')
    adopt()
    await run()
    clock.advance(3_600_000)
    await run()
    expect(api.requests).toHaveLength(1)
    expect(statuses.pending).toBe(0)
  })

  it('are left alone after closing', async () => {
    statuses.want('default/web', 'a')
    statuses.close()
    adopt()
    await run()
    expect(api.requests).toEqual([])
  })
})
