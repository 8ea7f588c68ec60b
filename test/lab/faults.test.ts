/**
 * Things that go wrong around oyez: what it depends on is slow or away, is taken back or comes too fast. In all of them
 * the routes that are right stay, and what changes goes through as soon as it can.
 */
import { readFileSync } from 'node:fs'
import { afterAll, beforeAll, expect, test } from 'vitest'
import {
  awaitUntil,
  type Bird,
  type KubeObject,
  OYEZ,
  type OyezSpeaker,
  serviceObject,
  sliceObject,
} from '../../bird-testbed/index.ts'
import { describeLab } from './describe-lab.ts'
import { AnnouncingCluster, metallbObject, RouteWatch, received } from './support/announcing-cluster.ts'
import { ControllerProgram, NAMESPACE, numbered, PATIENCE } from './support/controller-program.ts'
import { FakedClock, hoursAhead } from './support/faked-clock.ts'

const UNBROKEN = { lacked: [], sessions: 0, withdrawals: 0 }

describeLab('oyez and an API server in trouble', ['bird', 'control-plane'], () => {
  let cluster: AnnouncingCluster
  let first: string
  beforeAll(async () => {
    cluster = await AnnouncingCluster.start('faults of the control plane', { nodes: 2, etcdPath: true })
    first = await cluster.announce('first')
  })
  afterAll(() => cluster?.lab.dispose())

  test('etcd takes 300 ms for each request: routes stay, a new Service has its route, the leader leads on', async () => {
    const { plane } = cluster
    const before = await cluster.lease()
    await using watch = await RouteWatch.over(cluster, first)
    // In each direction.
    await plane.etcdPath?.slow(150)
    const asked = performance.now()
    await cluster.announce('slow')
    const took = Math.round(performance.now() - asked)
    console.log(`a route while etcd is slow: ${took} ms`)
    // Fewer requests than that cannot make a Service and write its address.
    expect(took).toBeGreaterThan(900)
    await renewed((await cluster.lease()).renewTime)
    const { holderIdentity, leaseTransitions } = await cluster.lease()
    await plane.etcdPath?.mend()
    expect(await watch.stop()).toMatchObject(UNBROKEN)
    expect({ holderIdentity, leaseTransitions }).toMatchObject({
      holderIdentity: before.holderIdentity,
      leaseTransitions: before.leaseTransitions,
    })
    expect(await cluster.addressOf('first')).toBe(first)
  })

  test('so slow that the Lease is lost: no address moves, and the work goes on when etcd is back', async () => {
    const { plane, controller } = cluster
    await using watch = await RouteWatch.over(cluster, first)
    await plane.etcdPath?.hang()
    await controller.says('not leading: nothing is written until that changes')
    const renewTime = (await leaseOnceServed(() => plane.etcdPath?.mend())).renewTime
    await controller.says('leading again')
    await renewed(renewTime)
    await cluster.announce('after-loss')
    expect(await watch.stop()).toMatchObject(UNBROKEN)
    expect(await cluster.addressOf('first')).toBe(first)
    const { leaseTransitions } = await cluster.lease()
    expect(leaseTransitions).toBe(0)
  })

  test('the token is renewed in its file: nobody notices', async () => {
    await using watch = await RouteWatch.over(cluster, first)
    for (const name of ['oyez-controller', 'oyez-speaker'])
      await cluster.plane.serviceAccount(NAMESPACE, name).then((access) => access.renew())
    await cluster.announce('renewed', { within: 5_000 })
    expect(await watch.stop()).toMatchObject(UNBROKEN)
  })

  test('the token is refused: routes stay, and all goes on within seconds of a good one', async () => {
    const { plane, controller, speaker } = cluster
    const accounts = await Promise.all(
      ['oyez-controller', 'oyez-speaker'].map((name) => plane.serviceAccount(NAMESPACE, name)),
    )
    await using watch = await RouteWatch.over(cluster, first)
    for (const access of accounts) access.spoil()
    const isRefused = () =>
      [controller.process.output, speaker.log].every((log) => /watch .*HTTP 401/.test(log))
    // Watches are asked who they are when they begin, and a token that was read just before is still a good one.
    const cutOff = async () => {
      await plane.apiServer.restart()
      return awaitUntil(isRefused, 'both are refused', { within: 5_000 })
    }
    await awaitUntil(cutOff, 'a new watch is refused', PATIENCE)
    await cluster.createService('with-token')
    for (const access of accounts) await access.renew()
    const asked = performance.now()
    await cluster.announce('after-token', { within: 30_000 })
    const took = Math.round(performance.now() - asked)
    console.log(`a route after a good token: ${took} ms`)
    expect(took).toBeLessThan(10_000)
    await awaitUntil(() => cluster.addressOf('with-token'), 'the one before it has its address')
    expect(await watch.stop()).toMatchObject(UNBROKEN)
  })

  test('the API server is away for a minute: routes stay, and a Service has its route 2 s after its return', async () => {
    const { plane } = cluster
    await using watch = await RouteWatch.over(cluster, first)
    await plane.apiServer.stop()
    const back = performance.now() + 60_000
    await awaitUntil(() => performance.now() > back, 'a minute is over', { within: 70_000 })
    await plane.apiServer.start()
    const asked = performance.now()
    await cluster.announce('back', { within: 30_000, every: 10 })
    const took = performance.now() - asked
    console.log(`a route after the return of the API server: ${Math.round(took)} ms`)
    const seen = await watch.stop()
    expect(seen).toMatchObject(UNBROKEN)
    expect(seen.looks).toBeGreaterThan(400)
    expect(took).toBeLessThan(2_000)
  }, 240_000)

  async function renewed(since: string): Promise<void> {
    await awaitUntil(async () => (await cluster.lease()).renewTime > since, 'the Lease is renewed', PATIENCE)
  }

  async function leaseOnceServed(mend: () => Promise<void> | undefined) {
    await mend()
    return awaitUntil(() => cluster.lease(), 'the Lease can be read', PATIENCE)
  }
})

describeLab('oyez and objects that come and go', ['bird', 'control-plane'], () => {
  let cluster: AnnouncingCluster
  let first: string
  beforeAll(async () => {
    cluster = await AnnouncingCluster.start('objects that come and go', { nodes: 2 })
    first = await cluster.announce('first')
  })
  afterAll(() => cluster?.lab.dispose())

  test('a Node that is deleted announces nothing; the others do, and it does again once it is back', async () => {
    const { plane, bird, speaker, nodes } = cluster
    const [own, other] = nodes
    if (own === undefined || other === undefined) throw new Error('not enough nodes')
    await using watch = await RouteWatch.over({ bird, nodes: [other] }, first)
    await plane.api.remove(await plane.api.get('v1', 'Node', own.name))
    await cluster.announcedBy(first, [other.name])
    await awaitUntil(() => /default\/first code=NodeUnknown/.test(speaker.log), 'the reason is told')
    await plane.addNode(own.name, { addresses: [own.address] })
    const asked = performance.now()
    await cluster.routed(first)
    const took = Math.round(performance.now() - asked)
    console.log(`a route after the return of the Node: ${took} ms`)
    expect(await watch.stop()).toMatchObject(UNBROKEN)
    // Its routes went and came over one and the same session.
    expect(bird.timesUp(own.name)).toBe(1)
  })

  test('a Service flaps 100 times a second: its neighbours do not wait for it, and nothing piles up', async () => {
    const flapping = await cluster.announce('flapping')
    await using watch = await RouteWatch.over(cluster, first)
    const before = await changesOf()
    const rssBefore = highestRss()
    const end = performance.now() + 20_000
    const [flaps, calm] = await Promise.all([flapUntil(cluster, end), announceUntil(cluster, end)])
    await cluster.routed(flapping)
    const changes = (await changesOf()).map((count, at) => count - (before[at] ?? 0) - calm.length)
    const rss = highestRss()
    const [p50 = Number.NaN, worst = Number.NaN] = [calm[calm.length >> 1], calm.at(-1)]
    console.log('flapping', { flaps, changes, others: calm.length, p50, worst, rssBefore, rss })
    expect(flaps).toBeGreaterThan(500)
    expect(Math.min(...changes)).toBeGreaterThan(0)
    // The router hears of a flap once at most; of those that come faster than they can be told, only of the last.
    expect(Math.max(...changes)).toBeLessThanOrEqual(flaps)
    expect(p50).toBeLessThan(500)
    expect(worst).toBeLessThan(5_000)
    expect(rss - rssBefore).toBeLessThan(100)
    expect(await watch.stop()).toMatchObject({ lacked: [], sessions: 0 })
  })

  const highestRss = () => Math.max(...cluster.speakers.map(rssOf))

  /** Routes told to BIRD and taken back, by node. */
  const changesOf = () =>
    Promise.all(
      cluster.nodes.map(async ({ name }) => {
        const { updates, withdraws } = await received(cluster.bird, name)
        return updates + withdraws
      }),
    )

  const SPEAKERS = ['speaker-node0', 'speaker-node1']
  const INVALID: readonly {
    readonly kind: string
    readonly name: string
    readonly spec: object
    readonly says: RegExp
    /** Whom it concerns. */
    readonly told: readonly string[]
  }[] = [
    {
      kind: 'BGPPeer',
      name: 'router',
      spec: { vrf: 'red' },
      says: /vrf is not supported yet/,
      told: SPEAKERS,
    },
    {
      kind: 'BGPAdvertisement',
      name: 'all',
      spec: { aggregationLength: 8 },
      says: /reaches past 10\.0\.0\.0\/16 of IPAddressPool main/,
      told: SPEAKERS,
    },
    {
      kind: 'IPAddressPool',
      name: 'main',
      spec: { addresses: ['10.0.0.0/16', '10.0.3.0/24'] },
      says: /overlaps 10\.0\.0\.0\/16 of this pool/,
      told: ['controller', ...SPEAKERS],
    },
  ]
  test.each(INVALID)(
    '$kind becomes invalid: the last good one stays in force until it is deleted',
    async ({ kind, name, spec, says, told }) => {
      const { plane } = cluster
      const good = metallbObject(kind, name, {})
      const { metadata: _, ...rest } = await plane.api.get(good.apiVersion, kind, name, NAMESPACE)
      await using watch = await RouteWatch.over(cluster, first)
      await plane.api.patch(good, { spec })
      for (const component of told) {
        const { errorSummary = '' } = await invalid(component)
        expect(errorSummary).toContain(`${kind} ${NAMESPACE}/${name}`)
        expect(errorSummary).toMatch(says)
        expect(errorSummary).toContain('its last good version stays in force')
      }
      await cluster.announce(`beside-${kind.toLowerCase()}`)
      expect(await watch.stop()).toMatchObject(UNBROKEN)
      await plane.api.remove(good)
      await cluster.announcedBy(first, [])
      for (const component of told) await valid(component)
      await plane.api.create({ ...rest, metadata: { name, namespace: NAMESPACE } } as KubeObject)
      await awaitUntil(() => cluster.addressOf('first'), 'the Service has an address again', PATIENCE)
      first = (await cluster.addressOf('first')) ?? ''
      await cluster.routed(first)
    },
  )

  const invalid = (component: string) =>
    awaitUntil(
      async () => {
        const state = await cluster.configurationState(component)
        return state.result === 'Invalid' && state
      },
      `${component} says that the configuration is invalid`,
      PATIENCE,
    )
  const valid = (component: string) =>
    awaitUntil(
      async () => (await cluster.configurationState(component)).result === 'Valid',
      `${component} says that the configuration is valid`,
      PATIENCE,
    )
})

describeLab('the only Node of a cluster', ['bird', 'control-plane'], () => {
  let cluster: AnnouncingCluster
  beforeAll(async () => {
    cluster = await AnnouncingCluster.start('the only Node of a cluster')
  })
  afterAll(() => cluster?.lab.dispose())

  test('is deleted and made again: where no Node is described, routes and sessions stay', async () => {
    const { plane, nodes } = cluster
    const first = await cluster.announce('first')
    await using watch = await RouteWatch.over(cluster, first)
    await plane.api.remove(await plane.api.get('v1', 'Node', 'node0'))
    await awaitUntil(async () => (await nodesKnown()) === 0, 'the speaker has heard of it')
    await cluster.announce('meanwhile')
    await plane.addNode('node0', { addresses: nodes.map(({ address }) => address) })
    await awaitUntil(async () => (await nodesKnown()) === 1, 'the speaker has heard of that, too')
    await cluster.announce('afterwards')
    expect(await watch.stop()).toMatchObject(UNBROKEN)
  })

  async function nodesKnown(): Promise<number> {
    const metrics = await cluster.speaker.host.exec([
      'curl',
      '-s',
      '--noproxy',
      '*',
      'http://127.0.0.1:9120/metrics',
    ])
    return Number(/^oyez_source_objects\{kind="Node"\} (\d+)$/m.exec(metrics.stdout)?.[1])
  }
})

describeLab('a speaker that is killed', ['bird', 'control-plane'], () => {
  const SERVICES = 3_000
  let cluster: AnnouncingCluster
  beforeAll(async () => {
    cluster = await AnnouncingCluster.start('a speaker that is killed')
    const services = numbered('many', SERVICES).map((name) => serviceObject(name))
    const slices = services.map((service) => sliceObject(service, [{ address: '10.244.0.7', node: 'node0' }]))
    await cluster.plane.plant(...services, ...slices)
    await allRoutes()
  })
  afterAll(() => cluster?.lab.dispose())

  const allRoutes = () =>
    awaitUntil(
      async () => (await cluster.bird.routeCount('node0')) === SERVICES,
      `BIRD has ${SERVICES} routes`,
      PATIENCE,
    )

  test('and started again with 3,000 Services tells the router the very same', async () => {
    const before = await tableOf(cluster.bird)
    const killed = performance.now()
    await cluster.speaker.stop('SIGKILL')
    await awaitUntil(async () => (await cluster.bird.routeCount('node0')) === 0, 'the router has noticed')
    const started = performance.now()
    const [lacking] = await Promise.all([
      allRoutes().then(() => performance.now()),
      cluster.speaker.restart(),
    ])
    const [whole = Number.NaN, fresh = Number.NaN] = [lacking - killed, lacking - started].map(Math.round)
    console.log(`${SERVICES} routes were away for ${whole} ms, ${fresh} ms of it after the start`)
    expect(await tableOf(cluster.bird)).toEqual(before)
    expect(before).toHaveLength(SERVICES)
    expect(fresh).toBeLessThan(20_000)
  })
})

describeLab('a wall clock that jumps', ['bird', 'control-plane', 'faketime'], () => {
  let cluster: AnnouncingCluster
  let clock: FakedClock
  let steady: ControllerProgram
  let first: string
  beforeAll(async () => {
    cluster = await AnnouncingCluster.prepare('a wall clock that jumps')
    const { lab, plane, nodes, bird } = cluster
    // Ahead from the beginning: the certificates of this lab are not valid an hour ago.
    clock = new FakedClock(lab, 2)
    const [node] = nodes
    if (node === undefined) throw new Error('no node')
    const { kubeconfig } = await plane.serviceAccount(NAMESPACE, 'oyez-speaker')
    const where = ['--namespace', NAMESPACE, '--kubeconfig']
    const speaker = [
      process.execPath,
      OYEZ,
      'speaker',
      '--node',
      node.name,
      '--socket',
      node.file('oyez.sock'),
    ]
    clock.spawn(node, 'speaker', [...speaker, ...where, kubeconfig])
    const leader = await plane.serviceAccount(NAMESPACE, 'oyez-controller')
    const controller = [process.execPath, OYEZ, 'controller', '--pod-name', 'jumping', '--webhook-port', '0']
    clock.spawn(plane.host, 'jumping', [...controller, ...where, leader.kubeconfig])
    await awaitUntil(
      async () => (await cluster.lease()).holderIdentity.startsWith('jumping_'),
      'it leads',
      PATIENCE,
    )
    steady = await ControllerProgram.start(plane, 'steady')
    await steady.says(/leader holder=jumping_/)
    await bird.established(node.name)
    first = await cluster.announce('first')
  })
  afterAll(async () => {
    await clock?.[Symbol.asyncDispose]()
    await cluster?.lab.dispose()
  })

  test.each([
    { jump: '+1 h', hours: 3 },
    { jump: '-1 h', hours: 2 },
  ])('$jump: routes stay, the leader leads on, a new Service has its route', async ({ jump, hours }) => {
    const before = await cluster.lease()
    await using watch = await RouteWatch.over(cluster, first)
    clock.set(hours)
    const jumped = async () => hoursAhead((await cluster.lease()).renewTime) === hours
    await awaitUntil(jumped, `the Lease is renewed by the other time`, { within: 8_000 })
    await cluster.announce(`after-${hours}`)
    await awaitUntil(() => speakerTells(`after-${hours}`, hours), 'the speaker goes by that time, too')
    await renewals(9)
    expect(await watch.stop()).toMatchObject(UNBROKEN)
    const { holderIdentity, leaseTransitions } = await cluster.lease()
    expect({ jump, holderIdentity, leaseTransitions }).toEqual({
      jump,
      holderIdentity: before.holderIdentity,
      leaseTransitions: before.leaseTransitions,
    })
    expect(steady.process.output).not.toContain('self=true')
    expect(await repeatedEvents()).toEqual([])
  })

  /** Longer than anybody waits who thinks that the leader is gone. */
  async function renewals(count: number): Promise<void> {
    const seen = new Set<string>()
    await awaitUntil(
      async () => seen.add((await cluster.lease()).renewTime).size > count,
      `the Lease is renewed ${count} times`,
      PATIENCE,
    )
  }

  const events = async () => (await cluster.plane.api.list('v1', 'Event')) as unknown as readonly EventFacts[]

  const speakerTells = async (service: string, hours: number): Promise<boolean> =>
    (await events()).some(
      ({ reason, involvedObject, lastTimestamp }) =>
        reason === 'nodeAssigned' && involvedObject.name === service && hoursAhead(lastTimestamp) === hours,
    )

  async function repeatedEvents(): Promise<readonly string[]> {
    return (await events())
      .filter(({ count }) => count !== 1)
      .map(({ reason, message, count }) => `${count} ${reason}: ${message}`)
  }
})

interface EventFacts {
  readonly involvedObject: { readonly name: string }
  readonly lastTimestamp: string
  readonly reason: string
  readonly message: string
  readonly count: number
}

/** Its endpoint turns unready and ready, a hundred times a second as far as the API server keeps up; how often. */
async function flapUntil({ plane }: AnnouncingCluster, end: number): Promise<number> {
  const slice = (ready: boolean) =>
    sliceObject(serviceObject('flapping'), [{ address: '10.244.0.7', node: 'node0', ready }])
  const flap = (ready: boolean) => plane.api.patch(slice(ready), { endpoints: slice(ready).endpoints })
  const underWay: Promise<KubeObject>[] = []
  let flaps = 1
  for (let next = performance.now(); next < end; flaps++) {
    underWay.push(flap(flaps % 2 === 0))
    if (underWay.length > 8) await underWay.shift()
    next = Math.max(next + 10, performance.now())
    await new Promise((resolve) => setTimeout(resolve, next - performance.now()))
  }
  await Promise.all(underWay)
  await flap(true)
  return flaps
}

/** One Service after the other; how many milliseconds it took until their routes were there, in ascending order. */
async function announceUntil(cluster: AnnouncingCluster, end: number): Promise<readonly number[]> {
  const took: number[] = []
  while (performance.now() < end) {
    const asked = performance.now()
    await cluster.announce(`calm-${took.length}`, { within: 20_000, every: 5 })
    took.push(Math.round(performance.now() - asked))
  }
  return took.sort((a, b) => a - b)
}

/** What the router has from node0, each route with all its attributes. */
async function tableOf(bird: Bird): Promise<readonly string[]> {
  return (await bird.routes('protocol node0')).map((route) => JSON.stringify(route)).sort()
}

/** The highest so far, in MB. */
function rssOf({ pid }: OyezSpeaker): number {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8')
  return Math.round(Number(/^VmHWM:\s+(\d+) kB/m.exec(status)?.[1]) / 1_024)
}
