/**
 * The configuration of a living cluster, where objects come one by one and nobody can be told "no" any more. One bad
 * object must not make the rest stale: it is put aside, by name, and everything else goes into force.
 *
 * What is put aside is a version of an object: one with an error of its own, or one that contradicts another object.
 * In its place the version that was in force so far stays, or if there is none, the object is left out. Contradictions
 * are settled by right, so that the outcome depends neither on luck nor on who came last: a version in force comes
 * before a changed one, that before a new object, then the older object, then the name. The one with the most right
 * among those to blame is put aside first and the rules are asked again, until they find no error. Every version is
 * tried anew whenever any object changes, so what was put aside comes into force once its hindrance is gone.
 */
import { buildConfig } from './config.ts'
import { Findings } from './findings.ts'
import { Inventory, takeIn, warnNamespaces } from './inventory.ts'
import type { LastKnown } from './last-known.ts'
import { type Kind, keyOf, type ParsedObject, type ParsedOf } from './objects.ts'
import { withOutcome } from './outcome.ts'
import { sameValue, share } from './share.ts'
import { SharedMap } from './shared-map.ts'
import type { Config, Diagnostic, Namespace, Node, ObjectKey } from './types.ts'

type Version = ParsedOf<Kind>

interface Entry {
  readonly name: string
  /** As it came last. */
  latest: Version
  /** What there is to say of `latest` alone. */
  found: readonly Diagnostic[]
  inForce?: Version
}

/** In the order in which they can be settled: none depends on one further down. */
const CONFIG_KINDS = [
  'Node',
  'Namespace',
  'Secret',
  'IPAddressPool',
  'Community',
  'BFDProfile',
  'BGPPeer',
  'BGPAdvertisement',
  'L2Advertisement',
] as const satisfies readonly Kind[]

export interface Settled {
  readonly config: Config
  readonly diagnostics: readonly Diagnostic[]
}

/** So many are put aside one by one. Nobody has more by accident, and each costs another build. */
const MOST_PATIENCE = 100

export class ConfigStore {
  readonly #kinds = new Map<Kind, Map<string, Entry>>(CONFIG_KINDS.map((kind) => [kind, new Map()]))
  readonly #nodes = SharedMap.of<Node>().edit()
  readonly #namespaces = SharedMap.of<Namespace>().edit()
  readonly #lastKnown = new Remembered()
  #settled: Settled
  #dirty = false

  constructor(config: Config) {
    this.#settled = { config, diagnostics: [] }
  }

  put(object: ParsedObject, found: readonly Diagnostic[]): void {
    const entries = this.#entries(object.kind)
    const key = keyOf(object)
    const known = entries.get(key)
    if (known === undefined) entries.set(key, { name: key, latest: object, found })
    else if (sameVersion(known.latest, object) && sameValue(known.found, found)) return
    else Object.assign(known, { latest: object, found })
    this.#dirty = true
    // Nothing can be held against these but faults of their own, so they go into force at once.
    const { kind, value } = object
    if (kind === 'Node' && value !== undefined) this.#nodes.set(key, share(this.#nodes.get(key), value))
    if (kind === 'Namespace' && value !== undefined)
      this.#namespaces.set(key, share(this.#namespaces.get(key), value))
  }

  remove(kind: Kind, key: ObjectKey): void {
    if (!this.#entries(kind).delete(key)) return
    this.#dirty = true
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
    const round = new Round(this.#kinds, this.#settled.config, this.#lastKnown)
    this.#settled = shared(this.#settled, round.settle())
    this.#lastKnown.learn(this.#kinds, this.#settled.config)
    return this.#settled
  }

  #entries(kind: Kind): Map<string, Entry> {
    return this.#kinds.get(kind) as Map<string, Entry>
  }
}

const shared = (before: Settled, { config, diagnostics }: Settled): Settled => ({
  config,
  diagnostics: share(before.diagnostics, diagnostics),
})

const sameVersion = (a: Version, b: Version): boolean =>
  a.created === b.created &&
  (a.value === undefined) === (b.value === undefined) &&
  sameValue(a.nodes, b.nodes) &&
  sameValue(a.value, b.value)

/** One settling of all that is there. */
class Round {
  readonly #kinds: ReadonlyMap<Kind, ReadonlyMap<string, Entry>>
  readonly #previous: Config
  readonly #lastKnown: LastKnown
  /** The version of each entry that is being tried. */
  readonly #tried = new Map<Entry, Version>()
  readonly #entryOf = new Map<Version, Entry>()
  /** Errors of versions that were put aside. */
  readonly #errors = new Map<Entry, readonly Diagnostic[]>()

  constructor(kinds: ReadonlyMap<Kind, ReadonlyMap<string, Entry>>, previous: Config, lastKnown: LastKnown) {
    this.#kinds = kinds
    this.#previous = previous
    this.#lastKnown = lastKnown
    for (const entry of this.#all())
      this.#try(entry, entry.latest.value === undefined ? (entry.inForce ?? entry.latest) : entry.latest)
  }

  settle(): Settled {
    for (let patience = MOST_PATIENCE; ; patience--) {
      const findings = new Findings({ goesOn: true })
      const inventory = this.#inventory(findings)
      const config = buildConfig(inventory, findings, this.#previous, this.#lastKnown)
      const blamed = this.#inOrder().filter((entry) => findings.isBlamed(this.#version(entry)))
      for (const entry of patience > 0 ? blamed.slice(0, 1) : blamed) this.#putAside(entry, findings)
      if (blamed.length > 0) continue
      for (const entry of this.#all()) putInForce(entry, this.#version(entry))
      return { config, diagnostics: this.#diagnostics(findings) }
    }
  }

  *#all(): Generator<Entry> {
    for (const entries of this.#kinds.values()) yield* entries.values()
  }

  /** By kind, then by right. */
  #inOrder(): Entry[] {
    return [...this.#kinds.values()].flatMap((entries) =>
      [...entries.values()].sort((a, b) => this.#byRight(a, b)),
    )
  }

  #inventory(findings: Findings): Inventory {
    const inventory = new Inventory((a, b) => this.#isJunior(a, b))
    const versions = this.#inOrder().map((entry) => this.#version(entry))
    for (const version of versions) if (version.value !== undefined) takeIn(version, inventory, findings)
    // Their names count, so that what refers to them is not told to be missing.
    for (const version of versions) if (version.value === undefined) inventory.add(version)
    warnNamespaces(inventory, findings)
    return inventory
  }

  #version(entry: Entry): Version {
    return this.#tried.get(entry) as Version
  }

  #try(entry: Entry, version: Version): void {
    this.#tried.set(entry, version)
    this.#entryOf.set(version, entry)
  }

  #putAside(entry: Entry, findings: Findings): void {
    const version = this.#version(entry)
    const errors = findings.of(version).filter(({ severity }) => severity === 'error')
    this.#errors.set(entry, [...(this.#errors.get(entry) ?? []), ...errors])
    const { value: _, ...bare } = version
    const { inForce = bare } = entry
    this.#try(entry, version === inForce ? bare : inForce)
  }

  /** 0: in force as it is; 1: another version of it is in force; 2: new. */
  #standing(entry: Entry): number {
    if (entry.inForce === undefined) return 2
    return entry.inForce === this.#version(entry) ? 0 : 1
  }

  #byRight(a: Entry, b: Entry): number {
    return this.#byStanding(a, b) || (a.name < b.name ? -1 : 1)
  }

  #byStanding(a: Entry, b: Entry): number {
    const [older, newer] = [a.latest.created ?? '', b.latest.created ?? '']
    return this.#standing(a) - this.#standing(b) || (older < newer ? -1 : older > newer ? 1 : 0)
  }

  #isJunior(a: Version, b: Version): boolean {
    const [left, right] = [this.#entryOf.get(a), this.#entryOf.get(b)]
    return left !== undefined && right !== undefined && this.#byStanding(left, right) > 0
  }

  #diagnostics(findings: Findings): readonly Diagnostic[] {
    return [...this.#kinds.values()].flatMap((entries) =>
      [...entries.values()].sort(byName).flatMap((entry) => this.#about(entry, findings)),
    )
  }

  #about(entry: Entry, findings: Findings): readonly Diagnostic[] {
    const errors = [...entry.found, ...(this.#errors.get(entry) ?? [])]
    const isInForce = entry.inForce !== undefined
    const found = [...errors.map((one) => withOutcome(one, isInForce)), ...findings.of(this.#version(entry))]
    const { nodes } = entry.latest
    return nodes === undefined ? found : found.map((one) => ({ ...one, nodes }))
  }
}

const byName = (a: Entry, b: Entry): number => (a.name < b.name ? -1 : 1)

function putInForce(entry: Entry, version: Version): void {
  if (version.value !== undefined) entry.inForce = version
  else delete entry.inForce
}

/** What the objects in force got from others. */
class Remembered implements LastKnown {
  readonly #passwords = new Map<string, { readonly secret: string; readonly password: string }>()
  #aliases = new Map<string, ReadonlyMap<string, string>>()

  password(peer: string, secret: string): string | undefined {
    const known = this.#passwords.get(peer)
    return known?.secret === secret ? known.password : undefined
  }

  alias(advertisement: string, alias: string): string | undefined {
    return this.#aliases.get(advertisement)?.get(alias)
  }

  learn(kinds: ReadonlyMap<Kind, ReadonlyMap<string, Entry>>, { peers }: Config): void {
    const passwords = new Map(peers.map(({ name, password }) => [name, password]))
    this.#passwords.clear()
    for (const { name, value } of inForce(kinds, 'BGPPeer')) {
      const [secret, password] = [value?.passwordSecret, passwords.get(name)]
      if (secret !== undefined && password !== undefined) this.#passwords.set(name, { secret, password })
    }
    const defined = new Map(
      inForce(kinds, 'Community').flatMap(({ value = [] }) =>
        value.map((one) => [one.name, one.value] as const),
      ),
    )
    const aliases = new Map<string, ReadonlyMap<string, string>>()
    for (const { name, value } of inForce(kinds, 'BGPAdvertisement')) {
      const known = (value?.communities ?? []).flatMap((alias) => {
        const last = defined.get(alias) ?? this.alias(name, alias)
        return last === undefined ? [] : [[alias, last] as const]
      })
      if (known.length > 0) aliases.set(name, new Map(known))
    }
    this.#aliases = aliases
  }
}

const inForce = <K extends Kind>(
  kinds: ReadonlyMap<Kind, ReadonlyMap<string, Entry>>,
  kind: K,
): readonly ParsedOf<K>[] =>
  [...(kinds.get(kind)?.values() ?? [])].flatMap((entry) => (entry.inForce as ParsedOf<K> | undefined) ?? [])
