import { beforeEach, describe, expect, it } from 'vitest'
import { KubeError } from '../../../../src/sources/index.ts'
import { forbidden, gone, notJson, unreachable } from '../../../support/fake-kube-api.ts'
import { ManualClock } from '../../../support/manual-clock.ts'
import { bgpAdvertisement, node, object, peer, pool, secret, service } from '../../../support/raw-objects.ts'
import { FollowedCluster } from './followed-cluster.ts'

const HOUR = 3_600_000
const web = (name: string, address = '192.0.2.10') => service(name, [address], { ports: [{ port: 80 }] })
const KINDS = 9

let cluster: FollowedCluster

beforeEach(() => {
  cluster = new FollowedCluster()
  cluster.api.put(
    node('node1'),
    pool('first', { addresses: ['192.0.2.0/24'] }),
    bgpAdvertisement('all'),
    peer('router'),
    web('a'),
  )
})

describe('while the API server is away', () => {
  beforeEach(async () => {
    await cluster.follow()
    cluster.api.takeAsked()
    cluster.api.fault = unreachable
    cluster.api.cut(unreachable())
  })

  it('nothing is handed over for an hour, and the last state stays', async () => {
    const before = cluster.snapshot
    const told = cluster.told.length
    await cluster.run(HOUR, 1000)
    expect(cluster.snapshots).toEqual([before])
    expect(cluster.told.length).toBe(told)
    expect(cluster.codes).toEqual([])
  })

  it('it is asked by one at a time, and said once', async () => {
    await cluster.run(60_000)
    cluster.api.takeAsked()
    await cluster.run(60_000)
    const asked = cluster.api.takeAsked()
    expect(asked.length).toBeGreaterThan(60)
    // Two a second by turns, and each kind once in fifteen to thirty seconds on its own account.
    expect(asked.length).toBeLessThan(60 * 2.5 + KINDS * 4)
    expect(cluster.log.filter((line) => line.includes('does not answer'))).toEqual([
      'warn the API server does not answer: the last known state stays in force',
    ])
  })

  it('the view says so in words, and that it is synced', async () => {
    await cluster.run(5000)
    const view = cluster.watcher?.view()
    expect(view?.synced).toBe(true)
    expect(view?.kinds.find(({ kind }) => kind === 'Service')).toMatchObject({
      synced: true,
      objects: 1,
      trouble: 'connection refused',
    })
  })

  it('what changed meanwhile arrives within a second of its return, without a list', async () => {
    await cluster.run(HOUR, 1000)
    cluster.api.put(web('b', '192.0.2.11'))
    cluster.api.takeAsked()
    cluster.api.fault = () => undefined
    await cluster.run(1200)
    expect(cluster.services).toEqual(['default/a', 'default/b'])
    const asked = cluster.api.takeAsked()
    expect(asked.filter((one) => one.startsWith('watch')).length).toBe(KINDS)
    expect(asked.filter((one) => one.startsWith('list'))).toEqual([])
    expect(cluster.log.at(-1)).toBe('info the API server answers again')
  })

  it('what vanished meanwhile is gone after its return, also when the history is', async () => {
    cluster.api.put(web('b', '192.0.2.11'))
    await cluster.run(20_000)
    cluster.api.remove('Service', 'default', 'a')
    cluster.api.compact()
    cluster.api.fault = () => undefined
    await cluster.run(3000)
    expect(cluster.services).toEqual(['default/b'])
  })
})

describe('a cluster that cannot be reached at first', () => {
  it('is known soon after it can be', async () => {
    cluster.api.fault = unreachable
    await cluster.follow()
    await cluster.run(HOUR, 1000)
    expect(cluster.watcher?.synced).toBe(false)
    expect(cluster.log).toContain('warn the API server does not answer: nothing is known yet')
    cluster.api.fault = () => undefined
    await cluster.run(1500)
    expect(cluster.services).toEqual(['default/a'])
  })
})

describe('a watch that ends', () => {
  beforeEach(() => cluster.follow())

  it('in good order is taken up where it was', async () => {
    await cluster.run(60_000)
    cluster.api.takeAsked()
    cluster.api.cut()
    cluster.api.put(web('b', '192.0.2.11'))
    await cluster.run(50)
    expect(cluster.services).toEqual(['default/a', 'default/b'])
    expect(cluster.api.takeAsked().every((one) => one.startsWith('watch'))).toBe(true)
  })

  it('goes on from a bookmark, so that a compacted history costs no list', async () => {
    cluster.api.put(node('node2'))
    await cluster.run(60_000)
    cluster.api.bookmark()
    await cluster.run(0)
    cluster.api.takeAsked()
    cluster.api.compact()
    cluster.api.cut()
    await cluster.run(1000)
    expect(cluster.api.takeAsked().filter((one) => one.startsWith('list'))).toEqual([])
  })

  it('at once, each time, is asked for ever more rarely', async () => {
    await cluster.run(20_000)
    cluster.api.takeAsked()
    for (let seconds = 0; seconds < 120; seconds += 0.2) {
      cluster.api.cut()
      await cluster.run(200, 200)
    }
    expect(cluster.api.takeAsked().length).toBeLessThan(KINDS * 20)
  })

  it('with 410 as an event leads to a list of that kind alone, and what did not change stays the same', async () => {
    await cluster.run(20_000)
    const before = cluster.snapshot
    cluster.api.takeAsked()
    let once = true
    cluster.api.fault = ({ verb, resource }) => {
      if (verb !== 'watch' || resource !== 'services' || !once) return undefined
      once = false
      return gone()
    }
    cluster.api.cut()
    await cluster.run(1000)
    expect(cluster.api.takeAsked().filter((one) => one.startsWith('list'))).toEqual(['list services'])
    expect(cluster.snapshot).toBe(before)
  })

  it('with an ERROR event of code 410 is listed, of another code taken up again', async () => {
    await cluster.run(20_000)
    cluster.api.takeAsked()
    cluster.api.say({ type: 'ERROR', object: { kind: 'Status', code: 500, message: 'internal' } })
    await cluster.run(1000)
    expect(cluster.api.takeAsked().filter((one) => one.startsWith('list'))).toEqual([])
    await cluster.run(20_000)
    cluster.api.say({
      type: 'ERROR',
      object: { kind: 'Status', code: 410, reason: 'Expired', message: 'old' },
    })
    await cluster.run(1000)
    expect(cluster.api.takeAsked().filter((one) => one.startsWith('list')).length).toBe(KINDS)
  })

  it('with 410 again and again lists each kind ever more rarely', async () => {
    cluster.api.fault = ({ verb }) => (verb === 'watch' ? gone() : undefined)
    cluster.api.cut()
    await cluster.run(60_000)
    const lists = cluster.api.asked.filter(({ verb }) => verb === 'list')
    expect(lists.length).toBeLessThanOrEqual(KINDS * 8)
    expect(lists.length).toBeGreaterThan(KINDS * 2)
  })

  it('with nonsense is taken up again, and nonsense changes nothing', async () => {
    const before = cluster.snapshot
    cluster.api.say({ type: 'ADDED', object: { metadata: { resourceVersion: '999' } } })
    await cluster.run(2000)
    cluster.api.say({ type: 'ADDED', object: { hello: 'world' } })
    await cluster.run(5000)
    expect(cluster.snapshots).toEqual([before])
    expect(cluster.api.watching).toBe(KINDS)
  })
})

describe('refusals', () => {
  it('403 for what decisions need: nothing is handed over, the rule is named, the others go on', async () => {
    cluster.api.fault = ({ resource }) => (resource === 'bgppeers' ? forbidden() : undefined)
    await cluster.follow()
    await cluster.run(10_000)
    expect(cluster.watcher?.synced).toBe(false)
    expect(cluster.codes).toEqual(['ApiForbidden'])
    expect(cluster.diagnostics[0]).toMatchObject({ hint: 'ask for a role', location: { object: 'BGPPeer' } })
    const waiting = cluster.watcher?.view().kinds.filter(({ synced }) => !synced)
    expect(waiting?.map(({ kind }) => kind)).toEqual(['BGPPeer'])
    cluster.api.fault = () => undefined
    await cluster.run(60_000)
    expect(cluster.snapshot?.config.peers.length).toBe(1)
    expect(cluster.codes).toEqual([])
  })

  it('403 for what decisions can do without: named, and everything else is in force', async () => {
    cluster.api.fault = ({ resource }) => (resource === 'communities' ? forbidden() : undefined)
    await cluster.follow()
    await cluster.run(10_000)
    expect(cluster.services).toEqual(['default/a'])
    expect(cluster.codes).toEqual(['ApiForbidden'])
  })

  it('403 for watching alone: said once, and not taken back by each list', async () => {
    cluster.api.fault = ({ resource, verb }) =>
      resource === 'services' && verb === 'watch' ? forbidden() : undefined
    await cluster.follow()
    await cluster.run(600_000, 1000)
    expect(cluster.services).toEqual(['default/a'])
    expect(cluster.codes).toEqual(['ApiForbidden'])
    expect(cluster.log.filter((line) => line.includes('can be read again'))).toEqual([])
    expect(cluster.log.filter((line) => line.startsWith('warn'))).toHaveLength(1)
    cluster.api.fault = () => undefined
    await cluster.run(120_000, 1000)
    expect(cluster.codes).toEqual([])
    expect(cluster.log.filter((line) => line.includes('can be read again'))).toHaveLength(1)
  })

  it('403 for a server that is just starting: not a word of it', async () => {
    let refusals = 0
    cluster.api.fault = () => (refusals++ < KINDS ? forbidden() : undefined)
    await cluster.follow()
    await cluster.run(2000)
    expect(cluster.services).toEqual(['default/a'])
    expect(cluster.told).toEqual([])
    expect(cluster.log).toEqual([])
  })

  it('a right that is taken away takes no object away', async () => {
    await cluster.follow()
    cluster.api.fault = ({ resource }) => (resource === 'services' ? forbidden() : undefined)
    cluster.api.cut()
    await cluster.run(HOUR, 1000)
    expect(cluster.services).toEqual(['default/a'])
    expect(cluster.codes).toEqual(['ApiForbidden'])
    const asked = cluster.api.takeAsked().filter((one) => one.endsWith('services'))
    expect(asked.length).toBeLessThan(150)
  })

  it('404: a kind that the server does not know is empty, and named; and is there once it is known', async () => {
    cluster.api.serve('IPAddressPool', false)
    await cluster.follow()
    await cluster.run(4000)
    expect(cluster.snapshot?.config.pools).toEqual([])
    expect(cluster.codes).toContain('ApiKindMissing')
    cluster.api.serve('IPAddressPool', true)
    await cluster.run(30_000)
    expect(cluster.snapshot?.config.pools.map(({ name }) => name)).toEqual(['first'])
    expect(cluster.codes).toEqual([])
  })

  it('404 for a moment takes nothing away, 404 for minutes does', async () => {
    await cluster.follow()
    cluster.api.serve('IPAddressPool', false)
    cluster.api.fault = ({ verb, resource }) =>
      verb === 'watch' && resource === 'ipaddresspools'
        ? new KubeError('not-found', 'not served', { status: 404 })
        : undefined
    cluster.api.cut()
    await cluster.run(15_000)
    expect(cluster.snapshot?.config.pools.length).toBe(1)
    await cluster.run(180_000, 500)
    expect(cluster.snapshot?.config.pools.length).toBe(0)
  })

  it('401 is said once for all kinds, and ends when the server knows us again', async () => {
    await cluster.follow()
    cluster.api.fault = () => new KubeError('unauthorized', 'who are you')
    cluster.api.cut()
    await cluster.run(60_000)
    expect(cluster.codes).toEqual(['ApiUnauthorized'])
    cluster.api.fault = () => undefined
    await cluster.run(31_000)
    expect(cluster.codes).toEqual([])
    expect(cluster.api.watching).toBe(KINDS)
  })

  it('429 is asked again no sooner than told', async () => {
    await cluster.follow()
    cluster.api.takeAsked()
    cluster.api.fault = () => new KubeError('busy', 'later', { retryAfterMs: 20_000 })
    cluster.api.cut(new KubeError('busy', 'later', { retryAfterMs: 20_000 }))
    await cluster.run(19_000)
    expect(cluster.api.takeAsked()).toEqual([])
    await cluster.run(7000)
    expect(cluster.api.takeAsked().length).toBe(KINDS)
  })
})

describe('answers that are none', () => {
  it.each([
    ['not JSON', () => notJson()],
    ['another JSON', () => ({ answer: { hello: 'world' } })],
    ['a list without a version', () => ({ answer: { items: [], metadata: {} } })],
    ['null', () => ({ answer: null })],
    ['items that are no objects', () => ({ answer: { items: [1], metadata: { resourceVersion: '5' } } })],
  ])('%s: nothing is handed over, and the source recovers', async (_, fault) => {
    cluster.api.fault = fault
    await cluster.follow()
    await cluster.run(20_000)
    expect(cluster.watcher?.synced).toBe(false)
    expect(cluster.codes).toEqual(['ApiFailed'])
    cluster.api.fault = () => undefined
    await cluster.run(31_000)
    expect(cluster.services).toEqual(['default/a'])
  })

  it('too long: pages become smaller until they come', async () => {
    cluster.api.fault = ({ resource, query }) =>
      resource === 'services' && Number(query.limit) > 10 ? notJson() : undefined
    await cluster.follow()
    await cluster.run(10_000)
    expect(cluster.services).toEqual(['default/a'])
  })

  it('a list whose pages expire under way is begun again, and complete', async () => {
    for (let n = 0; n < 600; n++) cluster.api.put(web(`more-${n}`))
    let pages = 0
    cluster.api.fault = ({ resource, query }) => {
      if (resource === 'services' && query.continue !== undefined && ++pages === 2) cluster.api.compact()
      return undefined
    }
    await cluster.follow()
    expect(cluster.snapshot).toBeUndefined()
    await cluster.run(12_000)
    expect(cluster.services.length).toBe(601)
  })
})

describe('changes', () => {
  beforeEach(() => cluster.follow())

  it('a single one goes through without waiting', async () => {
    await cluster.run(1000)
    const handed = cluster.snapshots.length
    cluster.api.put(web('b'))
    await cluster.run(0)
    expect(cluster.snapshots.length).toBe(handed + 1)
  })

  it('those of a burst go together', async () => {
    await cluster.run(1000)
    const handed = cluster.snapshots.length
    for (let n = 0; n < 1000; n++) {
      cluster.api.put(web('b', `192.0.2.${n % 250}`))
      if (n % 100 === 0) await cluster.run(1, 1)
    }
    await cluster.run(20)
    expect(cluster.snapshots.length - handed).toBeLessThanOrEqual(5)
    expect(cluster.snapshot?.services.get('default/b')?.addresses).toEqual(['192.0.2.249'])
  })

  it('an object has the identity it had last', async () => {
    const before = cluster.watcher?.identity('Service', 'default', 'a')
    expect(before).toMatchObject({ apiVersion: 'v1', kind: 'Service', namespace: 'default', name: 'a' })
    cluster.api.put(web('a', '192.0.2.77'))
    await cluster.run(0)
    const after = cluster.watcher?.identity('Service', 'default', 'a')
    expect(after?.uid).toBe(before?.uid)
    expect(Number(after?.resourceVersion)).toBeGreaterThan(Number(before?.resourceVersion))
    expect(cluster.watcher?.identity('Service', 'default', 'nobody')).toBeUndefined()
    expect(cluster.watcher?.identity('Node', '', 'node1')).toMatchObject({ kind: 'Node', name: 'node1' })
    cluster.api.remove('Service', 'default', 'a')
    await cluster.run(0)
    expect(cluster.watcher?.identity('Service', 'default', 'a')).toBeUndefined()
  })

  it('a slice that belongs to no Service is not even asked for', () => {
    const asked = cluster.api.asked.filter(({ resource }) => resource === 'endpointslices')
    expect(asked.map(({ query }) => query.labelSelector)).toEqual(
      asked.map(() => 'kubernetes.io/service-name'),
    )
  })
})

describe('Secrets', () => {
  const guarded = (name: string, password: string) =>
    peer(name, { peerAddress: '192.0.2.2', passwordSecret: { name: password } })
  const asked = () =>
    cluster.api.asked
      .splice(0)
      .flatMap(({ verb, resource, query }) =>
        resource === 'secrets' ? [`${verb} ${query.fieldSelector}`] : [],
      )

  it('only those that peers name are read, each by its name, and no longer than they are named', async () => {
    cluster.api.put(secret('router', { stringData: { password: 'x' } }), secret('other'))
    await cluster.follow()
    expect(asked()).toEqual([])
    cluster.api.put(guarded('router', 'router'))
    await cluster.run(0)
    expect(asked()).toEqual(['list metadata.name=router', 'watch metadata.name=router'])
    expect(cluster.watcher?.view().kinds.map(({ kind }) => kind)).toContain('Secret metallb-system/router')
    cluster.api.put(peer('router'))
    await cluster.run(100)
    expect(cluster.api.watching).toBe(KINDS)
    expect(cluster.snapshot?.config.peers[0]?.password).toBeUndefined()
  })

  it('a peer does not come before its password', async () => {
    cluster.api.put(secret('second', { stringData: { password: 'x' } }))
    await cluster.follow()
    cluster.api.put(guarded('second', 'second'))
    await cluster.run(100)
    const known = cluster.snapshots.flatMap(({ config }) =>
      config.peers.filter(({ name }) => name === 'second'),
    )
    expect(known.map(({ password }) => password)).toEqual(known.map(() => 'x'))
    expect(known.length).toBeGreaterThan(0)
  })

  it('one that may not be read is named, and the other peers go on', async () => {
    cluster.api.put(guarded('second', 'second'))
    cluster.api.fault = ({ resource }) => (resource === 'secrets' ? forbidden() : undefined)
    await cluster.follow()
    await cluster.run(3000)
    expect(cluster.snapshot?.config.peers.map(({ name }) => name)).toEqual(['router'])
    expect(cluster.codes).toContain('ApiForbidden')
  })

  it('one that does not come holds nothing up for long', async () => {
    cluster.api.put(guarded('second', 'second'))
    cluster.api.fault = ({ resource }) => (resource === 'secrets' ? 'hang' : undefined)
    await cluster.follow()
    expect(cluster.snapshot).toBeUndefined()
    await cluster.run(2500)
    expect(cluster.snapshot?.config.peers.map(({ name }) => name)).toEqual(['router'])
  })

  it('the controller reads none, and still knows the peers', async () => {
    cluster.api.put(guarded('second', 'second'), object('v1', 'Namespace', { name: 'default' }))
    await cluster.follow('controller')
    expect(asked()).toEqual([])
    expect(cluster.snapshot?.config.peers.map(({ name }) => name)).toEqual(['router', 'second'])
    expect([...(cluster.snapshot?.namespaces.keys() ?? [])]).toEqual(['default'])
    expect(cluster.codes).toEqual([])
  })
})

it('a list is taken in a little at a time: others have their turn every few milliseconds', async () => {
  for (let n = 0; n < 200; n++) cluster.api.put(web(`more-${n}`))
  let turns = 0
  const { soon } = cluster.clock
  // Time goes by only while something is taken in: a tenth of a millisecond each time somebody looks at the clock.
  cluster.clock.now = () => {
    cluster.clock.stall(0.1)
    return ManualClock.prototype.now.call(cluster.clock)
  }
  cluster.clock.soon = (fire) => {
    turns++
    return soon.call(cluster.clock, fire)
  }
  await cluster.follow()
  await cluster.run(100, 1)
  expect(cluster.services.length).toBe(201)
  expect(turns).toBeGreaterThanOrEqual(6)
})

it('a handler that throws is reported, and the next state is handed over all the same', async () => {
  const { onSnapshot } = cluster.handlers
  cluster.handlers.onSnapshot = () => {
    cluster.handlers.onSnapshot = onSnapshot
    throw new Error('no')
  }
  await cluster.follow()
  expect(cluster.log).toEqual(['error taking over the cluster state failed'])
  cluster.api.put(web('b'))
  await cluster.run(100)
  expect(cluster.services).toEqual(['default/a', 'default/b'])
})

it('nothing is left when it is closed', async () => {
  cluster.api.put(peer('second', { passwordSecret: { name: 'second' } }))
  await cluster.follow()
  cluster.watcher?.close()
  await cluster.run(0)
  expect(cluster.api.watching).toBe(0)
  await cluster.run(10_000)
  expect(cluster.clock.size).toBe(0)
})
