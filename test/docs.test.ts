import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { describe, expect, it } from 'vitest'

/** Documents that point at things must point at things that exist. */

const ROOT = join(import.meta.dirname, '..')
const TOP = ['bgp', 'peers', 'src', 'native', 'examples', 'bird-testbed', 'bench', 'test', 'docs', 'deploy']

const documents = [
  'README.md',
  'ARCHITECTURE.md',
  'CONTRIBUTING.md',
  ...readdirSync(join(ROOT, 'docs'), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.md'))
    .map((name) => join('docs', name)),
]

function read(document: string): string {
  return readFileSync(join(ROOT, document), 'utf8')
}

describe.each(documents)('%s', (document) => {
  const text = read(document)

  it('names only paths that exist', () => {
    const named = [...text.matchAll(/`([\w.-]+(?:\/[\w.-]+)+)\/?`/g)].map(([, path]) => path as string)
    const own = named.filter((path) => TOP.includes(path.split('/')[0] as string))
    expect(own.filter((path) => !existsSync(join(ROOT, path)))).toEqual([])
  })

  it('links only to files that exist', () => {
    const links = [...text.matchAll(/\]\((?!https?:)([^)#]+)(?:#[^)]*)?\)/g)].map(
      ([, path]) => path as string,
    )
    expect(links.filter((path) => !existsSync(join(ROOT, dirname(document), path)))).toEqual([])
  })

  it('runs only npm scripts that exist', () => {
    const { scripts } = JSON.parse(read('package.json')) as { scripts: Record<string, string> }
    const run = [...text.matchAll(/npm run ([\w:-]+)/g)].map(([, name]) => name as string)
    expect(run.filter((name) => scripts[name] === undefined)).toEqual([])
  })
})

it('keeps ARCHITECTURE.md short enough to be read', () => {
  expect(read('ARCHITECTURE.md').split('\n').length).toBeLessThanOrEqual(150)
})
