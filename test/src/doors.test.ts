import { expect, it } from 'vitest'
import { type Door, openAll } from '../../src/doors.ts'

const door = (name: string, said: string[]) => async (): Promise<Door> => {
  said.push(`${name} open`)
  return {
    async close() {
      said.push(`${name} closed`)
    },
  }
}

it('opens doors in their order, and closes all of them', async () => {
  const said: string[] = []
  const all = await openAll([door('api', said), async () => undefined, door('health', said)])
  expect(said).toEqual(['api open', 'health open'])
  await all.close()
  expect(said.slice(2).sort()).toEqual(['api closed', 'health closed'])
})

it('closes those that are open when one cannot be opened', async () => {
  const said: string[] = []
  const taken = async () => Promise.reject(new Error('port 9120 is taken'))
  await expect(openAll([door('api', said), taken, door('metrics', said)])).rejects.toThrow('port 9120')
  expect(said).toEqual(['api open', 'api closed'])
})
