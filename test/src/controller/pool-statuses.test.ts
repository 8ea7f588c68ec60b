import { describe, expect, it } from 'vitest'
import { KubeError } from '../../../src/sources/index.ts'
import { World } from './world.ts'

const statusOf = (world: World, name = 'first') =>
  world.cluster.get('IPAddressPool', 'metallb-system', name)?.status

describe('the status of a pool', () => {
  it('follows its use, once a second at most', async () => {
    const world = new World()
    world.pool('first', ['192.0.2.0/24', '2001:db8::/120'])
    world.controller().start()
    await world.run(1_000)
    for (let at = 0; at < 50; at++) {
      world.service(`web-${at}`)
      await world.run(100)
    }
    await world.run(2_000)
    expect(statusOf(world)).toEqual({
      assignedIPv4: 50,
      assignedIPv6: 0,
      availableIPv4: 206,
      availableIPv6: 256,
    })
    expect(world.cluster.writes('ipaddresspools').length).toBeLessThanOrEqual(8)
  })

  it('is not written when it says so already', async () => {
    const world = new World()
    world.cluster.put({
      ...world.pool('first', ['192.0.2.0/24']),
      status: { assignedIPv4: 0, assignedIPv6: 0, availableIPv4: 256, availableIPv6: 0 },
    })
    world.controller().start()
    await world.run(30_000, 50)
    expect(world.cluster.writes()).toEqual([])
  })

  it('is tried again, and said once, while it cannot be written', async () => {
    const world = new World()
    world.pool('first', ['192.0.2.0/24'])
    world.cluster.fail = ({ path }) =>
      path.includes('ipaddresspools') ? new KubeError('unreachable', 'nobody answers') : undefined
    world.controller().start()
    await world.run(60_000, 50)
    expect(world.log.filter(({ message }) => message.includes('IPAddressPools'))).toHaveLength(1)
    expect(world.cluster.requests.filter(({ path }) => path.includes('ipaddresspools')).length).toBeLessThan(
      10,
    )
    world.cluster.fail = () => undefined
    await world.run(60_000, 50)
    expect(statusOf(world)).toMatchObject({ availableIPv4: 256 })
  })
})
