/**
 * All objects by kind, each once. Their order within a kind is the order of their rights: where two contradict each
 * other, the later one is to blame. In a folder that is the order of reading; see config-store.ts for a live cluster.
 */
import { placeText } from './diagnostics.ts'
import type { Findings } from './findings.ts'
import { type Kind, keyOf, type Parsed, type ParsedOf, type Values } from './objects.ts'

/** An object that was not refused. */
export type Good<K extends Kind> = ParsedOf<K> & { readonly value: Values[K] }

type Keyed = Map<string, ParsedOf<Kind>>

/** Whether the first object has less right than the second, whatever their kinds. */
export type IsJunior = (a: ParsedOf<Kind>, b: ParsedOf<Kind>) => boolean

export class Inventory {
  /** Across kinds. A folder does not tell. */
  readonly isJunior: IsJunior
  readonly #kinds = new Map<Kind, Keyed>()
  readonly #good = new Map<Kind, readonly ParsedOf<Kind>[]>()

  constructor(isJunior: IsJunior = () => false) {
    this.isJunior = isJunior
  }

  /** Takes the object in, unless there is one like it: that one is returned. */
  add(object: ParsedOf<Kind>): ParsedOf<Kind> | undefined {
    const keyed = this.#keyed(object.kind)
    const key = keyIn(object)
    const first = keyed.get(key)
    if (first === undefined) keyed.set(key, object)
    return first
  }

  /** Takes a whole kind as it is; the keys are those of the objects. */
  adopt(kind: Kind, objects: ReadonlyMap<string, ParsedOf<Kind>>): void {
    this.#kinds.set(kind, objects as Keyed)
  }

  /** Refused ones included. */
  all<K extends Kind>(kind: K): readonly ParsedOf<K>[] {
    return [...this.#keyed(kind).values()] as unknown as readonly ParsedOf<K>[]
  }

  good<K extends Kind>(kind: K): readonly Good<K>[] {
    const known = this.#good.get(kind)
    const good = known ?? this.all(kind).filter(({ value }) => value !== undefined)
    if (known === undefined) this.#good.set(kind, good)
    return good as unknown as readonly Good<K>[]
  }

  /** By name, and by `namespace/name` where the kind has namespaces. */
  values<K extends Kind>(kind: K): ReadonlyMap<string, Values[K]> {
    const values = new Map<string, Values[K]>()
    for (const [key, { value }] of this.#keyed(kind))
      if (value !== undefined) values.set(key, value as Values[K])
    return values
  }

  /** Whether one was refused, so that what is missing may only be hidden. */
  someRefused(kind: Kind): boolean {
    return this.good(kind).length < this.#keyed(kind).size
  }

  /** Whether there is one of that name, refused or not. */
  has(kind: Kind, name: string): boolean {
    return this.#keyed(kind).has(name)
  }

  names(kind: Kind): readonly string[] {
    return this.all(kind).map(({ name }) => name)
  }

  #keyed(kind: Kind): Keyed {
    const known = this.#kinds.get(kind)
    if (known !== undefined) return known
    const keyed: Keyed = new Map()
    this.#kinds.set(kind, keyed)
    return keyed
  }
}

/** These are referred to by name alone, so names must be unique whatever the namespace. */
const BY_NAME: ReadonlySet<Kind> = new Set([
  'IPAddressPool',
  'BGPPeer',
  'BGPAdvertisement',
  'L2Advertisement',
  'Community',
  'BFDProfile',
])

const keyIn = (object: ParsedOf<Kind>): string => (BY_NAME.has(object.kind) ? object.name : keyOf(object))

export function takeInventory(parsed: readonly Parsed[], findings: Findings): Inventory {
  const inventory = new Inventory()
  for (const { objects } of parsed) for (const object of objects) takeIn(object, inventory, findings)
  warnNamespaces(inventory, findings)
  return inventory
}

export function takeIn(object: ParsedOf<Kind>, inventory: Inventory, findings: Findings): void {
  const first = inventory.add(object)
  if (first !== undefined) reportTwin(object, first, findings)
}

function reportTwin(object: ParsedOf<Kind>, first: ParsedOf<Kind>, findings: Findings): void {
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
export function warnNamespaces(inventory: Inventory, findings: Findings): void {
  const byNamespace = Map.groupBy(
    [...BY_NAME].flatMap((kind): readonly ParsedOf<Kind>[] => inventory.all(kind)),
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
