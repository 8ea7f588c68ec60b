import { describe, expect, test } from 'vitest'
import { AdjRibOut, RouteSet } from '../../../bgp/rib/index.ts'
import type { Family } from '../../../bgp/wire/index.ts'
import { ModelPeer } from './model-peer.ts'
import { BOTH, context, established, hosts4, routes, sessionOut } from './sessions.ts'

describe('route refresh', () => {
  test('sends the whole family again, and only it', () => {
    const { rib, peer } = established(
      routes('10.0.0.1/32', '10.0.0.2/32', '2001:db8::1/128'),
      sessionOut({ facts: BOTH }),
    )
    rib.refresh('ipv4', false)
    expect(rib.busy).toBe(true)
    peer.pull(rib)
    expect(peer.heard).toEqual(['announce'])
    expect(peer.announced).toBe(5)
    expect(rib.status().advertised).toEqual({ ipv4: 2, ipv6: 1 })
  })

  test('enhanced: between BoRR and EoRR, with changes of the meantime', () => {
    const { rib, peer } = established(
      routes('10.0.0.1/32', '10.0.0.2/32', '2001:db8::1/128'),
      sessionOut({ facts: BOTH }),
    )
    rib.setWanted(routes('10.0.0.2/32', '10.0.0.3/32', '2001:db8::1/128'))
    rib.refresh('ipv4', true)
    peer.pull(rib)
    expect(peer.heard).toEqual(['withdraw', 'begin refresh ipv4', 'announce', 'end refresh ipv4'])
    expect([...peer.table.keys()].sort()).toEqual(['10.0.0.2/32', '10.0.0.3/32', '2001:db8::1/128'])
  })

  test('an empty family is BoRR and EoRR', () => {
    const { rib, peer } = established(RouteSet.empty)
    rib.refresh('ipv6', true)
    peer.pull(rib)
    expect(peer.heard).toEqual(['begin refresh ipv6', 'end refresh ipv6'])
  })

  test('a hundred requests in a row are at most two resends (Q2)', () => {
    const { rib, peer } = established(hosts4(5000))
    peer.announced = 0
    for (let request = 0; request < 100; request++) {
      rib.refresh('ipv4', true)
      if (request === 50) peer.read(rib.next(4096) as Uint8Array)
    }
    peer.pull(rib)
    expect(peer.announced).toBe(10_000)
    expect(peer.heard.filter((kind) => kind === 'begin refresh ipv4')).toHaveLength(2)
    expect(rib.busy).toBe(false)
  })

  test('before the first dump it is answered by the dump', () => {
    const rib = new AdjRibOut()
    rib.setWanted(routes('10.0.0.1/32'))
    rib.start(sessionOut())
    rib.refresh('ipv4', true)
    const peer = new ModelPeer(context())
    peer.pull(rib)
    expect(peer.heard).toEqual(['announce', 'end-of-rib ipv4', 'end-of-rib ipv6'])
  })

  test('a family not negotiated is ignored (Q1), and so is a request without a session', () => {
    const { rib } = established(
      routes('10.0.0.1/32'),
      sessionOut({ ctx: context({ families: new Set<Family>(['ipv4']) }) }),
    )
    rib.refresh('ipv6', true)
    expect(rib.busy).toBe(false)
    rib.stop()
    rib.refresh('ipv4', false)
    rib.start(sessionOut())
    const peer = new ModelPeer(context())
    peer.pull(rib)
    expect(peer.announced).toBe(1)
  })
})
