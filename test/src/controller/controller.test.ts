import { describe, expect, it } from 'vitest'
import { KubeError } from '../../../src/sources/index.ts'
import { World } from './world.ts'

const many = (count: number): readonly string[] =>
  Array.from({ length: count }, (_, at) => `web-${String(at).padStart(5, '0')}`)

/** Every address that two services hold; they share nothing here. */
function doubles(world: World): readonly string[] {
  const holders = Object.entries(world.cluster.addresses()).flatMap(([key, all]) =>
    all.map((one) => [one, key] as const),
  )
  const seen = new Set<string>()
  return holders.flatMap(([address]) => (seen.size === seen.add(address).size ? address : []))
}

describe('a controller', () => {
  it('gives addresses, names their pool, and tells of it', async () => {
    const world = new World()
    world.pool('first', ['192.0.2.0/29'])
    world.service('web')
    world.service('inner', { type: 'ClusterIP' })
    world.service('foreign', { loadBalancerClass: 'example.net/x' })
    world.controller().start()
    await world.run(200)
    expect(world.cluster.addresses()).toEqual({
      'default/web': ['192.0.2.0'],
      'default/inner': [],
      'default/foreign': [],
    })
    const web = world.cluster.get('Service', 'default', 'web')
    expect(web?.metadata.annotations).toEqual({ 'metallb.io/ip-allocated-from-pool': 'first' })
    expect(world.cluster.writes('services')).toEqual(['PATCH /api/v1/namespaces/default/services/web/status'])
    await world.run(2_000)
    expect(world.events()).toEqual([
      expect.stringContaining('IPAllocated Service web: Assigned IP ["192.0.2.0"] from pool first'),
    ])
    expect(world.cluster.get('IPAddressPool', 'metallb-system', 'first')?.status).toEqual({
      assignedIPv4: 1,
      assignedIPv6: 0,
      availableIPv4: 7,
      availableIPv6: 0,
    })
  })

  it('writes nothing to a settled cluster, not after a restart either', async () => {
    const world = new World()
    world.pool('first', ['192.0.2.0/24'])
    for (const name of many(50)) world.service(name)
    const one = world.controller().start()
    await world.run(12_000, 20)
    const settled = world.cluster.addresses()
    await one.controller.close()
    one.kill()
    world.cluster.requests.length = 0
    const versions = world.cluster.all('Service').map(({ metadata }) => metadata.resourceVersion)
    world.controller().start()
    await world.run(60_000, 50)
    expect(world.cluster.writes()).toEqual([])
    expect(world.cluster.all('Service').map(({ metadata }) => metadata.resourceVersion)).toEqual(versions)
    expect(world.cluster.addresses()).toEqual(settled)
  })

  it('adopts before it gives', async () => {
    const world = new World()
    world.pool('first', ['192.0.2.0/30'])
    world.service('aaa')
    world.service('zzz', {}, { addresses: ['192.0.2.0'] })
    world.controller().start()
    await world.run(500)
    expect(world.cluster.addresses()).toEqual({ 'default/aaa': ['192.0.2.1'], 'default/zzz': ['192.0.2.0'] })
  })

  it('gives an address that became free to one who waits', async () => {
    const world = new World()
    world.pool('tiny', ['192.0.2.1/32'])
    world.service('first')
    world.controller().start()
    await world.run(300)
    world.service('second')
    await world.run(300)
    expect(world.cluster.addresses()).toEqual({ 'default/first': ['192.0.2.1'], 'default/second': [] })
    world.cluster.delete('Service', 'default', 'first')
    await world.run(300)
    expect(world.cluster.addresses()).toEqual({ 'default/second': ['192.0.2.1'] })
    await world.run(2_000)
    expect(world.events()).toContainEqual(
      expect.stringMatching(/^AllocationFailed Service second: .*exhausted/),
    )
  })

  it('touches nothing without pools', async () => {
    const world = new World()
    world.service('theirs', {}, { addresses: ['203.0.113.9'] })
    world.service('waiting')
    world.controller().start()
    await world.run(30_000, 50)
    expect(world.cluster.writes()).toEqual([])
    world.pool('first', ['203.0.113.0/28'])
    await world.run(500)
    expect(world.cluster.addresses()).toEqual({
      'default/theirs': ['203.0.113.9'],
      'default/waiting': ['203.0.113.0'],
    })
  })

  it('never decides anew what is on its way, however far the watch lags behind', async () => {
    const world = new World()
    world.cluster.latencyMs = 40
    world.cluster.lagMs = 300
    world.pool('first', ['192.0.2.0/24'])
    world.service('web')
    const { controller } = world.controller().start()
    await world.run(320)
    for (let at = 0; at < 20; at++) {
      world.service('web', {}, { metadata: { labels: { at: String(at) } } })
      await world.run(35)
    }
    await world.run(3_000)
    expect(world.cluster.addresses()).toEqual({ 'default/web': ['192.0.2.0'] })
    expect(controller.view().writes.written).toBeLessThanOrEqual(3)
    expect(controller.view()).toMatchObject({ undecided: 0, writes: { waiting: 0, inFlight: 0 } })
  })

  it('gives an address to another one only when its holder has let go of it', async () => {
    const world = new World()
    world.cluster.latencyMs = 30
    world.pool('first', ['192.0.2.0/24'])
    const wants = (ip: string) => ({ metadata: { annotations: { 'metallb.io/loadBalancerIPs': ip } } })
    world.service('a', {}, wants('192.0.2.5'))
    world.service('b', {}, wants('192.0.2.6'))
    world.controller().start()
    await world.run(500)
    const seen: string[] = []
    world.cluster.watch(() => seen.push(...doubles(world))).sync()
    world.service('a', {}, wants('192.0.2.6'))
    world.service('b', {}, wants('192.0.2.5'))
    await world.run(2_000)
    expect(world.cluster.addresses()).toEqual({ 'default/a': ['192.0.2.6'], 'default/b': ['192.0.2.5'] })
    expect(seen).toEqual([])
  })

  it('reports a move before it makes it, and forgets it when the pool comes back', async () => {
    const world = new World()
    world.pool('first', ['192.0.2.0/28'])
    world.pool('second', ['198.51.100.0/28'], { autoAssign: true })
    world.service(
      'web',
      {},
      {
        addresses: ['192.0.2.3'],
        metadata: { annotations: { 'metallb.io/ip-allocated-from-pool': 'first' } },
      },
    )
    world.controller({ moveDelayMs: 5_000 }).start()
    await world.run(500)
    world.pool('first', ['192.0.2.8/29'])
    await world.run(3_000)
    expect(world.cluster.addresses()).toEqual({ 'default/web': ['192.0.2.3'] })
    expect(world.events()).toEqual([
      expect.stringMatching(
        /^AddressWillMove Service web: 192.0.2.3 is no longer permitted; 192.0.2.8 follows from pool first in 5 s/,
      ),
      expect.stringMatching(
        /^AddressWillMove IPAddressPool first: 1 service loses its address in 5 s: default\/web \(192.0.2.3\)/,
      ),
    ])
    world.pool('first', ['192.0.2.0/28'])
    await world.run(10_000, 20)
    expect(world.cluster.addresses()).toEqual({ 'default/web': ['192.0.2.3'] })
    expect(world.cluster.requests.filter(({ body }) => JSON.stringify(body)?.includes('ingress'))).toEqual([])
    world.pool('first', ['192.0.2.8/29'])
    await world.run(6_000, 20)
    expect(world.cluster.addresses()).toEqual({ 'default/web': ['192.0.2.8'] })
  })

  it('leaves Services alone whose pool cannot be read', async () => {
    const world = new World()
    world.pool('good', ['198.51.100.0/28'])
    world.pool('bad', ['192.0.2.0/99'])
    world.service('web', {}, { addresses: ['192.0.2.3'] })
    world.service('new')
    world.controller().start()
    await world.run(3_000)
    expect(world.cluster.addresses()).toEqual({
      'default/web': ['192.0.2.3'],
      'default/new': ['198.51.100.0'],
    })
    expect(world.log).toContainEqual(
      expect.objectContaining({ level: 'warn', message: expect.stringContaining('bad: correct that') }),
    )
    world.pool('bad', ['192.0.2.0/28'])
    await world.run(1_000)
    expect(world.cluster.addresses()['default/web']).toEqual(['192.0.2.3'])
    world.cluster.delete('IPAddressPool', 'metallb-system', 'bad')
    await world.run(1_000)
    expect(world.cluster.addresses()['default/web']).toEqual(['198.51.100.1'])
  })

  it('outlives an API that is away, and is back at once', async () => {
    const world = new World()
    world.pool('first', ['192.0.0.0/16'])
    for (const name of many(200)) world.service(name)
    world.cluster.fail = ({ method }) =>
      method === 'GET' ? undefined : new KubeError('unreachable', 'nobody')
    const { controller } = world.controller().start()
    await world.run(60_000, 50)
    const asked = world.cluster.requests.length
    expect(asked).toBeLessThan(200)
    expect(controller.view().writes).toMatchObject({ waiting: 200, resting: true })
    world.cluster.fail = () => undefined
    await world.run(1_500)
    expect(Object.values(world.cluster.addresses()).flat()).toHaveLength(200)
    expect(doubles(world)).toEqual([])
  })

  it('tries a forbidden write slowly, and says which right is missing', async () => {
    const world = new World()
    world.pool('first', ['192.0.2.0/24'])
    world.service('web')
    world.cluster.fail = ({ path }) =>
      path.endsWith('/web/status')
        ? new KubeError('forbidden', 'may not patch services/status', {
            hint: 'grant patch on services/status',
          })
        : undefined
    world.controller().start()
    await world.run(20_000, 50)
    expect(world.cluster.writes('services').length).toBeLessThan(3)
    expect(world.log).toContainEqual(
      expect.objectContaining({
        level: 'error',
        fields: { service: 'default/web', hint: 'grant patch on services/status' },
      }),
    )
    world.cluster.fail = () => undefined
    await world.run(30_000, 50)
    expect(world.cluster.addresses()).toEqual({ 'default/web': ['192.0.2.0'] })
  })

  it('bears a Service that flaps a hundred times a second', async () => {
    const world = new World()
    world.cluster.latencyMs = 4
    world.pool('first', ['192.0.2.0/24'])
    const { controller } = world.controller().start()
    await world.run(100)
    for (let at = 0; at < 1_000; at++) {
      world.service('flapping', { type: at % 2 === 0 ? 'LoadBalancer' : 'ClusterIP' })
      if (at % 100 === 0) world.service(`calm-${at}`)
      await world.run(10)
      expect(controller.view().undecided + controller.view().writes.waiting).toBeLessThan(3)
    }
    const calm = Object.entries(world.cluster.addresses()).filter(([key]) => key.includes('calm'))
    expect(calm.flatMap(([, addresses]) => addresses)).toHaveLength(10)
    expect(doubles(world)).toEqual([])
    expect(world.cluster.writes('flapping').length).toBeLessThan(150)
    world.service('flapping', { type: 'LoadBalancer' })
    await world.run(1_000)
    expect(world.cluster.addresses()['default/flapping']).toHaveLength(1)
  })
})

describe('two controllers', () => {
  it('never give one address twice, when the leader dies in the middle', async () => {
    const world = new World()
    world.cluster.latencyMs = 20
    world.cluster.lagMs = 15
    world.pool('first', ['192.0.0.0/16'])
    for (const name of many(500)) world.service(name)
    const first = world.controller({ elect: 'one' }).start()
    await world.run(100)
    const second = world.controller({ elect: 'two' }).start()
    await world.run(150)
    const before = world.cluster.addresses()
    const held = Object.values(before).flat().length
    expect(held).toBeGreaterThan(50)
    expect(held).toBeLessThan(450)
    first.kill()
    await world.run(14_000, 20)
    expect(second.leadership.leading).toBe(false)
    await world.run(6_000)
    expect(second.leadership.leading).toBe(true)
    const after = world.cluster.addresses()
    expect(Object.values(after).flat()).toHaveLength(500)
    expect(doubles(world)).toEqual([])
    for (const [key, addresses] of Object.entries(before))
      if (addresses.length > 0) expect(after[key]).toEqual(addresses)
  })

  it('hand over at once on a graceful stop', async () => {
    const world = new World()
    world.pool('first', ['192.0.2.0/24'])
    const first = world.controller({ elect: 'one' }).start()
    await world.run(100)
    const second = world.controller({ elect: 'two' }).start()
    await world.run(100)
    expect(second.controller.view()).toMatchObject({ leads: false, leader: 'one' })
    const closed = first.controller.close()
    await world.run(100)
    await closed
    first.kill()
    world.service('web')
    await world.run(1_400)
    expect(second.controller.view()).toMatchObject({ leads: true, leader: 'two' })
    expect(world.cluster.addresses()).toEqual({ 'default/web': ['192.0.2.0'] })
  })

  it('stop writing when the Lease cannot be renewed, and go on when it can, as if nothing had been', async () => {
    const world = new World()
    world.pool('first', ['192.0.2.0/24'])
    const { controller, leadership } = world.controller({ elect: 'one' }).start()
    await world.run(3_000, 20)
    world.cluster.fail = ({ path }) =>
      path.includes('leases') ? new KubeError('unreachable', 'gone') : undefined
    await world.run(12_000, 20)
    expect(leadership.leading).toBe(false)
    world.service('web')
    await world.run(20_000, 50)
    expect(world.cluster.addresses()).toEqual({ 'default/web': [] })
    world.cluster.fail = () => undefined
    world.cluster.requests.length = 0
    await world.run(1_000)
    expect(controller.view().leads).toBe(true)
    expect(world.cluster.addresses()).toEqual({ 'default/web': ['192.0.2.0'] })
    expect(world.cluster.requests.filter(({ path }) => path === '/api/v1/services')).toEqual([])
  })

  it('do no harm when both believe to lead', async () => {
    const world = new World()
    world.cluster.latencyMs = 10
    world.cluster.lagMs = 10
    world.pool('first', ['192.0.0.0/16'])
    for (const name of many(100)) world.service(name)
    const first = world.controller().start()
    const second = world.controller().start()
    await world.run(5_000)
    for (const name of many(20)) world.cluster.delete('Service', 'default', name)
    for (const name of many(10)) world.service(`late-${name}`)
    await world.run(20_000, 20)
    expect(doubles(world)).toEqual([])
    expect(Object.values(world.cluster.addresses()).every((all) => all.length === 1)).toBe(true)
    const quiet = world.cluster.requests.length
    await world.run(20_000, 50)
    expect(world.cluster.requests.slice(quiet).filter(({ path }) => path.includes('services'))).toEqual([])
    for (const { controller } of [first, second]) expect(controller.view().undecided).toBe(0)
  })
})
