import { expect, test } from 'vitest'
import { RouteSet, Speaker } from '../../bgp/index.ts'
import { FakeLan } from '../support/fake-network.ts'
import { ManualClock } from '../support/manual-clock.ts'

test('smoke', () => {
  const clock = new ManualClock()
  const lan = new FakeLan(clock)
  const log = (l: string, m: string, f?: object) => console.log(clock.now(), l, m, JSON.stringify(f))
  const a = new Speaker(
    { asn: 65001, routerId: '10.0.0.1' },
    { network: lan.host('10.0.0.1'), clock, random: () => 0.5, log },
  )
  const b = new Speaker(
    { asn: 65002, routerId: '10.0.0.2' },
    { network: lan.host('10.0.0.2'), clock, random: () => 0.5 },
  )
  const ab = a.add({ address: '10.0.0.2', asn: 65002 })
  const ba = b.add({ address: '10.0.0.1', asn: 65001 })
  ab.setRoutes(RouteSet.of([{ prefix: '192.0.2.1/32', attributes: {} }]))
  clock.advance(5000)
  console.log(ab.status(), ba.status(), [...ba.receivedRoutes()])
  expect(ab.status().state).toBe('Established')
})
