import { expect, test } from 'vitest'
import { compareWithMetallb, type MetallbAnnouncement, readAnnouncement } from '../../../src/shadow/index.ts'
import { cluster, endpoint, node, pool, service, slice } from '../../support/tiny-cluster.ts'

const NODES = [node('node1'), node('node2')]
const both: readonly MetallbAnnouncement[] = [
  { service: 'default/web', node: 'node1', peers: ['router'] },
  { service: 'default/web', node: 'node2', peers: ['router'] },
]

const compare = (
  tiny: Parameters<typeof cluster>[0],
  announcements: readonly MetallbAnnouncement[] | undefined = both,
) =>
  compareWithMetallb({
    snapshot: cluster({ nodes: NODES, ...tiny }),
    diagnostics: [],
    ...(announcements !== undefined && { announcements }),
  })

test('finds nothing where both decide alike', () => {
  const report = compare({})
  expect(report).toMatchObject({ nodes: ['node1', 'node2'], services: 1 })
  expect(report.allocation).toEqual({ same: 1, differences: [] })
  expect(report.announcement).toEqual({ same: 2, differences: [] })
})

test('an address that no pool holds any more would go', () => {
  const report = compare({ config: { pools: [pool('first', '203.0.113.0/24')] } })
  const [difference] = report.allocation.differences
  expect(difference).toMatchObject({ service: 'default/web', metallb: ['192.0.2.10'], oyez: ['203.0.113.0'] })
  expect(difference?.message).toContain('192.0.2.10')
})

test('a Service that waits in vain at MetalLB and would get an address is told', () => {
  const waiting = service({ name: 'late', addresses: [] })
  const { allocation } = compare({ services: [service(), waiting] })
  expect(allocation.same).toBe(1)
  expect(allocation.differences).toMatchObject([
    { service: 'default/late', metallb: [], oyez: ['192.0.2.0'] },
  ])
})

test('announcements that would end or begin are told with the reason of this node', () => {
  const local = service({ externalTrafficPolicy: 'Local' })
  const { announcement } = compare({ services: [local], slices: [slice(endpoint('node2'))] })
  expect(announcement).toMatchObject({
    same: 1,
    differences: [
      { service: 'default/web', node: 'node1', metallb: ['router'], oyez: [], code: 'NoLocalEndpoints' },
    ],
  })
})

test('status objects of Services that are gone are told', () => {
  const { announcement } = compare({ services: [] })
  expect(announcement?.differences.map(({ code }) => code)).toEqual(['NoSuchService', 'NoSuchService'])
})

test('a MetalLB that says nothing of its announcements is no difference, but a note', () => {
  const report = compareWithMetallb({ snapshot: cluster({ nodes: NODES }), diagnostics: [] })
  expect(report.announcement).toBeUndefined()
  expect(report.notes.join()).toContain('ServiceBGPStatus')
})

test('reads a ServiceBGPStatus, and passes over what is none', () => {
  const status = { node: 'n', serviceName: 'web', serviceNamespace: 'shop', peers: ['b', 7, 'a'] }
  expect(readAnnouncement({ status })).toEqual({ service: 'shop/web', node: 'n', peers: ['a', 'b'] })
  for (const odd of [undefined, 7, {}, { status: 'x' }, { status: { ...status, node: '' } }])
    expect(readAnnouncement(odd)).toBeUndefined()
})
