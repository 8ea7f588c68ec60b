/**
 * The cluster from its API server: one reflector per kind feeds the store, the store makes snapshots, each is handed
 * on whole. The first one is handed on when every kind has been listed, because half a cluster would withdraw the
 * other half; from then on the last one stays whatever becomes of the server.
 */
import type { Clock, Log, Random, Timer } from '../../../bgp/index.ts'
import { ClusterStore, type Diagnostic, type Parsed, type Snapshot } from '../../cluster/index.ts'
import { Batch } from './batch.ts'
import { Doorbell } from './doorbell.ts'
import { Followed, type FollowedContext } from './followed.ts'
import { PeerSecrets } from './peer-secrets.ts'
import { type Needs, PEER_KIND, resourcesFor, secretResource } from './resources.ts'
import { findingsOf, SERIOUS, troubleText } from './trouble.ts'
import type { KubeApi, KubeFailure, ObjectIdentity } from './types.ts'

export interface KubernetesHandlers {
  /** A new snapshot, with what there is to say of it. */
  onSnapshot(snapshot: Snapshot, diagnostics: readonly Diagnostic[]): void
  /** The findings changed and the snapshot did not. */
  onDiagnostics(diagnostics: readonly Diagnostic[]): void
}

export interface KubernetesSourceOptions {
  /** oyez's own, where metallb.io objects and Secrets are read. */
  readonly namespace: string
  /** Who asks: what is read differs. */
  readonly needs: Needs
}

export interface KubernetesContext {
  readonly clock: Clock
  readonly log: Log
  readonly random: Random
}

/** How it stands with one kind. */
export interface KubernetesKindView {
  /** A Secret with its name: `Secret metallb-system/router`. */
  readonly kind: string
  /** It has been listed; what is shown may still be old when there is trouble. */
  readonly synced: boolean
  readonly objects: number
  readonly lastEventAgoMs?: number
  /** Why it cannot be read just now, in words. */
  readonly trouble?: string
}

export interface KubernetesSourceView {
  readonly server: string
  readonly namespace: string
  readonly synced: boolean
  readonly kinds: readonly KubernetesKindView[]
}

export interface KubernetesWatcher {
  /** The last good one; undefined until every kind has been listed once. */
  readonly snapshot: Snapshot | undefined
  readonly diagnostics: readonly Diagnostic[]
  readonly synced: boolean
  /** metallb.io objects, Nodes and Namespaces as they came last, good or not: what a webhook judges by. */
  readonly configuration: Parsed['objects']
  view(): KubernetesSourceView
  /** For events and owner references; undefined for what has not been seen. `namespace` is empty for Nodes. */
  identity(kind: string, namespace: string, name: string): ObjectIdentity | undefined
  /** No handler is called any more. */
  close(): void
}

/** Starts at once; results arrive at the handlers, later. Never throws, and no failure ends it. */
export function watchKubernetes(
  api: KubeApi,
  options: KubernetesSourceOptions,
  handlers: KubernetesHandlers,
  context: KubernetesContext,
): KubernetesWatcher {
  const source = new KubernetesSource(api, options, handlers, context)
  source.start()
  return source
}

const TOGETHER_MS = 500

/** Told otherwise, or nobody's business: the server away, and a place in the history that is found again. */
const PASSING: readonly KubeFailure[] = ['unreachable', 'gone']

class KubernetesSource implements KubernetesWatcher {
  snapshot: Snapshot | undefined
  diagnostics: readonly Diagnostic[] = []
  readonly #api: KubeApi
  readonly #namespace: string
  readonly #handlers: KubernetesHandlers
  readonly #context: KubernetesContext
  readonly #store: ClusterStore
  readonly #batch: Batch
  readonly #secrets: PeerSecrets
  readonly #kinds: ReadonlyMap<string, Followed>
  /** Since when the server has not answered. */
  #awaySince: number | undefined
  #retell: Timer | undefined
  readonly #said = new Map<Followed, string>()

  constructor(
    api: KubeApi,
    { namespace, needs }: KubernetesSourceOptions,
    handlers: KubernetesHandlers,
    context: KubernetesContext,
  ) {
    this.#api = api
    this.#namespace = namespace
    this.#handlers = handlers
    this.#context = context
    this.#store = new ClusterStore({ metallbNamespace: namespace })
    this.#batch = new Batch(context.clock, () => this.#publish())
    const follow = this.#follower(new Doorbell(context.clock, context.random))
    this.#secrets = new PeerSecrets({
      namespace,
      store: this.#store,
      clock: context.clock,
      touched: () => this.#batch.touch(),
      ...(needs === 'speaker' && { follow: (name: string) => follow(secretResource(namespace, name)) }),
    })
    this.#kinds = new Map(resourcesFor(needs, namespace).map((one) => [one.kind, follow(one)]))
  }

  start(): void {
    for (const followed of this.#kinds.values()) followed.start()
  }

  get synced(): boolean {
    return this.snapshot !== undefined
  }

  get configuration(): Parsed['objects'] {
    return this.#store.configuration
  }

  view(): KubernetesSourceView {
    const kinds = this.#all().map((followed) => this.#kindView(followed))
    return { server: this.#api.server, namespace: this.#namespace, synced: this.synced, kinds }
  }

  identity(kind: string, namespace: string, name: string): ObjectIdentity | undefined {
    const followed = this.#kinds.get(kind)
    const found = followed?.identity(namespace === '' ? name : `${namespace}/${name}`)
    return followed && found && { apiVersion: followed.resource.apiVersion, kind, namespace, name, ...found }
  }

  close(): void {
    this.#batch.close()
    this.#retell?.cancel()
    for (const followed of this.#all()) followed.close()
  }

  #all(): readonly Followed[] {
    return [...this.#kinds.values(), ...this.#secrets.followed]
  }

  #follower(doorbell: Doorbell) {
    const context: FollowedContext = {
      api: this.#api,
      store: this.#store,
      doorbell,
      clock: this.#context.clock,
      random: this.#context.random,
      touched: () => this.#batch.touch(),
      troubled: (followed) => this.#troubled(followed),
    }
    return (resource: Followed['resource']): Followed =>
      new Followed(resource, {
        ...context,
        ...(resource.kind === PEER_KIND && { look: (peer, object) => this.#secrets.look(peer, object) }),
      })
  }

  #publish(): void {
    const ready = this.#secrets.settled && [...this.#kinds.values()].every(({ synced }) => synced)
    const troubles = findingsOf(this.#all())
    if (!ready) {
      // Nothing of what is half there is told, only why it is.
      this.#tell(undefined, this.synced ? this.diagnostics : troubles)
      return
    }
    const { snapshot, diagnostics } = this.#store.take()
    this.#tell(snapshot, troubles.length === 0 ? diagnostics : [...troubles, ...diagnostics])
  }

  #tell(snapshot: Snapshot | undefined, diagnostics: readonly Diagnostic[]): void {
    const fresh = snapshot !== undefined && snapshot !== this.snapshot
    const news = !fresh && diagnostics !== this.diagnostics && !same(diagnostics, this.diagnostics)
    this.diagnostics = diagnostics
    if (fresh) this.snapshot = snapshot
    try {
      if (fresh) this.#handlers.onSnapshot(snapshot, diagnostics)
      else if (news) this.#handlers.onDiagnostics(diagnostics)
    } catch (error) {
      this.#context.log('error', 'taking over the cluster state failed', { error: String(error) })
    }
  }

  /** What is wrong at the server is mostly wrong for several kinds: they are told together. */
  #troubled(followed: Followed): void {
    this.#logAbsence()
    this.#logTrouble(followed)
    this.#retell ??= this.#context.clock.after(TOGETHER_MS, () => {
      this.#retell = undefined
      this.#batch.touch()
    })
  }

  /** Once for all kinds: they have one server. */
  #logAbsence(): void {
    const { clock, log } = this.#context
    const away = this.#all().find(
      ({ error, failures }) => error?.kind === 'unreachable' && failures >= SERIOUS,
    )
    if (away !== undefined && this.#awaySince === undefined) {
      this.#awaySince = clock.now()
      const kept = this.synced ? 'the last known state stays in force' : 'nothing is known yet'
      log('warn', `the API server does not answer: ${kept}`, {
        error: away.error?.message,
        hint: away.error?.hint,
      })
    } else if (away === undefined && this.#awaySince !== undefined) {
      const awayMs = Math.round(clock.now() - this.#awaySince)
      this.#awaySince = undefined
      log('info', 'the API server answers again', { awayMs })
    }
  }

  #logTrouble(followed: Followed): void {
    const { log } = this.#context
    const { error, failures, resource } = followed
    const before = this.#said.get(followed)
    if (error === undefined) {
      this.#said.delete(followed)
      if (before !== undefined) log('info', `${resource.kind} objects can be read again`)
    } else if (failures >= SERIOUS && !PASSING.includes(error.kind) && before !== error.kind) {
      this.#said.set(followed, error.kind)
      log('warn', error.message, { ...(error.hint !== undefined && { hint: error.hint }) })
    }
  }

  #kindView(followed: Followed): KubernetesKindView {
    const { resource, synced, size, lastEventAt } = followed
    const trouble = troubleText(followed)
    const named = resource.fieldSelector?.replace('metadata.name=', `${this.#namespace}/`)
    return {
      kind: named === undefined ? resource.kind : `${resource.kind} ${named}`,
      synced,
      objects: size,
      ...(lastEventAt !== undefined && {
        lastEventAgoMs: Math.round(this.#context.clock.now() - lastEventAt),
      }),
      ...(trouble !== undefined && { trouble }),
    }
  }
}

const same = (a: readonly Diagnostic[], b: readonly Diagnostic[]): boolean =>
  a.length === b.length && JSON.stringify(a) === JSON.stringify(b)
