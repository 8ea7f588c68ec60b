import fc from 'fast-check'
import { expect, test } from 'vitest'
import { routerIdFor } from '../../../src/plan/index.ts'

test('the first IPv4 address of the node', () => {
  expect(routerIdFor('node1', ['2001:db8::1', '198.51.100.1', '198.51.100.2'])).toBe('198.51.100.1')
})

test('of an IPv6-only node: stable, within the unicast addresses', () => {
  fc.assert(
    fc.property(fc.string(), (name) => {
      const id = routerIdFor(name, ['2001:db8::1'])
      expect(routerIdFor(name, [])).toBe(id)
      const [first = 0, ...rest] = id.split('.').map(Number)
      expect([first >= 1, first <= 223, rest.length]).toEqual([true, true, 3])
      expect(id).not.toBe('223.255.255.255')
      expect(id).not.toBe('1.0.0.0')
    }),
  )
})

test('never changes between versions: routers would see another speaker', () => {
  expect(['', 'node1', 'node2'].map((name) => routerIdFor(name, []))).toMatchInlineSnapshot(`
    [
      "172.62.124.12",
      "145.182.203.158",
      "167.135.159.87",
    ]
  `)
})

test('a thousand names like those of real nodes get a thousand identifiers', () => {
  const names = Array.from({ length: 1000 }, (_, at) => `worker-${at}.example.net`)
  expect(new Set(names.map((name) => routerIdFor(name, []))).size).toBe(1000)
})
