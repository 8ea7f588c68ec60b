import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { parseJson } from '../../../../src/sources/manifests/json.ts'
import { originOf } from '../../../../src/sources/manifests/places.ts'
import { MOST_YAML, parseText } from '../../../../src/sources/manifests/text.ts'
import { parseYaml, type YamlText } from '../../../../src/sources/manifests/yaml.ts'

const offsets = ({ documents }: YamlText) => documents.map((document) => [...document.offsets])

describe('JSON', () => {
  it('has the same values and places as for the YAML parser', () => {
    const key = fc.string({ unit: fc.constantFrom('a', 'b', '/', '.', ':', '{', ' ', 'é') })
    const value = fc.letrec((tie) => ({
      any: fc.oneof(
        { maxDepth: 4 },
        fc.oneof(fc.integer(), fc.boolean(), fc.constant(null), fc.string()),
        fc.array(tie('any'), { maxLength: 4 }),
        fc.dictionary(key, tie('any'), { maxKeys: 4 }),
      ),
    })).any
    fc.assert(
      fc.property(fc.array(value, { minLength: 1 }), fc.constantFrom(undefined, 1, '\t'), (list, indent) => {
        const text = JSON.stringify(list, undefined, indent)
        const json = parseJson(text)
        // The YAML parser minds tabs before a line.
        const yaml = parseYaml(indent === '\t' ? text.replaceAll('\t', ' ') : text)
        expect(json?.documents.map(({ value }) => value)).toEqual(yaml.documents.map(({ value }) => value))
        expect(json?.lineStarts).toEqual(yaml.lineStarts)
        if (json !== undefined) expect(offsets(json)).toEqual(offsets(yaml))
      }),
      { numRuns: 300 },
    )
  })

  it.each([
    ['several documents', '{"a": 1}\n{"b": 2}'],
    ['a doubled key', '{"a": 1, "b": {"c": 1, "c": 2}}'],
    ['a key that is a number', '{"b": 1, "0": 2}'],
    ['an escape in a key', '{"a\\"b": 1}'],
    ['a comment', '{"a": 1} # so'],
    ['more levels than any object has', '['.repeat(300) + ']'.repeat(300)],
    ['no JSON', 'a: 1'],
  ])('with %s is left to the YAML parser', (_, text) => {
    expect(parseJson(text)).toBeUndefined()
    expect(parseText(text)).toEqual(parseYaml(text))
  })

  it('locates keys by line and column', () => {
    const text = '{\n  "items": [\n    {"kind": "Service", "spec": {"x-y": [1, 2]}}\n  ]\n}\n'
    const { documents, lineStarts } = parseText(text)
    const [document] = documents
    if (document === undefined) throw new Error('no document')
    const origin = originOf('f', document, lineStarts)
    expect(origin.locate(['items', 0])).toMatchObject({ line: 3, column: 5 })
    expect(origin.locate(['items', 0, 'spec', 'x-y', 1])).toMatchObject({ line: 3, column: 45 })
  })

  it('that is broken and too large for the YAML parser is refused in words', () => {
    const { documents, problems } = parseText(`{"a": "${'x'.repeat(MOST_YAML)}", secret}`)
    expect(documents).toEqual([])
    expect(problems).toMatchObject([{ severity: 'error', code: 'JsonSyntax', offset: 0 }])
    expect(JSON.stringify(problems)).not.toContain('secret')
  })
})
