import fc from 'fast-check'
import { expect, test } from 'vitest'
import { originOf } from '../../../../src/sources/manifests/places.ts'
import { parseYaml } from '../../../../src/sources/manifests/yaml.ts'

const codes = (text: string) => parseYaml(text).problems.map(({ code }) => code)
const values = (text: string) => parseYaml(text).documents.map(({ value }) => value)

function place(text: string, path: (string | number)[], nth = 0): string {
  const { documents, lineStarts } = parseYaml(text)
  const document = documents[nth]
  if (document === undefined) throw new Error('no such document')
  const { line, column } = originOf('f', document, lineStarts).locate(path)
  return `${line}:${column}`
}

test('documents, empty ones left out', () => {
  expect(values('---\n---\na: 1\n---\n# only a comment\n---\n- b\n...\n')).toEqual([{ a: 1 }, ['b']])
  expect(values('')).toEqual([])
  expect(values('{"a": [1, {"b": null}]}')).toEqual([{ a: [1, { b: null }] }])
})

test('merges and aliases', () => {
  const text = 'base: &b {x: 1, y: 2}\nmore:\n  <<: *b\n  y: 3\nagain: *b\n'
  expect(values(text)).toEqual([{ base: { x: 1, y: 2 }, more: { x: 1, y: 3 }, again: { x: 1, y: 2 } }])
})

test('keys are text, whatever they look like; so is a key with a bad name', () => {
  expect(values('1: a\ntrue: b\n')).toEqual([{ 1: 'a', true: 'b' }])
  const [value] = values('{"__proto__": {"x": 1}}')
  expect(Object.keys(value as object)).toEqual(['__proto__'])
  expect(({} as { x?: unknown }).x).toBeUndefined()
})

const TEXT = `kind: List
items:
- spec:
    addresses:
    - 192.0.2.0/24
    - 198.51.100.0/24
- spec: {a: 1,
    b: [x, {c: d}]}
---
second: yes
`

test.each([
  [[], '1:1'],
  [['kind'], '1:1'],
  [['items'], '2:1'],
  [['items', 0], '3:3'],
  [['items', 0, 'spec'], '3:3'],
  [['items', 0, 'spec', 'addresses'], '4:5'],
  [['items', 0, 'spec', 'addresses', 0], '5:7'],
  [['items', 0, 'spec', 'addresses', 1], '6:7'],
  [['items', 1, 'spec', 'b'], '8:5'],
  [['items', 1, 'spec', 'b', 0], '8:9'],
  [['items', 1, 'spec', 'b', 1, 'c'], '8:13'],
  [['items', 1, 'spec', 'missing'], '7:3'],
  [['items', 7, 'spec'], '2:1'],
])('the place of %j', (path, expected) => {
  expect(place(TEXT, path)).toBe(expected)
})

test('the place in a later document, behind an alias, and of what a merge brought in', () => {
  expect(place(TEXT, ['second'], 1)).toBe('10:1')
  const text = 'base: &b\n  x: [1, 2]\nagain: *b\nmerged:\n  <<: *b\n  z: 1\n'
  expect(place(text, ['again', 'x', 1])).toBe('2:10')
  expect(place(text, ['merged', 'x'])).toBe('4:1')
  expect(place(text, ['merged', 'z'])).toBe('6:3')
})

test('each place of JSON that was laid out line by line', () => {
  const json = fc
    .jsonValue({ maxDepth: 4 })
    .filter((value) => !JSON.stringify(value).includes('<<'))
    .map((value) => [value, { last: value }])
  fc.assert(
    fc.property(json, (value) => {
      const lines = JSON.stringify(value, null, 1)
      expect(values(lines)).toEqual([JSON.parse(lines)])
      // What stands last stands on the last lines but two brackets and itself.
      const [, { last }] = value as [unknown, { last: unknown }]
      const own = JSON.stringify(last, null, 1).split('\n').length
      expect(place(lines, [1, 'last'])).toBe(`${lines.split('\n').length - 1 - own}:3`)
    }),
  )
})

test.each([
  ['a doubled key', 'a: 1\na: 2\n', ['DuplicateKey']],
  ['two doubled keys, nested', 'a: 1\na: 2\nb:\n- {c: 1, c: 2}\n', ['DuplicateKey', 'DuplicateKey']],
  ['a bracket left open', 'a: [\nb: 1\n', ['YamlSyntax']],
  ['a tab', 'a:\n\tb: 1\n', ['YamlSyntax']],
  ['a quote left open', 'a: "b\n', ['YamlSyntax']],
  ['an unknown tag', 'a: !secret b\n', ['YamlWarning']],
  ['a key that is a map', '? {a: 1}\n: 2\n', ['YamlSyntax']],
  ['two merges', 'a: &a {x: 1}\nb:\n  <<: *a\n  <<: *a\n', []],
  ['a merge of a number', '<<: 5\n', ['YamlSyntax']],
  ['an anchor inside itself', 'a: &a [*a]\n', ['YamlSyntax']],
  ['a merge into itself', 'a: &a\n  <<: *a\n', ['YamlSyntax']],
  ['brackets without end', '['.repeat(20_000), ['TooDeep']],
  ['braces without end', '{a: '.repeat(5000), ['TooDeep']],
  ['dashes without end', '- '.repeat(5000), ['TooDeep']],
  ['question marks without end', '? '.repeat(5000), ['TooDeep']],
])('%s', (_, text, expected) => {
  expect(codes(text)).toEqual(expected)
})

test('a broken document does not hide the others', () => {
  const { documents, problems } = parseYaml('a: 1\n---\nb: ]\n---\nc: 3\n---\nd: 1\nd: 2\n')
  expect(documents.map(({ value }) => value)).toEqual([{ a: 1 }, { c: 3 }])
  expect(problems.map(({ code }) => code)).toEqual(['YamlSyntax', 'DuplicateKey'])
})

test('an alias bomb is not expanded', () => {
  const lines = ['a0: &a0 [x,x,x,x,x,x,x,x,x]']
  for (let at = 1; at < 12; at++)
    lines.push(
      `a${at}: &a${at} [${Array(9)
        .fill(`*a${at - 1}`)
        .join(',')}]`,
    )
  expect(codes(lines.join('\n'))).toEqual(['YamlSyntax'])
})

test('many keys in one map take no longer than they must', () => {
  const keys = Array.from({ length: 20_000 }, (_, at) => `k${at}: 1`)
  expect(codes([...keys, 'k7: 2'].join('\n'))).toEqual(['DuplicateKey'])
}, 3000)

test.each([
  'password: hunter2\n hunter2: x\n',
  'password: |hunter2\n x\n',
  'password: !hunter2\n',
  'password: *hunter2\n',
  'password: "\\hunter2"\n',
  'password: @hunter2\n',
  'password: x\n}hunter2\n',
  'password: {hunter2: 1, hunter2: 2\n',
  'password: "x" hunter2\n',
])('a message holds nothing of the text: %j', (text) => {
  const { problems } = parseYaml(text)
  expect(problems.length).toBeGreaterThan(0)
  for (const { code, message, hint } of problems)
    if (code !== 'DuplicateKey') expect(`${message} ${hint}`).not.toMatch(/hunter2/)
})

test('nothing makes it throw', () => {
  const bits = fc.constantFrom(
    ...[
      'a',
      ': ',
      '\n',
      '  ',
      '- ',
      '? ',
      '[',
      ']',
      '{',
      '}',
      ',',
      '"',
      "'",
      '&x ',
      '*x',
      '<<: ',
      '|',
      '>',
      '!!binary ',
    ],
    ...[
      '!t ',
      '---\n',
      '...\n',
      '%YAML 1.1\n',
      '#',
      '\t',
      '\r\n',
      '\u0000',
      '\ufeff',
      '1',
      '~',
      '\\',
      'é',
      '=',
      '@',
    ],
  )
  const text = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.array(bits, { maxLength: 40 }).map((parts) => parts.join('')),
  )
  fc.assert(
    fc.property(text, (given) => {
      const { documents, lineStarts } = parseYaml(given)
      for (const document of documents) originOf('f', document, lineStarts).locate(['a', 0, 'b'])
    }),
    { numRuns: 2000 },
  )
})
