/**
 * The decorators inside @peculiar/x509 keep notes about classes by `Reflect.getMetadata`, a proposal that never made
 * it into the language, and refuse to load without. These three functions are all they call. To be imported first.
 */
const notes = new WeakMap<object, Map<unknown, unknown>>()

const own = (key: unknown, target: object): unknown => notes.get(target)?.get(key)

function inherited(key: unknown, target: object): unknown {
  for (let at: object | null = target; at !== null; at = Object.getPrototypeOf(at)) {
    const note = own(key, at)
    if (note !== undefined) return note
  }
  return undefined
}

function define(key: unknown, note: unknown, target: object): void {
  const known = notes.get(target)
  if (known === undefined) notes.set(target, new Map([[key, note]]))
  else known.set(key, note)
}

if (!('getMetadata' in Reflect))
  Object.assign(Reflect, { defineMetadata: define, getMetadata: inherited, getOwnMetadata: own })
