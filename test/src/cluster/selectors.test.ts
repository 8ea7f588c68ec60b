import { expect, test } from 'vitest'
import { type LabelSelector, matches, matchesAny, matchesSelector } from '../../../src/cluster/index.ts'

const selector = (
  matchLabels: Record<string, string>,
  ...expressions: [string, 'In' | 'NotIn' | 'Exists' | 'DoesNotExist', ...string[]][]
): LabelSelector => ({
  matchLabels,
  matchExpressions: expressions.map(([key, operator, ...values]) => ({ key, operator, values })),
})

const KAFKA = { app: 'kafka', tier: 'data' }

test.each([
  ['an empty selector', selector({}), true],
  ['equal labels', selector({ app: 'kafka' }), true],
  ['another value', selector({ app: 'web' }), false],
  ['one of two labels', selector({ app: 'kafka', zone: 'a' }), false],
  ['In', selector({}, ['app', 'In', 'web', 'kafka']), true],
  ['In without the value', selector({}, ['app', 'In', 'web']), false],
  ['In without the key', selector({}, ['zone', 'In', 'a']), false],
  ['NotIn', selector({}, ['app', 'NotIn', 'web']), true],
  ['NotIn with the value', selector({}, ['app', 'NotIn', 'kafka']), false],
  ['NotIn without the key', selector({}, ['zone', 'NotIn', 'a']), true],
  ['Exists', selector({}, ['app', 'Exists']), true],
  ['Exists without the key', selector({}, ['zone', 'Exists']), false],
  ['DoesNotExist', selector({}, ['zone', 'DoesNotExist']), true],
  ['DoesNotExist with the key', selector({}, ['app', 'DoesNotExist']), false],
  ['labels and expressions together', selector({ app: 'kafka' }, ['tier', 'In', 'web']), false],
])('%s', (_, given, expected) => {
  expect(matchesSelector(given, KAFKA)).toBe(expected)
})

test('a key that objects inherit is no label', () => {
  expect(matchesSelector(selector({}, ['constructor', 'Exists']), {})).toBe(false)
  expect(matchesSelector(selector({}, ['toString', 'DoesNotExist']), {})).toBe(true)
})

test('selectors of a list are ORed; an empty list restricts nothing', () => {
  const list = [selector({ app: 'web' }), selector({ tier: 'data' })]
  expect(matches(list, KAFKA)).toBe(true)
  expect(matches(list, {})).toBe(false)
  expect(matches([], KAFKA)).toBe(true)
  expect(matchesAny([], KAFKA)).toBe(false)
})
