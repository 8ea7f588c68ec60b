import { describe, expect, test } from 'vitest'
import { planPeers, wantedPeers } from '../../../src/plan/index.ts'
import { bgpPeer, cluster, node, selector } from '../../support/tiny-cluster.ts'

const only = (over: Parameters<typeof bgpPeer>[1], addresses?: string[], on = 'node1') => {
  const nodes = [node('node1', addresses === undefined ? {} : { addresses })]
  const [plan] = planPeers(cluster({ nodes, config: { peers: [bgpPeer('router', over)] } }), on)
  if (plan === undefined) throw new Error('no plan for the peer')
  return plan
}

describe('the peers of a node', () => {
  test('a plain peer', () => {
    expect(only({})).toMatchObject({ selected: true, message: 'router is for every node' })
    expect(only({}).spec).toEqual({
      name: 'router',
      address: '198.51.100.254',
      port: 179,
      localAsn: 64512,
      asn: 64513,
      routerId: '198.51.100.1',
      holdTime: 90,
      dualStack: false,
    })
  })

  test('everything set', () => {
    const over = {
      holdTime: 30,
      keepaliveTime: 5,
      connectTime: 7,
      routerId: '10.0.0.9',
      password: 'secret',
      sourceAddress: '198.51.100.7',
      ebgpMultiHop: true,
    }
    const { ebgpMultiHop: _, ...same } = over
    expect(only(over).spec).toMatchObject(same)
  })

  test.each([
    [{}, 90],
    [{ holdTime: 0 }, 0],
    [{ holdTime: 240 }, 240],
    [{ keepaliveTime: 20 }, 60],
    [{ holdTime: 90, keepaliveTime: 20 }, 90],
  ])('hold time of %o is %i s', (over, holdTime) => {
    expect(only(over).spec?.holdTime).toBe(holdTime)
  })

  test('node selectors', () => {
    expect(only({ nodeSelectors: [selector({ zone: 'a' })] }).selected).toBe(true)
    expect(only({ nodeSelectors: [selector({ zone: 'b' }), selector({ zone: 'a' })] }).selected).toBe(true)
    const plan = only({ nodeSelectors: [selector({ zone: 'b' })] })
    expect(plan).toMatchObject({
      selected: false,
      code: 'PeerNodeNotSelected',
      message: /router.*node1.*zone=a/,
    })
    expect(plan.spec).toBeUndefined()
    expect(wantedPeers([plan])).toEqual([])
  })

  test('an unknown node speaks to the peers of every node', () => {
    expect(only({}, [], 'node9').selected).toBe(true)
    expect(only({ nodeSelectors: [selector({ zone: 'a' })] }, [], 'node9')).toMatchObject({
      code: 'PeerNodeNotSelected',
      message: /unknown/,
    })
  })

  test.each([
    ['the only one', []],
    ['one of several', [node('node2')]],
  ])('a Node that is gone, %s: the sessions go on as they began', (_, others) => {
    const peers = [bgpPeer('router', { dualStackAddressFamily: true })]
    const own = node('node1', { addresses: ['198.51.100.1', '2001:db8::1'] })
    const [before] = planPeers(cluster({ nodes: [own, ...others], config: { peers } }), 'node1')
    const [after] = planPeers(cluster({ nodes: others, config: { peers } }), 'node1', own)
    expect(after?.spec).toEqual(before?.spec)
    expect(after).toMatchObject({
      selected: true,
      spec: { routerId: '198.51.100.1', nextHop6: '2001:db8::1' },
    })
    const [never] = planPeers(cluster({ nodes: others, config: { peers } }), 'node1')
    expect(never?.spec?.routerId).not.toBe('198.51.100.1')
  })

  test('a Node that is gone has no labels to be selected by', () => {
    const own = node('node1', { labels: { zone: 'a' } })
    const peers = [bgpPeer('router', { nodeSelectors: [selector({ zone: 'a' })] })]
    const [plan] = planPeers(cluster({ nodes: [node('node2')], config: { peers } }), 'node1', own)
    expect(plan).toMatchObject({ selected: false, code: 'PeerNodeNotSelected', message: /unknown/ })
  })

  test.each([
    ['198.51.100.254', ['198.51.100.1', '2001:db8::1'], { nextHop6: '2001:db8::1' }],
    ['198.51.100.254', ['198.51.100.1', 'fe80::1', '2001:db8::1'], { nextHop6: '2001:db8::1' }],
    ['2001:db8::fe', ['2001:db8::1', '198.51.100.1'], { nextHop4: '198.51.100.1' }],
    ['2001:db8::fe', ['169.254.1.1', '127.0.0.1', '198.51.100.1'], { nextHop4: '198.51.100.1' }],
  ])('dual stack towards %s from %o names %o', (peerAddress, addresses, hops) => {
    const plan = only({ peerAddress, dualStackAddressFamily: true }, addresses)
    expect(plan.code).toBeUndefined()
    expect(plan.spec).toMatchObject({ dualStack: true, ...hops })
  })

  test.each([[['198.51.100.1']], [['198.51.100.1', 'fe80::1']], [['198.51.100.1', '::1']]])(
    'dual stack without a global address of the other family (%o) says so',
    (addresses) => {
      const plan = only({ dualStackAddressFamily: true }, addresses)
      expect(plan).toMatchObject({ selected: true, code: 'NoNextHop', message: /node1 has no global IPv6/ })
      expect(plan.spec).not.toHaveProperty('nextHop6')
    },
  )
})
