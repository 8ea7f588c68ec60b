import { expect, it } from 'vitest'
import { rehearse } from '../../bgp/rehearsal.ts'
import { systemClock } from '../../bgp/tcp/index.ts'

it('plays to the end, with every timer taken back', async () => {
  const running = new Set<object>()
  const clock = {
    ...systemClock,
    after(ms: number, fire: () => void) {
      const token = {}
      running.add(token)
      const timer = systemClock.after(ms, () => {
        running.delete(token)
        fire()
      })
      return {
        cancel() {
          running.delete(token)
          timer.cancel()
        },
      }
    },
  }
  await rehearse(clock)
  expect(running.size).toBe(0)
})

it('is over, and no more, when it cannot be played: the daemon must outlive it', async () => {
  const broken = () => {
    throw new Error('no time')
  }
  await expect(rehearse({ ...systemClock, after: broken, soon: broken })).resolves.toBeUndefined()
})
