import { globSync, readFileSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { expect, it } from 'vitest'

/** Which room leans on which is said by one table, that of ARCHITECTURE.md. */

const ROOT = join(import.meta.dirname, '..')

/** Room -> the rooms in the third column of its row. */
function rows(): ReadonlyMap<string, ReadonlySet<string>> {
  const text = readFileSync(join(ROOT, 'ARCHITECTURE.md'), 'utf8')
  const found = [...text.matchAll(/^\| `((?:src\/|peers)[\w/]*)` \|.*\| ([^|]*) \|$/gm)]
  return new Map(
    found.map(([, room = '', cell = '']) => [
      room,
      new Set([...cell.matchAll(/`([\w/]+)`/g)].map(([, one = '']) => one)),
    ]),
  )
}

/** The wiring at the top of src, which every room may take its small shared parts from, is no room. */
function roomOf(path: string): string | undefined {
  const [top = '', second = '', third] = relative(ROOT, path).split('/')
  if (top === 'peers') return top
  if (top === 'bgp') return third === undefined ? top : `${top}/${second}`
  return third === undefined ? undefined : `${top}/${second}`
}

/** `src/api leans on src/plan (src/api/views.ts)` of everything that is imported. */
function leanings() {
  const files = globSync(['src/*/**/*.ts', 'peers/*.ts'], { cwd: ROOT }).map((file) => join(ROOT, file))
  return files.flatMap((file) =>
    [...readFileSync(file, 'utf8').matchAll(/(?:from |import\()'(\.[^']+)'/g)].map(([, path = '']) => ({
      from: roomOf(file) ?? '',
      to: roomOf(join(dirname(file), path)),
      file: relative(ROOT, file),
    })),
  )
}

it('rooms lean on those that ARCHITECTURE.md names, and on no others', () => {
  const allowed = rows()
  const across = leanings().filter(({ from, to }) => to !== undefined && to !== from)
  expect(across.length).toBeGreaterThan(100)
  const wrong = across.filter(({ from, to }) => to !== undefined && allowed.get(from)?.has(to) !== true)
  expect(wrong).toEqual([])
})

it('ARCHITECTURE.md names no room in vain', () => {
  const allowed = rows()
  const real = new Set(leanings().map(({ from, to }) => `${from} ${to}`))
  const vain = [...allowed].flatMap(([room, others]) =>
    [...others].filter((other) => !real.has(`${room} ${other}`)).map((other) => `${room} on ${other}`),
  )
  expect(vain).toEqual([])
})
