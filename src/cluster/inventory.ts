/** All objects by kind, each once. */
import { placeText } from './diagnostics.ts'
import type { Findings } from './findings.ts'
import type { Kind, ParsedObject, ParsedOf, Values } from './objects.ts'

/** An object that was not refused. */
export type Good<K extends Kind> = ParsedOf<K> & { readonly value: Values[K] }

export class Inventory {
  readonly #kinds = new Map<Kind, ParsedOf<Kind>[]>()

  add(object: ParsedOf<Kind>): void {
    const list = this.#kinds.get(object.kind)
    if (list === undefined) this.#kinds.set(object.kind, [object])
    else list.push(object)
  }

  /** Refused ones included. */
  all<K extends Kind>(kind: K): readonly ParsedOf<K>[] {
    return (this.#kinds.get(kind) ?? []) as unknown as readonly ParsedOf<K>[]
  }

  good<K extends Kind>(kind: K): readonly Good<K>[] {
    return this.all(kind).filter((object): object is Good<K> => object.value !== undefined)
  }

  /** Whether one was refused, so that what is missing may only be hidden. */
  someRefused(kind: Kind): boolean {
    return this.all(kind).some(({ value }) => value === undefined)
  }

  names(kind: Kind): readonly string[] {
    return this.all(kind).map(({ name }) => name)
  }
}

/** These are referred to by name alone, so names must be unique whatever the namespace. */
const BY_NAME: readonly Kind[] = [
  'IPAddressPool',
  'BGPPeer',
  'BGPAdvertisement',
  'L2Advertisement',
  'Community',
  'BFDProfile',
]

const isByName = (kind: Kind): boolean => BY_NAME.includes(kind)

export function takeInventory(objects: Iterable<ParsedObject>, findings: Findings): Inventory {
  const inventory = new Inventory()
  const seen = new Map<string, ParsedObject>()
  for (const object of objects) {
    const { kind, namespace, name } = object
    const key = isByName(kind) ? `${kind}/${name}` : `${kind}/${namespace}/${name}`
    const first = seen.get(key)
    if (first !== undefined) reportTwin(object, first, findings)
    else {
      seen.set(key, object)
      inventory.add(object)
    }
  }
  warnNamespaces(inventory, findings)
  return inventory
}

function reportTwin(object: ParsedObject, first: ParsedObject, findings: Findings): void {
  const where = placeText(first.origin.locate(['metadata', 'name']))
  if (object.namespace === first.namespace) {
    const message = `the same object is also at ${where}`
    findings.about(object).error('DuplicateObject', ['metadata', 'name'], message, 'remove one of the two')
  } else {
    const message = `the name is also used in namespace ${first.namespace}, at ${where}, and names alone tell them apart`
    findings
      .about(object)
      .error('DuplicateName', ['metadata', 'name'], message, 'give one of them another name')
  }
}

/** MetalLB reads the objects of its own namespace only: some of these had no effect there. */
function warnNamespaces(inventory: Inventory, findings: Findings): void {
  const byNamespace = Map.groupBy(
    BY_NAME.flatMap((kind): ParsedOf<Kind>[] => [...inventory.all(kind)]),
    ({ namespace }) => namespace,
  )
  const [main, ...others] = [...byNamespace].sort(([, a], [, b]) => b.length - a.length)
  for (const [namespace, objects] of others) {
    const message = `metallb.io objects are in namespaces ${main?.[0]} and ${namespace}; all are used, where MetalLB reads only its own namespace`
    for (const object of objects.slice(0, 1))
      findings
        .about(object)
        .warning('SeveralNamespaces', ['metadata', 'namespace'], message, 'keep them in one')
  }
}
