/**
 * Structural sharing: what says the same as before is the same object as before, so that whoever remembers a decision
 * by the identity of its input need not decide again.
 */
import { SharedMap } from './shared-map.ts'

/** Plain values only: maps of fields, lists, scalars. */
export function sameValue(a: unknown, b: unknown): boolean {
  if (Object.is(a, b)) return true
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return false
  if (Array.isArray(a) || Array.isArray(b)) return Array.isArray(a) && Array.isArray(b) && sameItems(a, b)
  return sameFields(a as Fields, b as Fields)
}

type Fields = Readonly<Record<string, unknown>>

const sameItems = (a: readonly unknown[], b: readonly unknown[]): boolean =>
  a.length === b.length && a.every((item, at) => sameValue(item, b[at]))

function sameFields(a: Fields, b: Fields): boolean {
  const keys = Object.keys(a)
  return (
    keys.length === Object.keys(b).length &&
    keys.every((key) => Object.hasOwn(b, key) && sameValue(a[key], b[key]))
  )
}

export const share = <T>(before: T | undefined, after: T): T =>
  before !== undefined && sameValue(before, after) ? before : after

/** Items shared by name; the list itself too when nothing in it changed. */
export function shareList<T extends { readonly name: string }>(
  before: readonly T[] | undefined,
  after: readonly T[],
): readonly T[] {
  if (before === undefined) return after
  const byName = new Map(before.map((item) => [item.name, item]))
  const shared = after.map((item) => share(byName.get(item.name), item))
  return identical(before, shared) ? before : shared
}

/** Entries shared by key, each by `one`; the map itself too when nothing in it changed. */
export function shareMap<T>(
  before: ReadonlyMap<string, T> | undefined,
  after: ReadonlyMap<string, T>,
  one: (before: T | undefined, after: T) => T = share,
): SharedMap<T> {
  if (!(before instanceof SharedMap)) return SharedMap.of(after)
  const edit = (before as SharedMap<T>).edit()
  for (const [key, value] of after) edit.set(key, one(before.get(key), value))
  for (const key of before.keys()) if (!after.has(key)) edit.delete(key)
  return edit.done()
}

export const identical = <T>(a: readonly T[], b: readonly T[]): boolean =>
  a.length === b.length && a.every((item, at) => item === b[at])
