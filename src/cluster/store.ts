/**
 * The cluster as its API server tells it, object by object. Whoever watches puts and removes raw objects; whoever
 * decides takes snapshots. What lies between two snapshots is the work of what changed between them.
 *
 * Nothing is ever refused as a whole: an object that cannot be used keeps its last good version in force, or is left
 * out, and is named with what is wrong and what has become of it. Whether a service's addresses lie in a pool is not
 * told here, as it is of manifests: that is a decision about the service, with a reason of its own.
 */
import { ConfigStore } from './config-store.ts'
import { METALLB_KINDS } from './kinds.ts'
import { type Kind, keyOf, type ParsedObject, type RawObject } from './objects.ts'
import { parseObject } from './parse.ts'
import { SERVICE_KINDS, type ServiceKind, ServiceStore } from './service-store.ts'
import { identical } from './share.ts'
import { SharedMap } from './shared-map.ts'
import type { Diagnostic, ObjectKey, Snapshot } from './types.ts'

export interface ClusterStoreOptions {
  /** Where metallb.io objects and Secrets are read from; those of other namespaces are passed over. Unset: all. */
  readonly metallbNamespace?: string
}

export interface Taken {
  readonly snapshot: Snapshot
  /** Of the configuration first, then of Services and EndpointSlices; each kind by name. */
  readonly diagnostics: readonly Diagnostic[]
}

type Found = readonly Diagnostic[]

const EMPTY: Snapshot = {
  services: SharedMap.of(),
  slices: SharedMap.of(),
  nodes: SharedMap.of(),
  namespaces: SharedMap.of(),
  config: { pools: [], peers: [], bgpAdvertisements: [], l2Advertisements: [], bfdProfiles: [] },
}

/** So many findings about values without a name are remembered. */
const MOST_STRAYS = 20

export class ClusterStore {
  readonly #metallbNamespace: string | undefined
  readonly #config = new ConfigStore(EMPTY.config)
  readonly #services = new ServiceStore()
  /** Findings about values that have no name to keep them by. */
  #strays: Found = []
  #lists: readonly Found[] = []
  #taken: Taken = { snapshot: EMPTY, diagnostics: [] }

  constructor({ metallbNamespace }: ClusterStoreOptions = {}) {
    this.#metallbNamespace = metallbNamespace
  }

  /** Takes in an object, new or changed. Never throws, whatever it is given. */
  put(raw: RawObject): void {
    this.#put(raw)
  }

  /** One that is not there may be removed: nothing happens. `namespace` is empty for Node and Namespace. */
  remove(kind: Kind, namespace: string, name: string): void {
    const key = keyOf({ namespace, name })
    if (isServiceKind(kind)) this.#services.remove(kind, key)
    else this.#config.remove(kind, key)
  }

  /** All that there is of a kind: others of it are gone. The objects may leave out their apiVersion and kind. */
  replace(kind: Kind, raws: Iterable<RawObject>): void {
    const keys = new Set<ObjectKey>()
    for (const raw of raws) {
      const object = this.#put(raw, kind)
      if (object?.kind === kind) keys.add(keyOf(object))
    }
    if (isServiceKind(kind)) this.#services.keepOnly(kind, keys)
    else this.#config.keepOnly(kind, keys)
  }

  /** The state of now. As long as nothing changes, the very same snapshot and the very same list. */
  take(): Taken {
    const { config, diagnostics: ofConfig } = this.#config.settle()
    const { services, slices, diagnostics: ofServices } = this.#services.take()
    const { nodes, namespaces } = this.#config.take()
    const snapshot = sharedSnapshot(this.#taken.snapshot, { services, slices, nodes, namespaces, config })
    const lists = [this.#strays, ofConfig, ofServices]
    const diagnostics = identical(this.#lists, lists) ? this.#taken.diagnostics : lists.flat()
    this.#lists = lists
    if (snapshot !== this.#taken.snapshot || diagnostics !== this.#taken.diagnostics)
      this.#taken = { snapshot, diagnostics }
    return this.#taken
  }

  /** metallb.io objects, Nodes, Namespaces and Secrets as they came last, good or not. */
  get configuration(): readonly ParsedObject[] {
    return this.#config.objects
  }

  #put(raw: RawObject, kind?: Kind): ParsedObject | undefined {
    const { object, diagnostics } = parseObject(raw, kind)
    if (object === undefined) this.#stray(diagnostics)
    else if (this.#isForeign(object)) return undefined
    else if (object.kind === 'Service' || object.kind === 'EndpointSlice')
      this.#services.put(object, diagnostics)
    else this.#config.put(object, diagnostics)
    return object
  }

  #isForeign({ kind, namespace }: ParsedObject): boolean {
    const home = this.#metallbNamespace
    return home !== undefined && namespace !== home && (kind === 'Secret' || METALLB_KINDS.includes(kind))
  }

  #stray(found: Found): void {
    if (found.length > 0 && this.#strays.length < MOST_STRAYS) this.#strays = [...this.#strays, ...found]
  }
}

const isServiceKind = (kind: Kind): kind is ServiceKind => SERVICE_KINDS.some((one) => one === kind)

function sharedSnapshot(before: Snapshot, now: Snapshot): Snapshot {
  const fields = Object.keys(now) as (keyof Snapshot)[]
  return fields.every((field) => before[field] === now[field]) ? before : now
}
