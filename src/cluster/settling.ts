/**
 * What goes into force of the objects of a living cluster, where nobody can be told "no" any more. One bad object must
 * not make the rest stale: it is put aside, by name, and everything else goes into force.
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
import type { Kind, ParsedOf } from './objects.ts'
import { withOutcome } from './outcome.ts'
import type { Config, Diagnostic, ObjectKey } from './types.ts'

export type Version = ParsedOf<Kind>

export interface Entry {
  readonly key: ObjectKey
  /** As it came last. */
  latest: Version
  /** What there is to say of `latest` alone. */
  found: readonly Diagnostic[]
  inForce?: Version
}

type Entries = ReadonlyMap<Kind, ReadonlyMap<ObjectKey, Entry>>
type Versions = ReadonlyMap<Kind, ReadonlyMap<ObjectKey, Version>>

/** In the order in which they can be settled: none depends on one further down. */
export const JUDGED_KINDS = [
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

/**
 * Puts what can be into force, and notes that in the entries.
 * @param kinds all objects, those of kinds that nothing is held against too.
 * @param free what stands for the latter.
 */
export function settle(kinds: Entries, free: Versions, previous: Config, lastKnown: LastKnown): Settled {
  const round = new Round(kinds, free)
  for (let patience = MOST_PATIENCE; ; patience--) {
    const findings = new Findings({ goesOn: true })
    const config = buildConfig(round.inventory(findings), findings, previous, lastKnown)
    const blamed = round.blamed(findings)
    for (const entry of patience > 0 ? blamed.slice(0, 1) : blamed) round.putAside(entry, findings)
    if (blamed.length > 0) continue
    round.putInForce()
    return { config, diagnostics: round.diagnostics(findings) }
  }
}

class Round {
  readonly #kinds: Entries
  readonly #free: Versions
  /** The version of each entry that is being tried. */
  readonly #tried = new Map<Entry, Version>()
  readonly #entryOf = new Map<Version, Entry>()
  /** Errors of versions that were put aside. */
  readonly #errors = new Map<Entry, readonly Diagnostic[]>()

  constructor(kinds: Entries, free: Versions) {
    this.#kinds = kinds
    this.#free = free
    for (const entry of JUDGED_KINDS.flatMap((kind) => this.#of(kind)))
      this.#try(entry, entry.latest.value === undefined ? (entry.inForce ?? entry.latest) : entry.latest)
  }

  inventory(findings: Findings): Inventory {
    const inventory = new Inventory((a, b) => this.#isJunior(a, b))
    for (const [kind, versions] of this.#free) inventory.adopt(kind, versions)
    const tried = this.#inOrder().map((entry) => this.#tried.get(entry) as Version)
    for (const version of tried) if (version.value !== undefined) takeIn(version, inventory, findings)
    // Their names count, so that what refers to them is not told to be missing.
    for (const version of tried) if (version.value === undefined) inventory.add(version)
    warnNamespaces(inventory, findings)
    return inventory
  }

  /** Those with the most right first. */
  blamed(findings: Findings): readonly Entry[] {
    return this.#inOrder().filter((entry) => findings.isBlamed(this.#tried.get(entry) as Version))
  }

  putAside(entry: Entry, findings: Findings): void {
    const version = this.#tried.get(entry) as Version
    const errors = findings.of(version).filter(({ severity }) => severity === 'error')
    this.#errors.set(entry, [...(this.#errors.get(entry) ?? []), ...errors])
    const { value: _, ...bare } = version
    const { inForce = bare } = entry
    this.#try(entry, version === inForce ? bare : inForce)
  }

  putInForce(): void {
    for (const [entry, version] of this.#tried)
      if (version.value !== undefined) entry.inForce = version
      else delete entry.inForce
  }

  /** Once everything is in force that will be: by kind, then by name. */
  diagnostics(findings: Findings): readonly Diagnostic[] {
    return [...this.#kinds.keys()].flatMap((kind) =>
      this.#of(kind)
        .map((entry) => ({ key: entry.key, found: this.#about(entry, findings) }))
        .filter(({ found }) => found.length > 0)
        .sort(byKey)
        .flatMap(({ found }) => found),
    )
  }

  #about(entry: Entry, findings: Findings): readonly Diagnostic[] {
    const own = [...entry.found, ...(this.#errors.get(entry) ?? [])]
    const isInForce = entry.inForce !== undefined
    const tried = this.#tried.get(entry)
    const others = tried === undefined ? [] : findings.of(tried)
    const found = [...own.map((one) => withOutcome(one, isInForce)), ...others]
    const { nodes } = entry.latest
    return nodes === undefined ? found : found.map((one) => ({ ...one, nodes }))
  }

  #of(kind: Kind): readonly Entry[] {
    return [...(this.#kinds.get(kind)?.values() ?? [])]
  }

  #try(entry: Entry, version: Version): void {
    this.#tried.set(entry, version)
    this.#entryOf.set(version, entry)
  }

  /** By kind, then by right. */
  #inOrder(): readonly Entry[] {
    return JUDGED_KINDS.flatMap((kind) =>
      this.#of(kind).toSorted((a, b) => this.#byStanding(a, b) || byKey(a, b)),
    )
  }

  /** 0: in force as it is; 1: another version of it is in force; 2: new. */
  #standing(entry: Entry): number {
    if (entry.inForce === undefined) return 2
    return entry.inForce === this.#tried.get(entry) ? 0 : 1
  }

  #byStanding(a: Entry, b: Entry): number {
    const [older, newer] = [a.latest.created ?? '', b.latest.created ?? '']
    return this.#standing(a) - this.#standing(b) || (older < newer ? -1 : older > newer ? 1 : 0)
  }

  #isJunior(a: Version, b: Version): boolean {
    const [left, right] = [this.#entryOf.get(a), this.#entryOf.get(b)]
    return left !== undefined && right !== undefined && this.#byStanding(left, right) > 0
  }
}

const byKey = (a: { readonly key: ObjectKey }, b: { readonly key: ObjectKey }): number =>
  a.key < b.key ? -1 : 1
