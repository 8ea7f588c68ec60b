import { beforeEach, describe, expect, it } from 'vitest'
import type { Diagnostic } from '../../../src/cluster/index.ts'
import { KubeError } from '../../../src/sources/index.ts'
import { ConfigurationWriter, configurationStatus, speakerComponent } from '../../../src/status/index.ts'
import { ManualClock } from '../../support/manual-clock.ts'
import { StatusApi, settled } from '../../support/status-api.ts'

const owner = { apiVersion: 'v1', kind: 'Pod', name: 'speaker-a', uid: 'uid-1' } as const
const PATH = '/apis/metallb.io/v1beta1/namespaces/oyez-system/configurationstates/speaker-node1'

const error = (object: string, message: string): Diagnostic => ({
  severity: 'error',
  code: 'Broken',
  message,
  location: { object, path: 'spec.x' },
})

let api: StatusApi
let clock: ManualClock
let log: string[]
let today: Date

const make = () =>
  new ConfigurationWriter({
    api,
    component: speakerComponent('node1'),
    namespace: 'oyez-system',
    owner,
    clock,
    random: () => 1,
    log: (level, message) => log.push(`${level}: ${message}`),
    today: () => today,
  })

beforeEach(() => {
  api = new StatusApi()
  clock = new ManualClock()
  log = []
  today = new Date('2026-11-21T12:00:00.400Z')
})

async function pass(ms: number): Promise<void> {
  clock.advance(ms)
  await settled()
}

const state = () => api.objects.get(PATH) as unknown as { status: object; metadata: object }

describe('the ConfigurationState of a speaker', () => {
  it('says that all is well, as MetalLB does', async () => {
    make().want(configurationStatus([]))
    await pass(1000)
    expect(state()).toMatchObject({
      metadata: {
        labels: { 'metallb.io/component-type': 'speaker', 'metallb.io/node-name': 'node1' },
        ownerReferences: [owner],
      },
      status: {
        result: 'Valid',
        errorSummary: '',
        conditions: [
          {
            type: 'configReconcilerValid',
            status: 'True',
            reason: 'Reconciled',
            lastTransitionTime: '2026-11-21T12:00:00Z',
          },
        ],
      },
    })
    const applies = api.requests.filter(({ method }) => method === 'PATCH')
    expect(applies).toHaveLength(2)
    for (const { query, patch } of applies) {
      expect(query).toEqual({ fieldManager: 'configReconciler', force: true })
      expect(patch).toBe('application/apply-patch+yaml')
    }
  })

  it('names every broken object, and only those of the configuration', async () => {
    const found = [
      error('BGPPeer oyez-system/tor1', 'peerASN is missing'),
      error('Service default/web', 'no such thing'),
      { ...error('IPAddressPool oyez-system/p', 'odd'), severity: 'warning' as const },
      error('IPAddressPool oyez-system/first', 'not a CIDR'),
    ]
    make().want(configurationStatus(found))
    await pass(1000)
    const first = 'BGPPeer oyez-system/tor1: spec.x: peerASN is missing'
    const second = 'IPAddressPool oyez-system/first: spec.x: not a CIDR'
    expect(state().status).toMatchObject({
      result: 'Invalid',
      errorSummary: `${first}\n${second}`,
      conditions: [
        {
          status: 'False',
          reason: 'ConfigurationError',
          message: `configuration error: ${first}; ${second}`,
        },
      ],
    })
  })

  it('stays short, whatever is wrong', () => {
    const found = Array.from({ length: 500 }, (_, at) =>
      error(`BGPPeer oyez-system/p${at}`, 'x'.repeat(5_000)),
    )
    const { errorSummary, condition } = configurationStatus(found)
    expect(condition.message.length).toBeLessThan(32_768)
    expect(errorSummary).toMatch(/and 480 more errors$/)
  })

  it('is written on change only', async () => {
    const writer = make()
    writer.want(configurationStatus([]))
    await pass(1000)
    api.forget()
    for (let minute = 0; minute < 60; minute++) {
      writer.want(configurationStatus([]))
      await pass(60_000)
    }
    expect(api.writes).toEqual([])
    expect(api.requests.length).toBeLessThan(20)
  })

  it('keeps the moment of the last change, also over a restart', async () => {
    make().want(configurationStatus([]))
    await pass(1000)
    today = new Date('2026-11-21T13:00:00Z')
    api.forget()
    const again = make()
    again.want(configurationStatus([]))
    await pass(1000)
    expect(api.writes).toEqual([])
    again.want(configurationStatus([error('BGPPeer a/b', 'broken')]))
    await pass(1000)
    expect(api.writes).toEqual([`PATCH ${PATH}/status`])
    expect(state().status).toMatchObject({ conditions: [{ lastTransitionTime: '2026-11-21T13:00:00Z' }] })
  })

  it('belongs to the new pod after a restart', async () => {
    make().want(configurationStatus([]))
    await pass(1000)
    api.put(PATH, {
      ...state(),
      metadata: { ...state().metadata, ownerReferences: [{ ...owner, uid: 'old' }] },
    })
    api.forget()
    make().want(configurationStatus([]))
    await pass(1000)
    expect(api.writes).toEqual([`PATCH ${PATH}`])
    expect(state().metadata).toMatchObject({ ownerReferences: [owner] })
  })

  it('comes back when somebody deletes it', async () => {
    make().want(configurationStatus([]))
    await pass(1000)
    api.remove(PATH)
    await pass(400_000)
    expect(state().status).toMatchObject({ result: 'Valid' })
  })

  it('ends with the last of many changes at once', async () => {
    const writer = make()
    writer.want(configurationStatus([error('BGPPeer a/b', 'broken')]))
    writer.want(configurationStatus([]))
    writer.want(configurationStatus([error('BGPPeer a/c', 'broken')]))
    await pass(1000)
    expect(api.writes).toHaveLength(2)
    expect(state().status).toMatchObject({ errorSummary: 'BGPPeer a/c: spec.x: broken' })
  })

  it('is missed once when its CRD is missing', async () => {
    api.failure = new KubeError('forbidden', 'configurationstates is forbidden')
    make().want(configurationStatus([]))
    for (let minute = 0; minute < 30; minute++) await pass(60_000)
    expect(log).toEqual(['warn: the ConfigurationState cannot be written: configurationstates is forbidden'])
    expect(api.requests.length).toBeLessThan(9)
    api.failure = undefined
    await pass(300_000)
    expect(state().status).toMatchObject({ result: 'Valid' })
  })
})
