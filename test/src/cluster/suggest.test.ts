import { expect, test } from 'vitest'
import { didYouMean, nearest } from '../../../src/cluster/suggest.ts'

const FIELDS = ['addresses', 'autoAssign', 'avoidBuggyIPs', 'serviceAllocation', 'vrf']

test.each([
  ['autoAsign', 'autoAssign'],
  ['AUTOASSIGN', 'autoAssign'],
  ['adresses', 'addresses'],
  ['addressse', 'addresses'],
  ['avoidBuggyIps', 'avoidBuggyIPs'],
  ['vfr', 'vrf'],
  ['vfrr', undefined],
  ['ranges', undefined],
  ['x', undefined],
  ['', undefined],
  ['a'.repeat(1000), undefined],
])('%j is most likely %j', (word, meant) => {
  expect(nearest(word, FIELDS)).toBe(meant)
})

test('the nearest of several wins', () => {
  expect(nearest('pool-b', ['pool-aa', 'pool-bb', 'pool'])).toBe('pool-bb')
})

test('in words', () => {
  expect(didYouMean('autoAsign', FIELDS)).toBe('did you mean "autoAssign"?')
  expect(didYouMean('ranges', FIELDS)).toBeUndefined()
})
