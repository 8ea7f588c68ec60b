/**
 * The objects that make the configuration of a living cluster, as they come one by one; what goes into force of them
 * is settled in settling.ts. Nodes, Namespaces and Secrets are among them because the rules ask for them. Nothing can
 * be held against those but faults of their own, so each goes into force as it comes: there may be thousands.
 */
import { type Kind, keyOf, type ParsedObject } from './objects.ts'
import { Remembered } from './remembered.ts'
import { type Entry, JUDGED_KINDS, type Settled, settle, type Version } from './settling.ts'
import { sameValue, share } from './share.ts'
import { SharedMap } from './shared-map.ts'
import type { Config, Diagnostic, Namespace, Node, ObjectKey } from './types.ts'

const FREE_KINDS = ['Node', 'Namespace', 'Secret'] as const satisfies readonly Kind[]

type Entries = Map<ObjectKey, Entry>

export class ConfigStore {
  readonly #kinds: ReadonlyMap<Kind, Entries> = new Map(
    [...FREE_KINDS, ...JUDGED_KINDS].map((kind) => [kind, new Map()]),
  )
  /** What stands for each object of the free kinds, for the rules. */
  readonly #free = new Map<Kind, Map<ObjectKey, Version>>(FREE_KINDS.map((kind) => [kind, new Map()]))
  readonly #nodes = SharedMap.of<Node>().edit()
  readonly #namespaces = SharedMap.of<Namespace>().edit()
  readonly #remembered = new Remembered()
  #settled: Settled
  #dirty = false

  constructor(config: Config) {
    this.#settled = { config, diagnostics: [] }
  }

  put(object: ParsedObject, found: readonly Diagnostic[]): void {
    const key = keyOf(object)
    const known = this.#entries(object.kind).get(key)
    if (known !== undefined && sameVersion(known.latest, object) && sameValue(known.found, found)) return
    const entry = known ?? { key, latest: object, found }
    if (known === undefined || changesRules(known, object, found)) this.#dirty = true
    Object.assign(entry, { latest: object, found })
    this.#entries(object.kind).set(key, entry)
    const free = this.#free.get(object.kind)
    if (free === undefined) return
    if (object.value !== undefined) entry.inForce = object
    free.set(key, entry.inForce ?? object)
    this.#show(key, object)
  }

  remove(kind: Kind, key: ObjectKey): void {
    if (!this.#entries(kind).delete(key)) return
    this.#dirty = true
    this.#free.get(kind)?.delete(key)
    if (kind === 'Node') this.#nodes.delete(key)
    if (kind === 'Namespace') this.#namespaces.delete(key)
  }

  /** Removes all of a kind but these. */
  keepOnly(kind: Kind, keys: ReadonlySet<ObjectKey>): void {
    for (const key of this.#entries(kind).keys()) if (!keys.has(key)) this.remove(kind, key)
  }

  /** As they came last, good or not. */
  get objects(): ParsedObject[] {
    return [...this.#kinds.values()].flatMap((entries) =>
      [...entries.values()].map(({ latest }) => latest as ParsedObject),
    )
  }

  /** The very same maps as long as nothing in them changed. */
  take(): { nodes: SharedMap<Node>; namespaces: SharedMap<Namespace> } {
    return { nodes: this.#nodes.done(), namespaces: this.#namespaces.done() }
  }

  /** The very same object as long as nothing changed. */
  settle(): Settled {
    if (!this.#dirty) return this.#settled
    this.#dirty = false
    const { config, diagnostics } = settle(this.#kinds, this.#free, this.#settled.config, this.#remembered)
    this.#settled = { config, diagnostics: share(this.#settled.diagnostics, diagnostics) }
    this.#remembered.learn(this.#kinds, config)
    return this.#settled
  }

  #entries(kind: Kind): Entries {
    return this.#kinds.get(kind) as Entries
  }

  #show(key: ObjectKey, { kind, value }: ParsedObject): void {
    if (value === undefined) return
    if (kind === 'Node') this.#nodes.set(key, share(this.#nodes.get(key), value))
    if (kind === 'Namespace') this.#namespaces.set(key, share(this.#namespaces.get(key), value))
  }
}

const sameVersion = (a: Version, b: Version): boolean =>
  a.created === b.created &&
  (a.value === undefined) === (b.value === undefined) &&
  sameValue(a.nodes, b.nodes) &&
  sameValue(a.value, b.value)

/** Of a Node the rules see the labels alone; its addresses and conditions change more often. */
function changesRules(
  { latest, found }: Entry,
  object: ParsedObject,
  foundNow: readonly Diagnostic[],
): boolean {
  if (object.kind !== 'Node' || latest.kind !== 'Node' || !sameValue(found, foundNow)) return true
  const [before, after] = [latest.value as Node | undefined, object.value]
  return before === undefined || after === undefined || !sameValue(before.labels, after.labels)
}
