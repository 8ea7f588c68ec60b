import { expect, test } from 'vitest'
import { parseDuration } from '../../../src/cluster/index.ts'

test.each([
  ['90s', 90],
  ['1m30s', 90],
  ['1h', 3600],
  ['1.5h', 5400],
  ['.5m', 30],
  ['3500ms', 3.5],
  ['100us', 0.0001],
  ['0.1s0.2s', 0.3],
  ['0', 0],
  ['0s', 0],
  ['-3s', -3],
  ['+3s', 3],
])('%s', (text, seconds) => {
  expect(parseDuration(text)).toBe(seconds)
})

test.each(['', '90', 's', '3 s', '3S', '3d', '1m 30s', '--3s', '.s', '1e3s', `${'1s'.repeat(100)}`])(
  'refuses %j',
  (text) => {
    expect(parseDuration(text)).toBeUndefined()
  },
)
