import { expect, it } from 'vitest'
import { ControlPlane, Lab, serviceObject } from '../../bird-testbed/index.ts'
import { describeLab } from './describe-lab.ts'
import {
  all,
  awaitAddresses,
  ControllerProgram,
  doubles,
  installController,
  numbered,
  pool,
} from './support/controller-program.ts'

describeLab('a controller and ten thousand Services', ['control-plane'], () => {
  it('all have their addresses soon after a cold start, each its own', async () => {
    await using lab = await Lab.create()
    const plane = await ControlPlane.start(lab)
    await installController(plane)
    await plane.api.create(pool('large', ['10.0.0.0/14']))
    await plane.plant(...numbered('web-', 10_000).map((name) => serviceObject(name)))
    const program = await ControllerProgram.start(plane, 'cold')
    const now = await awaitAddresses(plane, all(10_000), 'all have addresses', {
      within: 100_000,
      every: 100,
    })
    const figures = {
      seconds: program.ageMs / 1_000,
      cpuSeconds: program.cpuSeconds,
      rssMb: program.rssMb,
    }
    console.log('10,000 Services from a cold start', figures)
    expect(doubles(now)).toEqual([])
    // Sanity only: what it takes on a quiet machine is measured by the benchmark.
    expect(figures.seconds).toBeLessThan(100)
    expect(figures.rssMb).toBeLessThan(400)
    await program.process.stop()
  })
})
