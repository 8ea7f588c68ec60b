import { describe, expect, it } from 'vitest'
import type { Snapshot } from '../../../src/cluster/index.ts'
import { NodePlanner, planPeers } from '../../../src/plan/index.ts'
import { AnnouncedServices, type Change } from '../../../src/status/index.ts'
import {
  advertisement,
  bgpPeer,
  cluster,
  endpoint,
  selector,
  service,
  slice,
} from '../../support/tiny-cluster.ts'

class Node1 {
  readonly planner = new NodePlanner('node1')
  readonly announced = new AnnouncedServices()

  see(snapshot: Snapshot): readonly Change[] {
    const changes = this.planner.update(snapshot)
    const peers = planPeers(snapshot, 'node1')
    return changesOf(this.announced.update({ plans: this.planner.plans, changes, peers }))
  }
}

describe('announced services', () => {
  it('come with the peers that hear of them, sorted', () => {
    const peers = [bgpPeer('z', { peerAddress: '198.51.100.2' }), bgpPeer('a')]
    const node1 = new Node1()
    const [change] = node1.see(cluster({ config: { peers } }))
    expect(change).toMatchObject({ key: 'default/web', after: { peers: 'a,z', addresses: ['192.0.2.10'] } })
    expect(change?.before).toBeUndefined()
    expect([...node1.announced.all.keys()]).toEqual(['default/web'])
  })

  it('leave out peers that an advertisement, a node selector or the family leaves out', () => {
    const peers = [
      bgpPeer('a'),
      bgpPeer('b', { peerAddress: '198.51.100.2' }),
      bgpPeer('c', { peerAddress: '198.51.100.3', nodeSelectors: [selector({ zone: 'b' })] }),
      bgpPeer('six', { peerAddress: '2001:db8::9' }),
    ]
    const bgpAdvertisements = [advertisement('some', { peers: ['b', 'c', 'six'] })]
    const [change] = new Node1().see(cluster({ config: { peers, bgpAdvertisements } }))
    expect(change?.after?.peers).toBe('b')
  })

  it('are nobody, when no peer hears of them', () => {
    expect(new Node1().see(cluster({ config: { peers: [] } }))).toEqual([])
  })

  it('are told once, and again with new addresses', () => {
    const node1 = new Node1()
    node1.see(cluster())
    expect(node1.see(cluster())).toEqual([])
    const [moved] = node1.see(cluster({ services: [service({ addresses: ['192.0.2.11'] })] }))
    expect(moved).toMatchObject({
      before: { addresses: ['192.0.2.10'] },
      after: { addresses: ['192.0.2.11'] },
    })
  })

  it('are withdrawn with the reason of the decision', () => {
    const node1 = new Node1()
    node1.see(cluster())
    const [change] = node1.see(cluster({ slices: [slice(endpoint('node1', { ready: false }))] }))
    expect(change).toMatchObject({ before: { peers: 'router' }, why: { code: 'NoEndpoints' } })
    expect(change?.after).toBeUndefined()
    expect(change?.service).toBeDefined()
  })

  it('are withdrawn when the last peer goes, though nothing else changed', () => {
    const node1 = new Node1()
    const before = cluster()
    node1.see(before)
    const [change] = node1.see({ ...before, config: { ...before.config, peers: [] } })
    expect(change).toMatchObject({ key: 'default/web', why: { code: 'NoPeers' } })
  })

  it('are gone with their service', () => {
    const node1 = new Node1()
    node1.see(cluster())
    const [change] = node1.see(cluster({ services: [] }))
    expect(change).toMatchObject({ key: 'default/web', before: { peers: 'router' } })
    expect(change?.service).toBeUndefined()
    expect(node1.announced.all.size).toBe(0)
  })

  it('are looked at alone when they alone changed', () => {
    const node1 = new Node1()
    const many = Array.from({ length: 50 }, (_, at) => service({ name: `s${at}` }))
    const slices = new Map(many.map(({ name }) => [`default/${name}`, [slice(endpoint('node1'))]]))
    const first = { ...cluster({ services: many }), slices }
    expect(node1.see(first)).toHaveLength(50)
    const services = new Map(first.services)
    services.set('default/s7', service({ name: 's7', addresses: ['192.0.2.99'] }))
    const second = { ...first, services }
    const changes = node1.planner.update(second)
    const plans = { ...changes, get: unused } as never
    const after = changesOf(node1.announced.update({ plans, changes, peers: planPeers(second, 'node1') }))
    expect(after.map(({ key }) => key)).toEqual(['default/s7'])
  })
})

/** All steps at once. */
function changesOf(steps: Generator<void, readonly Change[]>): readonly Change[] {
  for (;;) {
    const { done, value } = steps.next()
    if (done) return value
  }
}

function unused(): never {
  throw new Error('every plan was looked at')
}
