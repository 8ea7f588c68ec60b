import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { internAttributes, type RouteAttributes, RouteSet } from '../../../bgp/rib/index.ts'
import { PAGE_MAX } from '../../../bgp/rib/page.ts'
import { hosts4 } from './sessions.ts'

const SETS: readonly RouteAttributes[] = [{}, { med: 1 }, { communities: ['64512:1'] }, { localPref: 200 }]

/** Prefixes of a small world, so that edits meet. */
const prefix = fc.oneof(
  fc.integer({ min: 0, max: 2000 }).map((n) => `10.0.${n >> 8}.${n & 255}/32`),
  fc.integer({ min: 0, max: 40 }).map((n) => `10.0.${n}.0/24`),
  fc.integer({ min: 0, max: 600 }).map((n) => `2001:db8::${(n + 1).toString(16)}/128`),
  fc.constantFrom('0.0.0.0/0', '::/0', '10.0.0.0/8'),
)
const edit = fc.tuple(prefix, fc.option(fc.integer({ min: 0, max: 3 }), { freq: 3 }))
const edits = fc.array(edit, { maxLength: 700, size: 'max' })

type Edit = readonly [string, number | null]

function apply(set: RouteSet, twin: Map<string, RouteAttributes>, list: readonly Edit[]): RouteSet {
  const editor = set.edit()
  for (const [at, choice] of list) {
    if (choice === null) {
      editor.delete(at)
      twin.delete(at)
    } else {
      editor.put(at, SETS[choice] as RouteAttributes)
      twin.set(at, internAttributes(SETS[choice] as RouteAttributes))
    }
  }
  return editor.done()
}

function contents(set: RouteSet): Map<string, RouteAttributes> {
  return new Map([...set.entries()].map((route) => [route.prefix, route.attributes]))
}

describe('a route set', () => {
  test('is what a Map would be, after any edits', () => {
    fc.assert(
      fc.property(fc.array(edits, { minLength: 1, maxLength: 6 }), (rounds) => {
        const twin = new Map<string, RouteAttributes>()
        let set = RouteSet.empty
        for (const round of rounds) {
          const before = contents(set)
          const next = apply(set, twin, round)
          expect(contents(set)).toEqual(before)
          set = next
          expect(contents(set)).toEqual(twin)
          expect(set.size).toBe(twin.size)
          expect(set.count('ipv6')).toBe([...twin.keys()].filter((key) => key.includes(':')).length)
          for (const [at] of round) expect(set.get(at)).toBe(twin.get(at))
        }
        checkPages(set)
      }),
      { numRuns: 60 },
    )
  })

  test('lists routes in ascending order, IPv4 first', () => {
    const set = RouteSet.of(
      ['2001:db8::/32', '10.0.0.0/24', '9.0.0.0/8', '10.0.0.0/8', '::/0'].map((at) => ({
        prefix: at,
        attributes: {},
      })),
    )
    const listed = [...set.entries()].map((route) => route.prefix)
    expect(listed).toEqual(['9.0.0.0/8', '10.0.0.0/8', '10.0.0.0/24', '::/0', '2001:db8::/32'])
    expect([...set.entries('ipv6')]).toHaveLength(2)
  })

  test('the last of several edits of a prefix counts', () => {
    const editor = RouteSet.empty.edit()
    for (let n = 0; n < 2000; n++) editor.put(`10.0.0.${n % 7}/32`, { med: n })
    editor.put('10.0.1.0/32', {})
    editor.delete('10.0.1.0/32')
    const set = editor.done()
    expect(set.size).toBe(7)
    expect(set.get('10.0.0.3/32')).toEqual({ med: 1998 })
  })

  test('an edit that changes nothing gives the very same set', () => {
    const set = hosts4(1000, (n) => ({ med: n % 3 }))
    const editor = set.edit()
    editor.put('10.0.0.3/32', { med: 0 })
    editor.put('10.0.0.4/32', { med: 9 })
    editor.put('10.0.0.4/32', { med: 1 })
    editor.delete('192.0.2.1/32')
    expect(editor.done()).toBe(set)
    expect(RouteSet.empty.edit().done()).toBe(RouteSet.empty)
  })

  test('an edit copies one page and shares all others', () => {
    const set = hosts4(100_000)
    const editor = set.edit()
    editor.put('10.0.200.77/32', { med: 1 })
    const old = new Set(set.pages('ipv4'))
    const next = editor.done()
    expect(next.pages('ipv4').filter((page) => !old.has(page))).toHaveLength(1)
    expect(set.get('10.0.200.77/32')).toEqual({})
    expect(next.get('10.0.200.77/32')).toEqual({ med: 1 })
  })

  test('pages that shrink are joined, and an emptied set has none', () => {
    let set = hosts4(20_000)
    const pages = set.pages('ipv4').length
    for (let n = 0; n < 20_000; n++) {
      if (n % 97 === 0) continue
      const editor = set.edit()
      editor.delete(`10.0.${n >> 8}.${n & 255}/32`)
      set = editor.done()
    }
    expect(set.size).toBe(207)
    expect(set.pages('ipv4').length).toBeLessThan(pages / 8)
    const editor = set.edit()
    for (const route of set.entries()) editor.delete(route.prefix)
    expect(editor.done().pages('ipv4')).toEqual([])
  })

  test('takes routes in any order', () => {
    const count = 100_003
    const editor = RouteSet.empty.edit()
    for (let n = 0; n < count; n++) editor.putPacked4(0x0a00_0000 + ((n * 7919) % count), 32, {})
    const set = editor.done()
    expect(set.size).toBe(count)
    checkPages(set)
    expect([...set.pages('ipv4')].at(-1)?.records.slice(-5)).toEqual(Uint8Array.of(32, 10, 1, 134, 162))
  })

  test.each(['10.0.0.1', '10.0.0.1/24', 'x', '10.0.0.0/33'])('refuses %j by name', (text) => {
    expect(() => RouteSet.empty.edit().put(text, {})).toThrow(`'${text}' is not a prefix`)
    expect(() => RouteSet.empty.edit().delete(text)).toThrow(RangeError)
    expect(RouteSet.empty.get(text)).toBeUndefined()
  })

  test('refuses impossible packed prefixes', () => {
    const editor = RouteSet.empty.edit()
    expect(() => editor.putPacked4(0x0a000001, 24, {})).toThrow('host bits')
    expect(() => editor.putPacked4(0x0a000001, 33, {})).toThrow('prefix length 33')
    expect(() => editor.putPacked6(new Uint8Array(4), 32, {})).toThrow('16 octets')
    expect(() => editor.put('10.0.0.0/8', { communities: ['x'] })).toThrow("community 'x'")
    expect(editor.done()).toBe(RouteSet.empty)
  })
})

/** What the difference and the lookup rely on. */
function checkPages(set: RouteSet): void {
  for (const family of ['ipv4', 'ipv6'] as const) {
    const stride = family === 'ipv4' ? 5 : 17
    for (const page of set.pages(family)) {
      expect(page.count).toBeGreaterThan(0)
      expect(page.count).toBeLessThanOrEqual(PAGE_MAX)
      expect(page.records.length).toBe(page.count * stride)
      if (page.host)
        expect(page.records.filter((_, i) => i % stride === 0).every((l) => l === (stride - 1) * 8)).toBe(
          true,
        )
      if (page.choice === undefined) expect(page.palette).toHaveLength(1)
    }
  }
}
