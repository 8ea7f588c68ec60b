import { expect, test } from 'vitest'
import { parseObjects } from '../../../src/cluster/index.ts'
import { RecentChanges } from '../../../src/webhook/recent-changes.ts'
import { ManualClock } from '../../support/manual-clock.ts'
import { pool, raws } from '../../support/raw-objects.ts'

const NAMED = { kind: 'IPAddressPool', namespace: 'metallb-system', name: 'a' }
const parse = (...values: unknown[]) => parseObjects(raws(values)).objects
const OLD = pool('a', { addresses: ['192.0.2.0/24'] })
const NEW = pool('a', { addresses: ['198.51.100.0/24'] })
const OTHER = parse(pool('b', { addresses: ['203.0.113.0/24'] }))
const texts = (objects: ReturnType<typeof parse>) =>
  objects.map(({ name, value }) => [name, JSON.stringify(value).match(/\d+\.\d+\.\d+\.\d+\/24/)?.[0]])

test('an object that was created counts before it is shown', () => {
  const recent = new RecentChanges(new ManualClock())
  expect(recent.over(OTHER)).toBe(OTHER)
  recent.remember({ ...NAMED, after: NEW }, OTHER)
  expect(texts(recent.over(OTHER))).toEqual([
    ['b', '203.0.113.0/24'],
    ['a', '198.51.100.0/24'],
  ])
})

test('one that was changed counts as changed, one that was deleted counts no more', () => {
  const recent = new RecentChanges(new ManualClock())
  const shown = [...parse(OLD), ...OTHER]
  recent.remember({ ...NAMED, before: OLD, after: NEW }, shown)
  expect(texts(recent.over(shown))).toContainEqual(['a', '198.51.100.0/24'])
  recent.remember({ ...NAMED, before: OLD }, shown)
  expect(texts(recent.over(shown))).toEqual([['b', '203.0.113.0/24']])
})

test('what the watch shows comes first', () => {
  const recent = new RecentChanges(new ManualClock())
  recent.remember({ ...NAMED, after: NEW }, OTHER)
  const shown = [...parse(OLD), ...OTHER]
  expect(recent.over(shown)).toEqual(shown)
  expect(recent.over(OTHER)).toBe(OTHER)
})

test('what does not come is forgotten', () => {
  const clock = new ManualClock()
  const recent = new RecentChanges(clock)
  recent.remember({ ...NAMED, after: NEW }, OTHER)
  clock.advance(2_999)
  expect(recent.over(OTHER)).toHaveLength(2)
  clock.advance(1)
  expect(recent.over(OTHER)).toHaveLength(1)
})

test('a flood is not remembered whole', () => {
  const recent = new RecentChanges(new ManualClock())
  for (let at = 0; at < 1500; at++)
    recent.remember({ ...NAMED, name: `p${at}`, after: pool(`p${at}`, { addresses: ['192.0.2.0/24'] }) }, [])
  expect(recent.over([])).toHaveLength(1000)
})
