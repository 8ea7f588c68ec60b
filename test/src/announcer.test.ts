import { describe, expect, test } from 'vitest'
import type { Log, RouteSet } from '../../bgp/index.ts'
import { Announcer } from '../../src/announcer.ts'
import { SharedMap, type Snapshot } from '../../src/cluster/index.ts'
import { BusyClock } from '../support/busy-clock.ts'
import {
  advertisement,
  bgpPeer,
  cluster,
  config,
  endpoint,
  node,
  service,
  slice,
} from '../support/tiny-cluster.ts'

function world() {
  const clock = new BusyClock(1)
  const lines: string[] = []
  const told = new Map<string, string[]>()
  const decided: number[] = []
  const log: Log = (level, message, fields) => lines.push(`${level} ${message} ${JSON.stringify(fields)}`)
  const announcer = new Announcer({
    node: 'node1',
    plan: {},
    clock,
    log,
    openSession: ({ name }) => ({
      setRoutes: (routes: RouteSet) =>
        told.set(name, [...routes.entries()].map(({ prefix }) => prefix).sort()),
      status: () => undefined,
      close: () => told.delete(name),
    }),
    onDecided({ changes }) {
      decided.push(changes.changed.size + changes.removed.length)
      return []
    },
  })
  return { clock, lines, told, decided, announcer }
}

const NAMES = Array.from({ length: 500 }, (_, at) => `s${String(at).padStart(3, '0')}`)
const many = (names = NAMES): Snapshot => ({
  ...cluster(),
  services: SharedMap.of(
    names.map((name, at) => [`default/${name}`, service({ name, addresses: [`192.0.2.${at % 250}`] })]),
  ),
  slices: SharedMap.of(names.map((name) => [`default/${name}`, [slice(endpoint('node1'))]])),
})

describe('the announcer', () => {
  test('takes a small change over at once', () => {
    const { announcer, told, decided, lines, clock } = world()
    announcer.update(cluster())
    expect([announcer.isSettled, clock.waiting]).toEqual([true, 0])
    expect(told.get('router')).toEqual(['192.0.2.10/32'])
    expect(decided).toEqual([1])
    expect(lines).toEqual([
      'info service announced {"service":"default/web","code":"Announced","why":"192.0.2.10/32"}',
    ])
  })

  test('takes a large one over in slices, and until its end all is as before', () => {
    const { announcer, told, decided, clock } = world()
    announcer.update(many(['s000']))
    const plans = announcer.planner.plans
    announcer.update({
      ...many(),
      config: config({ peers: [bgpPeer('router'), bgpPeer('new', { peerAddress: '198.51.100.7' })] }),
    })
    expect(announcer.isSettled).toBe(false)
    expect([announcer.planner.plans, announcer.peers.length, told.get('router')]).toEqual([
      plans,
      1,
      ['192.0.2.0/32'],
    ])
    clock.settle()
    expect(announcer.isSettled).toBe(true)
    expect([told.get('router')?.length, told.get('new')?.length]).toEqual([250, 250])
    expect([announcer.peers.length, announcer.planner.plans.size]).toEqual([2, 500])
    expect(decided).toEqual([1, 500])
  })

  test('ends what it began, and then takes the newest of what came meanwhile', () => {
    const { announcer, told, decided, clock } = world()
    announcer.update(many())
    announcer.update(many(['s001']))
    announcer.update(many(['s000', 's001']))
    expect(decided).toEqual([])
    clock.settle()
    expect(decided).toEqual([500, 500])
    expect([announcer.isSettled, [...announcer.planner.plans.keys()]]).toEqual([
      true,
      ['default/s000', 'default/s001'],
    ])
    expect(told.get('router')).toEqual(['192.0.2.0/32', '192.0.2.1/32'])
  })

  test('a Node that goes and returns takes the routes along, and ends no session', () => {
    const { announcer, told, lines } = world()
    announcer.update(cluster())
    const [before] = announcer.book
    announcer.update(cluster({ nodes: [node('node2')] }))
    expect(told.get('router')).toEqual([])
    announcer.update(cluster())
    expect(told.get('router')).toEqual(['192.0.2.10/32'])
    expect([...announcer.book][0]?.spec).toEqual(before?.spec)
    expect(lines.filter((line) => line.includes('session ends'))).toEqual([])
  })

  test('a change of the configuration reaches every route', () => {
    const { announcer, clock } = world()
    announcer.update(many())
    clock.settle()
    const tagged = advertisement('plain', { communities: ['64512:1'] })
    announcer.update({ ...many(), config: config({ bgpAdvertisements: [tagged] }) })
    clock.settle()
    const routes = [...announcer.book.routes.routesFor('router').entries()]
    expect(routes).toHaveLength(250)
    expect(routes.every(({ attributes }) => attributes.communities?.[0] === '64512:1')).toBe(true)
  })

  test('says each decision that came out otherwise, and of very many only how many', () => {
    const { announcer, lines, clock } = world()
    const before = many()
    announcer.update(before)
    clock.settle()
    expect(lines).toEqual(['info services decided {"Announced":500}'])
    const services = SharedMap.of(before.services).edit()
    services.set('default/s001', service({ name: 's001', addresses: [] }))
    services.set(
      'default/s003',
      service({ name: 's003', addresses: ['192.0.2.3'], labels: { app: 'other' } }),
    )
    services.delete('default/s004')
    announcer.update({ ...before, services: services.done() })
    clock.settle()
    expect(lines.slice(1).map((line) => line.replace(/,"why".*/, '}'))).toEqual([
      'info service not announced {"service":"default/s001","code":"NoAddress"}',
      'info service gone {"service":"default/s004"}',
    ])
  })

  test('says what of a service came out otherwise', () => {
    const { announcer, lines } = world()
    const web = (over = {}) => cluster({ services: [service(over)] })
    announcer.update(web())
    announcer.update(web({ labels: { app: 'other' } }))
    announcer.update(web({ addresses: [] }))
    announcer.update(web({ type: 'ClusterIP' }))
    announcer.update(web())
    announcer.update(cluster({ services: [] }))
    expect(lines.map((line) => line.replace(/,"why".*/, '}'))).toEqual([
      'info service announced {"service":"default/web","code":"Announced"}',
      'info service not announced {"service":"default/web","code":"NoAddress"}',
      'info service not announced {"service":"default/web","code":"NotLoadBalancer"}',
      'info service announced {"service":"default/web","code":"Announced"}',
      'info service gone {"service":"default/web"}',
    ])
  })

  test('says nothing of services that are none of its business', () => {
    const { announcer, lines } = world()
    announcer.update(cluster({ services: [service({ type: 'ClusterIP' })] }))
    announcer.update(cluster({ services: [] }))
    expect(lines).toEqual([])
  })

  test('what fails is said, and what comes next is taken over all the same', () => {
    const { announcer, lines, told } = world()
    const broken = {
      ...cluster(),
      get nodes(): Snapshot['nodes'] {
        throw new Error('broken')
      },
    }
    announcer.update(broken)
    expect(lines).toEqual(['error taking over the state of the cluster failed {"error":"Error: broken"}'])
    announcer.update(cluster({ nodes: [node('node1')] }))
    expect(told.get('router')).toEqual(['192.0.2.10/32'])
  })
})
