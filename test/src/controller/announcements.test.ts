import { describe, expect, it } from 'vitest'
import { World } from './world.ts'

type Condition = {
  readonly type: string
  readonly status: string
  readonly reason: string
  readonly message: string
}

const conditionOf = (world: World, name = 'web'): Condition | undefined => {
  const status = world.cluster.get('Service', 'default', name)?.status as {
    conditions?: readonly Condition[]
  }
  return status?.conditions?.find(({ type }) => type === 'oyez.io/Announced')
}

/** A settled controller; everything announces `web` but for its endpoints. */
async function announcing(): Promise<World> {
  const world = new World()
  world.pool('first', ['192.0.2.0/24'])
  world.network('node1', 'node2')
  world.service('web')
  world.endpoints('web', 'node1')
  world.controller().start()
  await world.run(12_000, 50)
  return world
}

describe('a Service with an address', () => {
  it('is not written to while somebody announces it', async () => {
    const world = await announcing()
    expect(conditionOf(world)).toBeUndefined()
    expect(world.cluster.writes('services')).toHaveLength(1)
    expect(world.events().filter((text) => text.includes('nnounced'))).toEqual([])
  })

  it('gets a condition and one event when nobody does, and again when somebody does', async () => {
    const world = await announcing()
    world.endpoints('web')
    await world.run(4_500, 50)
    expect(conditionOf(world)).toBeUndefined()
    await world.run(1_500, 50)
    expect(conditionOf(world)).toMatchObject({
      status: 'False',
      reason: 'NoEndpoints',
      lastTransitionTime: expect.any(String),
    })
    await world.run(30_000, 50)
    expect(
      world.events().filter((text) => text.startsWith('NotAnnounced Service web: NoEndpoints: ')),
    ).toHaveLength(1)
    expect(world.cluster.writes('services')).toHaveLength(2)
    world.endpoints('web', 'node2')
    await world.run(2_000, 50)
    expect(conditionOf(world)).toMatchObject({ status: 'True', reason: 'Announced' })
    expect(world.events()).toContainEqual('Announced Service web: at least one node announces it')
    await world.run(30_000, 50)
    expect(world.cluster.writes('services')).toHaveLength(3)
  })

  it('is not talked about for what lasts a moment', async () => {
    const world = await announcing()
    for (let at = 0; at < 10; at++) {
      world.endpoints('web')
      await world.run(3_000, 50)
      world.endpoints('web', 'node1')
      await world.run(500, 50)
    }
    await world.run(10_000, 50)
    expect(conditionOf(world)).toBeUndefined()
    expect(world.events().filter((text) => text.includes('NotAnnounced'))).toEqual([])
  })

  it('is told the reason of the node that came furthest, and a new one when it changes', async () => {
    const world = await announcing()
    world.service('web', { externalTrafficPolicy: 'Local' })
    world.node('node1', { 'node.kubernetes.io/exclude-from-external-load-balancers': '' })
    await world.run(6_000, 50)
    expect(conditionOf(world)).toMatchObject({
      reason: 'NoLocalEndpoints',
      message: expect.stringContaining('node2 comes closest'),
    })
    world.cluster.delete('BGPPeer', 'metallb-system', 'router')
    world.node('node1')
    await world.run(6_000, 50)
    expect(conditionOf(world)).toMatchObject({ status: 'False', reason: 'NoPeers' })
    world.cluster.delete('BGPAdvertisement', 'metallb-system', 'all')
    await world.run(6_000, 50)
    expect(conditionOf(world)).toMatchObject({ status: 'False', reason: 'NoAdvertisement' })
    expect(world.events().filter((text) => text.startsWith('NotAnnounced'))).toHaveLength(3)
  })

  it('loses the condition with the address', async () => {
    const world = await announcing()
    world.endpoints('web')
    await world.run(6_000, 50)
    expect(conditionOf(world)).toBeDefined()
    world.service('web', { type: 'ClusterIP' })
    await world.run(2_000, 50)
    expect(conditionOf(world)).toBeUndefined()
    expect(world.cluster.addresses()['default/web']).toEqual([])
  })

  it('is left alone when it is not ours', async () => {
    const world = new World()
    world.service('theirs', { loadBalancerClass: 'example.net/x' }, { addresses: ['203.0.113.1'] })
    world.pool('first', ['192.0.2.0/24'])
    world.controller().start()
    await world.run(20_000, 50)
    expect(world.cluster.writes('services')).toEqual([])
  })

  it('keeps what a predecessor said, and says nothing twice', async () => {
    const world = await announcing()
    world.endpoints('web')
    await world.run(6_000, 50)
    const { resourceVersion } = world.cluster.get('Service', 'default', 'web')?.metadata ?? {}
    world.cluster.requests.length = 0
    world.controller().start()
    await world.run(20_000, 50)
    expect(world.cluster.get('Service', 'default', 'web')?.metadata.resourceVersion).toBe(resourceVersion)
    expect(world.cluster.writes('services')).toEqual([])
  })
})
