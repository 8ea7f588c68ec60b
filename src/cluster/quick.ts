/**
 * A quick yes to a schema. Zod says what is wrong with an object and costs twenty microseconds for saying nothing of a
 * good one; a cluster has a hundred thousand of those. So a schema of the plain sort is also made into a predicate,
 * from itself, so that no rule is written twice. Yes means: zod accepts the value too, and what it hands on are the
 * same fields. No means nothing: ask zod.
 */
import * as z from 'zod'

type Predicate = (value: unknown) => boolean

/** Works on schemas of objects that let unknown fields pass, records, lists, texts, numbers, flags and choices. */
export function quick(schema: unknown): Predicate {
  if (schema instanceof z.ZodOptional) return or(undefined, quick(schema.unwrap()))
  if (schema instanceof z.ZodNullable) return or(null, quick(schema.unwrap()))
  if (hasChecks(schema)) return never
  if (schema instanceof z.ZodString) return (value) => typeof value === 'string'
  if (schema instanceof z.ZodNumber) return Number.isFinite
  if (schema instanceof z.ZodBoolean) return (value) => typeof value === 'boolean'
  if (schema instanceof z.ZodEnum) return oneOf(schema.options)
  if (schema instanceof z.ZodArray) return listOf(quick(schema.element))
  if (schema instanceof z.ZodRecord) return recordOf(quick(schema.valueType))
  if (schema instanceof z.ZodObject && schema.def.catchall === undefined) return objectOf(schema.shape)
  return never
}

const never: Predicate = () => false

const hasChecks = (schema: unknown): boolean =>
  schema instanceof z.ZodType && (schema.def.checks?.length ?? 0) > 0

const or =
  (absent: null | undefined, inner: Predicate): Predicate =>
  (value) =>
    value === absent || inner(value)

const oneOf = (options: readonly unknown[]): Predicate => {
  const known = new Set(options)
  return (value) => known.has(value)
}

const listOf =
  (item: Predicate): Predicate =>
  (value) =>
    Array.isArray(value) && value.every(item)

/** As JSON and YAML make them. */
function isPlain(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && Object.getPrototypeOf(value) === Object.prototype
}

function recordOf(item: Predicate): Predicate {
  return (value) => {
    // Zod has its own mind about this key.
    if (!isPlain(value) || Object.hasOwn(value, '__proto__')) return false
    for (const key in value) if (!item(value[key])) return false
    return true
  }
}

function objectOf(shape: Readonly<Record<string, unknown>>): Predicate {
  const fields = Object.entries(shape).map(([key, field]) => ({ key, accepts: quick(field) }))
  return (value) => {
    if (!isPlain(value)) return false
    for (const { key, accepts } of fields) if (!accepts(value[key])) return false
    return true
  }
}
