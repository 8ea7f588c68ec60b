import { expect, it } from 'vitest'
import { WriteLog } from '../../../src/controller/write-log.ts'
import { ManualClock } from '../../support/manual-clock.ts'

it('tells of each write, and of very many by their number', () => {
  const clock = new ManualClock()
  const lines: string[] = []
  const log = new WriteLog(
    (_, message, fields = {}) => lines.push(`${message} ${Object.values(fields)}`),
    clock,
  )
  for (let at = 0; at < 10_000; at++) log.wrote({ service: at })
  clock.advance(1_000)
  expect(lines.filter((line) => line.startsWith('service status written'))).toHaveLength(100)
  expect(lines.slice(100)).toEqual(['more service statuses written 9900'])
  log.wrote({ service: 'later' })
  expect(lines.at(-1)).toBe('service status written later')
})
