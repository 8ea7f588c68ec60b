import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Service } from '../../../src/cluster/index.ts'
import { ClusterPlanner, planNode } from '../../../src/plan/index.ts'
import { arbitraryCluster } from '../../support/random-cluster.ts'
import { bgpAdvertisement, node, peer, pool, service, snapshotOf } from '../../support/raw-objects.ts'

const lookAt = (values: readonly unknown[]) => {
  const snapshot = snapshotOf(values)
  const planner = new ClusterPlanner()
  planner.update(snapshot)
  return planner.look(snapshot.services.get('default/web') as Service)
}

const NETWORK = [pool('first', { addresses: ['192.0.2.0/24'] }), bgpAdvertisement('all'), peer('router')]

describe('whether any node announces a service', () => {
  it('is no without a node, and the reason is the service where that is enough', () => {
    expect(lookAt([...NETWORK, service('web', ['192.0.2.1'])])).toMatchObject({ code: 'NodeUnknown' })
    expect(lookAt([...NETWORK, service('web')])).toMatchObject({ code: 'NoAddress' })
    expect(
      lookAt([...NETWORK, service('web', ['192.0.2.1'], { loadBalancerClass: 'x.example/y' })]),
    ).toMatchObject({
      code: 'OtherLoadBalancerClass',
    })
    expect(
      lookAt([pool('first', { addresses: ['192.0.2.0/24'] }), service('web', ['192.0.2.1'])]),
    ).toMatchObject({
      announced: false,
      code: 'NoAdvertisement',
    })
  })

  it('comes out as the plans of all nodes do', () => {
    fc.assert(
      fc.property(arbitraryCluster, (snapshot) => {
        const planner = new ClusterPlanner()
        planner.update(snapshot)
        const plans = [...snapshot.nodes.keys()].flatMap((name) => planNode(snapshot, name).services)
        for (const [key, one] of snapshot.services) {
          const ofNodes = plans.filter((each) => each.key === key)
          if (one.type !== 'LoadBalancer' || ofNodes.length === 0) continue
          const verdict = planner.look(one)
          expect(verdict.announced).toBe(ofNodes.some(({ announce }) => announce))
          if (!verdict.announced) expect(ofNodes.map(({ code }) => code)).toContain(verdict.code)
        }
      }),
    )
  })

  it('has to be asked of every service again only when nodes or configuration changed', () => {
    const planner = new ClusterPlanner()
    const first = snapshotOf([...NETWORK, node('node1'), service('web', ['192.0.2.1'])])
    expect(planner.update(first)).toBe(true)
    const second = snapshotOf([...NETWORK, node('node1'), service('web', ['192.0.2.2'])], first)
    expect(planner.update(second)).toBe(false)
    const third = snapshotOf([...NETWORK, node('node1', { a: 'b' }), service('web', ['192.0.2.2'])], second)
    expect(planner.update(third)).toBe(true)
  })
})
