import { afterAll, beforeAll, expect, it } from 'vitest'
import { awaitUntil, ControlPlane, Lab, serviceObject } from '../../bird-testbed/index.ts'
import { describeLab } from './describe-lab.ts'
import {
  addresses,
  all,
  awaitAddresses,
  ControllerProgram,
  doubles,
  installController,
  numbered,
  pool,
  versions,
} from './support/controller-program.ts'

describeLab('controllers that come and go', ['control-plane'], () => {
  let lab: Lab
  let plane: ControlPlane
  beforeAll(async () => {
    lab = await Lab.create()
    plane = await ControlPlane.start(lab)
    await installController(plane)
    await plane.api.create(pool('large', ['10.0.0.0/14']))
  })
  afterAll(async () => lab?.[Symbol.asyncDispose]())

  it('the leader is killed in the middle of 2,000 Services, and the other one finishes', async () => {
    const first = await ControllerProgram.start(plane, 'first')
    await first.says('leader')
    const second = await ControllerProgram.start(plane, 'second')
    await second.says('leader')
    await plane.plant(...numbered('a', 2_000).map((name) => serviceObject(name)))
    await awaitAddresses(plane, (now) => Object.values(now).flat().length > 300, 'some have addresses', {
      every: 5,
    })
    await first.kill()
    const before = await addresses(plane)
    const held = Object.entries(before).filter(([, { length }]) => length > 0)
    expect(held.length).toBeLessThan(2_000)
    const now = await awaitAddresses(plane, all(2_000), 'all have addresses', { within: 90_000 })
    expect(doubles(now)).toEqual([])
    for (const [name, its] of held) expect(now[name]).toEqual(its)
    const stopped = second.process.stop()
    const third = await ControllerProgram.start(plane, 'third')
    await stopped
    await plane.api.create(serviceObject('late'))
    const asked = performance.now()
    await awaitAddresses(plane, ({ late }) => late?.length === 1, 'the successor works', { within: 20_000 })
    console.log(`successor after a graceful stop: ${Math.round(performance.now() - asked)} ms`)
    await third.process.stop()
  })

  it('two that both believe to lead give no address twice', async () => {
    const both = await Promise.all(
      ['left', 'right'].map((name) => ControllerProgram.start(plane, name, '--no-leader-elect')),
    )
    await plane.plant(...numbered('b', 300).map((name) => serviceObject(name)))
    await awaitAddresses(plane, all(2_301), 'all have addresses', { within: 90_000 })
    await awaitUntil(async () => doubles(await addresses(plane)).length === 0, 'no address stands twice')
    let last: readonly unknown[] = []
    await awaitUntil(
      async () => {
        const before = last
        last = await versions(plane)
        return JSON.stringify(before) === JSON.stringify(last)
      },
      'they come to rest',
      { every: 1_500 },
    )
    for (const one of both) expect(await one.process.stop()).toBe(0)
  })

  it('a Service flaps a hundred times a second, and the others get theirs at once', async () => {
    const program = await ControllerProgram.start(plane, 'calm')
    await program.says('leader')
    const [flapping] = await plane.api.create(serviceObject('flapping'))
    if (flapping === undefined) throw new Error('no Service')
    const end = performance.now() + 15_000
    let flaps = 0
    const flap = async () => {
      while (performance.now() < end) {
        const next = performance.now() + 10
        const labels = { at: String(flaps++) }
        const annotations = { 'metallb.io/loadBalancerIPs': flaps % 2 === 0 ? '10.3.0.1' : '10.3.0.2' }
        await plane.api.patch(flapping, { metadata: { labels, annotations } })
        await new Promise((resolve) => setTimeout(resolve, Math.max(0, next - performance.now())))
      }
    }
    const calm: number[] = []
    const others = async () => {
      for (let at = 0; performance.now() < end; at++) {
        const asked = performance.now()
        const [service] = await plane.api.create(serviceObject(`calm-${at}`))
        if (service === undefined) throw new Error('no Service')
        await awaitUntil(
          async () => {
            const { status } = await plane.api.get('v1', 'Service', service.metadata.name, 'default')
            return (status as { loadBalancer?: { ingress?: unknown[] } }).loadBalancer?.ingress !== undefined
          },
          'it has an address',
          { every: 2 },
        )
        calm.push(performance.now() - asked)
        await new Promise((resolve) => setTimeout(resolve, 100))
      }
    }
    await Promise.all([flap(), others()])
    calm.sort((a, b) => a - b)
    const figures = {
      flaps,
      others: calm.length,
      p50: calm[calm.length >> 1],
      worst: calm.at(-1),
      rss: program.rssMb,
    }
    console.log('flapping', figures)
    expect(figures.p50).toBeLessThan(500)
    expect(figures.worst).toBeLessThan(5_000)
    await program.process.stop()
  })
})
