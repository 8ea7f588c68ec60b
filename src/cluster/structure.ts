/**
 * Structure, by zod: types and unknown fields. Every fault of an object is reported, in our own words (zod's texts
 * name neither the field nor the way out), and what is left after the faults are taken out is handed on, so that
 * the rules about the other fields still speak in the same run. For that, lists are schemas of `item | undefined`:
 * an item that is faulty becomes a hole and its neighbours keep their indexes.
 */
import * as z from 'zod'
import { listOf, quote } from './diagnostics.ts'
import type { Path } from './objects.ts'
import { quick } from './quick.ts'
import { MOST_FINDINGS, type Report } from './report.ts'
import { didYouMean } from './suggest.ts'

/** A list whose faulty items become holes. */
export const list = <T extends z.ZodType>(item: T) => z.array(item.optional())

export const text = z.string().nullish()
export const flag = z.boolean().nullish()
export const texts = list(z.string()).nullish()
export const textMap = z.record(z.string(), z.string()).nullish()

export function integer(min: number, max: number): z.ZodType<number> {
  const message = `must be a whole number from ${min} to ${max}`
  return z.number().refine((value) => Number.isInteger(value) && value >= min && value <= max, message)
}

/** The items that are there, with their indexes. */
export function* itemsOf<T>(items: readonly (T | undefined)[] | null | undefined): Generator<[number, T]> {
  for (const [at, item] of (items ?? []).entries()) if (item !== undefined) yield [at, item]
}

/** The items that are there: the list itself where that is all of them. */
export function present<T>(items: readonly (T | undefined)[] | null | undefined): readonly T[] {
  if (items === undefined || items === null) return []
  return items.includes(undefined) ? items.filter((item) => item !== undefined) : (items as readonly T[])
}

/** Hints for unknown fields that the schema itself cannot give, by field name. */
export type FieldHints = (field: string) => string | undefined

/** The value as the schema has it, without what was faulty; undefined when nothing is left. */
export function readStructure<S extends z.ZodType>(
  schema: S,
  value: unknown,
  report: Report,
  hints?: FieldHints,
): z.output<S> | undefined {
  if (isQuick(schema, value)) return value as z.output<S>
  const result = schema.safeParse(value)
  if (result.success) return result.data
  const { issues } = result.error
  for (const issue of issues.slice(0, MOST_FINDINGS + 1)) reportIssue(schema, value, issue, report, hints)
  return issues.length > MOST_FINDINGS ? undefined : salvage(schema, value, issues)
}

const predicates = new WeakMap<z.ZodType, (value: unknown) => boolean>()

function isQuick(schema: z.ZodType, value: unknown): boolean {
  let accepts = predicates.get(schema)
  if (accepts === undefined) {
    accepts = quick(schema)
    predicates.set(schema, accepts)
  }
  return accepts(value)
}

type Issue = z.core.$ZodIssue

/** Takes out what is faulty until the schema accepts the rest. */
function salvage<S extends z.ZodType>(
  schema: S,
  value: unknown,
  issues: readonly Issue[],
): z.output<S> | undefined {
  const paths = issues.flatMap(faultyPaths)
  if (paths.length > MOST_FINDINGS) return undefined
  let rest = value
  for (const path of paths) rest = without(rest, path)
  const result = schema.safeParse(rest)
  if (result.success) return result.data
  if (rest === undefined) return undefined
  return salvage(schema, rest, result.error.issues)
}

const pathOf = (issue: Issue): Path => issue.path.map((key) => (typeof key === 'symbol' ? String(key) : key))

const faultyPaths = (issue: Issue): Path[] =>
  issue.code === 'unrecognized_keys' ? issue.keys.map((key) => [...pathOf(issue), key]) : [pathOf(issue)]

/** A copy without what is at the path; where nothing is there (a required field), without what lacks it. */
function without(value: unknown, path: Path): unknown {
  const [key, ...below] = path
  if (key === undefined || typeof value !== 'object' || value === null || !Object.hasOwn(value, key))
    return undefined
  const child = (value as Record<string | number, unknown>)[key]
  const rest = below.length === 0 ? undefined : without(child, below)
  if (Array.isArray(value)) return value.with(Number(key), rest)
  const { [key]: _, ...others } = value as Record<string | number, unknown>
  return rest === undefined ? others : { ...others, [key]: rest }
}

function reportIssue(
  schema: z.ZodType,
  root: unknown,
  issue: Issue,
  report: Report,
  hints?: FieldHints,
): void {
  const path = pathOf(issue)
  switch (issue.code) {
    case 'unrecognized_keys':
      for (const key of issue.keys.slice(0, MOST_FINDINGS + 1))
        reportUnknown(schema, path, key, report, hints)
      return
    case 'invalid_type':
    case 'invalid_key':
    case 'invalid_element':
    case 'invalid_union':
      reportType(issue, path, valueAt(root, path), report)
      return
    case 'invalid_value':
      reportChoice(issue.values.map(String), path, valueAt(root, path), report)
      return
    default:
      report.error('OutOfRange', path, issue.message)
  }
}

function reportUnknown(
  schema: z.ZodType,
  path: Path,
  key: string,
  report: Report,
  hints: FieldHints = () => undefined,
): void {
  const known = fieldsAt(schema, path)
  const hint = hints(key) ?? didYouMean(key, known) ?? `known here: ${listOf(known)}`
  report.error('UnknownField', [...path, key], `unknown field ${quote(key)}`, hint)
}

const TYPE_WORDS: Readonly<Record<string, string>> = {
  string: 'text',
  number: 'a number',
  boolean: 'true or false',
  object: 'a map of fields',
  record: 'a map of text to text',
  array: 'a list',
}

function reportType(issue: Issue, path: Path, value: unknown, report: Report): void {
  if (value === undefined) {
    report.error('MissingField', path, 'is required')
    return
  }
  const expected = issue.code === 'invalid_type' ? issue.expected : ''
  const message = `must be ${TYPE_WORDS[expected] ?? 'something else'}, not ${kindOf(value)}`
  report.error('WrongType', path, message, durationHint(path, value) ?? typeHint(expected, value))
}

const durationHint = (path: Path, value: unknown): string | undefined =>
  typeof value === 'number' && /Time$/.test(String(path.at(-1)))
    ? `write it with a unit: "${value}s"`
    : undefined

/** Never shows the value: it may be a secret. */
function typeHint(expected: string, value: unknown): string | undefined {
  const scalar = typeof value === 'number' || typeof value === 'boolean'
  if (expected === 'string' && scalar) return 'put it in quotes'
  if (expected === 'number' && typeof value === 'string') return 'write it without quotes'
  if (expected === 'boolean' && typeof value === 'string') return 'write true or false, without quotes'
  if (expected === 'array') return 'write each item on a line of its own that starts with "- "'
  return undefined
}

function kindOf(value: unknown): string {
  if (value === null) return 'nothing (null)'
  if (Array.isArray(value)) return 'a list'
  if (typeof value === 'object') return 'a map'
  return typeof value === 'string' ? 'text' : `a ${typeof value}`
}

function reportChoice(values: readonly string[], path: Path, value: unknown, report: Report): void {
  const choices = `one of ${listOf(values)}`
  if (value === undefined) report.error('MissingField', path, 'is required', choices)
  else if (typeof value !== 'string')
    report.error('WrongType', path, `must be text, not ${kindOf(value)}`, choices)
  else {
    const message = `${quote(value)} is not a known value`
    report.error('UnknownValue', path, message, didYouMean(value, values) ?? choices)
  }
}

function valueAt(root: unknown, path: Path): unknown {
  let value = root
  for (const key of path) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, key)) return undefined
    value = (value as Record<string | number, unknown>)[key]
  }
  return value
}

/** The fields that the schema knows at a path. */
function fieldsAt(schema: z.ZodType, path: Path): readonly string[] {
  let here: unknown = bare(schema)
  for (const key of path) {
    if (here instanceof z.ZodObject) here = bare(here.shape[key])
    else if (here instanceof z.ZodArray) here = bare(here.element)
  }
  return here instanceof z.ZodObject ? Object.keys(here.shape) : []
}

function bare(schema: unknown): unknown {
  let here = schema
  while (here instanceof z.ZodOptional || here instanceof z.ZodNullable) here = here.unwrap()
  return here
}
