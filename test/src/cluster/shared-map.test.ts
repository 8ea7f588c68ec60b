import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { changedKeys, SharedMap } from '../../../src/cluster/index.ts'

type Change = readonly [key: string, value: number | undefined]

/** Few keys, so that they meet; many changes, so that pages split and join. */
const key = fc.integer({ min: 0, max: 700 }).map((n) => `k${n}`)
const arbitraryChange: fc.Arbitrary<Change> = fc.tuple(
  key,
  fc.oneof(fc.integer({ min: 0, max: 3 }), fc.constant(undefined)),
)
/** Also whole stretches of keys at once, added or removed, up or down. */
const arbitraryStretch: fc.Arbitrary<readonly Change[]> = fc
  .tuple(fc.nat(600), fc.nat(400), fc.option(fc.nat(3), { nil: undefined }), fc.boolean())
  .map(([from, length, value, down]) => {
    const changes = Array.from({ length }, (_, at): Change => [`k${from + at}`, value])
    return down ? changes.reverse() : changes
  })
const arbitraryEdit = fc.oneof(fc.array(arbitraryChange, { maxLength: 40 }), arbitraryStretch)

function edited(map: SharedMap<number>, changes: readonly Change[]): SharedMap<number> {
  const edit = map.edit()
  for (const [at, value] of changes) {
    if (value === undefined) edit.delete(at)
    else edit.set(at, value)
  }
  return edit.done()
}

function apply(map: Map<string, number>, changes: readonly Change[]): void {
  for (const [at, value] of changes) {
    if (value === undefined) map.delete(at)
    else map.set(at, value)
  }
}

const inOrder = (map: ReadonlyMap<string, number>) => [...map].sort(([a], [b]) => (a < b ? -1 : 1))
/** As text: texts are compared much faster than lists, and shown as well. */
const contents = (map: ReadonlyMap<string, number>) => JSON.stringify(inOrder(map))

describe('a shared map', () => {
  test('is a plain map in the order of its keys, after any edits', () => {
    fc.assert(
      fc.property(fc.array(arbitraryEdit, { maxLength: 8 }), (edits) => {
        const twin = new Map<string, number>()
        let map = SharedMap.of<number>()
        for (const changes of edits) {
          const [old, before] = [map, contents(twin)]
          map = edited(map, changes)
          expect(JSON.stringify([...old])).toBe(before)
          apply(twin, changes)
          expect(JSON.stringify([...map])).toBe(contents(twin))
          expect(map.size).toBe(twin.size)
        }
        const visited: (readonly [string, number])[] = []
        map.forEach((value, at) => {
          visited.push([at, value])
        })
        expect(JSON.stringify(visited)).toBe(contents(twin))
        expect([...map.keys()].join()).toBe([...twin.keys()].sort().join())
        expect([...map.values()].join()).toBe(
          inOrder(twin)
            .map(([, value]) => value)
            .join(),
        )
        const wrong = Array.from({ length: 1100 }, (_, n) => `k${n}`).filter(
          (one) => map.get(one) !== twin.get(one) || map.has(one) !== twin.has(one),
        )
        expect(wrong).toEqual([])
      }),
    )
  })

  test('tells what differs, whatever lies between', () => {
    fc.assert(
      fc.property(fc.array(arbitraryEdit, { maxLength: 6 }), fc.nat(5), (edits, at) => {
        const maps = [SharedMap.of<number>()]
        for (const changes of edits) maps.push(edited(maps.at(-1) as SharedMap<number>, changes))
        const [before, after] = [
          maps[at % maps.length] as SharedMap<number>,
          maps.at(-1) as SharedMap<number>,
        ]
        const keys = new Set([...before.keys(), ...after.keys()])
        const expected = [...keys].filter((one) => before.get(one) !== after.get(one)).sort()
        expect([...changedKeys(before, after)].join()).toBe(expected.join())
        expect([...changedKeys(after, before)].join()).toBe(expected.join())
        expect([...changedKeys(new Map(before), after)].sort().join()).toBe(expected.join())
      }),
    )
  })

  test('is the very same map when an edit changes nothing', () => {
    const map = SharedMap.of([
      ['a', 1],
      ['b', 2],
    ])
    expect(edited(map, [])).toBe(map)
    expect(
      edited(map, [
        ['a', 1],
        ['c', undefined],
      ]),
    ).toBe(map)
    expect([...changedKeys(map, map)]).toEqual([])
  })

  test('shows an edit its own changes, and nobody else before it is done', () => {
    const map = SharedMap.of([['a', 1]])
    const edit = map.edit()
    edit.set('a', 2)
    edit.set('b', 3)
    expect([edit.get('a'), edit.get('b'), map.get('a'), map.size]).toEqual([2, 3, 1, 1])
    const first = edit.done()
    edit.delete('a')
    expect([...first]).toEqual([
      ['a', 2],
      ['b', 3],
    ])
    expect([...edit.done()]).toEqual([['b', 3]])
  })
})
