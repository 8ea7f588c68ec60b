import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { untilTold } from '../../src/signals.ts'

const SIGNALS = ['SIGTERM', 'SIGINT', 'SIGHUP'] as const
const exit = vi.fn()
const others = new Map(SIGNALS.map((name) => [name, process.listeners(name)]))

beforeEach(() => {
  exit.mockClear()
  vi.spyOn(process, 'exit').mockImplementation(exit as never)
  for (const name of SIGNALS) process.removeAllListeners(name)
})

afterEach(() => {
  for (const name of SIGNALS) process.removeAllListeners(name)
  for (const [name, listeners] of others) for (const listener of listeners) process.on(name, listener)
  vi.restoreAllMocks()
})

const told = (onReload = () => {}) => untilTold({ onReload, log: () => {} })
const signal = (name: NodeJS.Signals) => process.emit(name, name)

test('the first SIGTERM or SIGINT asks us to end', async () => {
  const asked = told()
  signal('SIGINT')
  expect(await asked).toBe('SIGINT')
  expect(exit).not.toHaveBeenCalled()
})

test.each([
  ['SIGTERM', 'SIGTERM'],
  ['SIGTERM', 'SIGINT'],
  ['SIGINT', 'SIGTERM'],
] as const)('%s and then %s ends it at once', (first, second) => {
  void told()
  signal(first)
  signal(second)
  expect(exit).toHaveBeenCalledExactlyOnceWith(1)
})

test('SIGHUP makes it look again, each time', () => {
  const onReload = vi.fn()
  void told(onReload)
  signal('SIGHUP')
  signal('SIGHUP')
  expect(onReload).toHaveBeenCalledTimes(2)
})

test('whoever runs us may ask as well, also before we listen', async () => {
  const stop = new AbortController()
  const asked = untilTold({ onReload: () => {}, log: () => {}, stop: stop.signal })
  stop.abort()
  expect(await asked).toBe('SIGTERM')
  expect(await untilTold({ onReload: () => {}, log: () => {}, stop: stop.signal })).toBe('SIGTERM')
})
