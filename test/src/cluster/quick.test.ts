import fc from 'fast-check'
import { expect, test } from 'vitest'
import * as z from 'zod'
import { quick } from '../../../src/cluster/quick.ts'
import { list, text, textMap } from '../../../src/cluster/structure.ts'

/** All the sorts of schema that the objects of Kubernetes are read with. */
const schema = z.object({
  a: text,
  b: z.boolean().nullish(),
  c: z.enum(['x', 'y']).nullish(),
  d: list(z.object({ e: text, f: z.number() })).nullish(),
  g: textMap,
  h: list(z.string()).nullish(),
  i: z.object({ a: text }).nullish(),
})

const leaf = fc.constantFrom<unknown>('x', 'z', '', 1, Number.NaN, null, undefined, true, [], {})
const { value } = fc.letrec((tie) => ({
  value: fc.oneof(
    { depthSize: 'small', maxDepth: 4 },
    leaf,
    tie('object'),
    fc.array(tie('value'), { maxLength: 2 }),
  ),
  object: fc
    .dictionary(fc.constantFrom('a', 'b', 'c', 'd', 'e', 'f', 'g', 'h', 'i', '__proto__'), tie('value'), {
      maxKeys: 5,
    })
    .map((fields) => ({ ...fields })),
}))

/** Nearly right most of the time, so that both answers come often. */
const right = fc.record(
  {
    a: fc.constantFrom('x', null),
    b: fc.boolean(),
    c: fc.constantFrom('x', 'y'),
    d: fc.array(
      fc.record({ e: fc.string(), f: fc.integer() }, { requiredKeys: ['f'], noNullPrototype: true }),
      { maxLength: 2 },
    ),
    g: fc.dictionary(fc.string(), fc.string(), { maxKeys: 3, noNullPrototype: true }),
    h: fc.array(fc.string(), { maxLength: 2 }),
    i: fc.record({ a: fc.string() }, { requiredKeys: [], noNullPrototype: true }),
    unknown: fc.anything(),
  },
  { requiredKeys: [], noNullPrototype: true },
)
const nearlyRight = fc
  .tuple(right, fc.constantFrom('a', 'b', 'c', 'd', 'g', 'h', 'i'), value, fc.boolean())
  .map(([object, field, other, spoil]) => (spoil ? { ...object, [field]: other } : object))

/** The fields that the schema knows, those without value left out. */
const known = (object: unknown): unknown => schema.safeParse(JSON.parse(JSON.stringify(object))).data

test('a quick yes means that zod says yes to the same fields', () => {
  let yes = 0
  fc.assert(
    fc.property(fc.oneof(nearlyRight, value), (object) => {
      if (!quick(schema)(object)) return
      yes++
      const slow = schema.safeParse(object)
      expect(slow.success).toBe(true)
      for (const field of Object.keys(slow.data ?? {}))
        expect(known({ [field]: (object as Record<string, unknown>)[field] })).toEqual(
          known({ [field]: (slow.data as Record<string, unknown>)[field] }),
        )
    }),
    { numRuns: 2000 },
  )
  expect(yes).toBeGreaterThan(500)
})

test('what zod accepts of plain objects is told quickly', () => {
  const accepts = quick(schema)
  fc.assert(fc.property(right, (object) => accepts(object) === schema.safeParse(object).success))
})

test.each([
  ['strict objects', z.strictObject({ a: text }), {}],
  ['checks', z.string().min(1), 'x'],
  ['refinements', z.object({ a: z.number().refine(() => true) }), { a: 1 }],
  ['defaults and catches', z.object({ a: z.string().catch('') }), { a: 'x' }],
])('%s are left to zod', (_, strange, object) => {
  expect(quick(strange)(object)).toBe(false)
})
