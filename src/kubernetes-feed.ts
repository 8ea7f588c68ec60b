/**
 * From the API server to whoever decides: each state is taken over as it comes, each finding is logged when it comes
 * up, and how it stands can be looked at.
 */
import { type Log, systemClock } from '../bgp/index.ts'
import type { SourceView } from './api/index.ts'
import { type Diagnostic, formatDiagnostic, hasErrors, type Snapshot } from './cluster/index.ts'
import type { Feed } from './feed.ts'
import type { SourceFigures } from './metrics/index.ts'
import {
  type KubeApi,
  type KubernetesSourceOptions,
  type KubernetesWatcher,
  type ObjectIdentity,
  watchKubernetes,
} from './sources/index.ts'

export interface KubernetesFeedOptions extends KubernetesSourceOptions {
  readonly api: KubeApi
  readonly log: Log
  /** Each new state. */
  readonly take: (snapshot: Snapshot, diagnostics: readonly Diagnostic[]) => void
  /** All findings that hold, when they have changed and the state has not. */
  readonly onFindings?: (diagnostics: readonly Diagnostic[]) => void
}

export class KubernetesFeed implements Feed {
  readonly #options: KubernetesFeedOptions
  #watcher: KubernetesWatcher | undefined
  #loadedAt: number | undefined
  #updates = 0
  #updateErrors = 0
  /** What has been logged and still holds. */
  #said: ReadonlySet<string> = new Set()

  constructor(options: KubernetesFeedOptions) {
    this.#options = options
  }

  start(): void {
    const { api, log } = this.#options
    this.#watcher = watchKubernetes(
      api,
      this.#options,
      {
        onSnapshot: (snapshot, diagnostics) => this.#taken(snapshot, diagnostics),
        onDiagnostics: (diagnostics) => {
          this.#report(diagnostics)
          this.#options.onFindings?.(diagnostics)
        },
      },
      { clock: systemClock, log, random: Math.random },
    )
  }

  /** Nothing has to be looked at again: the server tells what changes. */
  reload(): void {
    this.#options.log('info', 'the API server is followed all the time: there is nothing to read again')
  }

  close(): void {
    this.#watcher?.close()
  }

  get isReady(): boolean {
    return this.#loadedAt !== undefined
  }

  /** Kinds that have not been listed yet, with what keeps them from it. */
  get awaited(): readonly string[] {
    const kinds = this.#watcher?.view().kinds ?? []
    return kinds.flatMap(({ kind, synced, trouble }) =>
      synced ? [] : [trouble === undefined ? kind : `${kind} (${trouble})`],
    )
  }

  /** Of an object that has been seen; `namespace` is empty for Nodes. */
  identity(kind: string, namespace: string, name: string): ObjectIdentity | undefined {
    return this.#watcher?.identity(kind, namespace, name)
  }

  /** The objects of the configuration as they came last, good or not: what a webhook judges by. */
  get configuration(): KubernetesWatcher['configuration'] {
    return this.#watcher?.configuration ?? []
  }

  view(): SourceView {
    const { api, namespace } = this.#options
    return {
      kind: 'kubernetes',
      location: api.server,
      namespace,
      ...(this.#loadedAt !== undefined && { loadedAgoMs: Math.round(systemClock.now() - this.#loadedAt) }),
      diagnostics: this.#watcher?.diagnostics ?? [],
      kinds: this.#watcher?.view().kinds ?? [],
    }
  }

  figures(): SourceFigures {
    return {
      isReady: this.isReady,
      diagnostics: this.#watcher?.diagnostics ?? [],
      updates: this.#updates,
      updateErrors: this.#updateErrors,
      kinds: this.#watcher?.view().kinds ?? [],
    }
  }

  #taken(snapshot: Snapshot, diagnostics: readonly Diagnostic[]): void {
    const { log, take } = this.#options
    const first = !this.isReady
    this.#loadedAt = systemClock.now()
    this.#updates++
    this.#report(diagnostics)
    take(snapshot, diagnostics)
    const { services, config } = snapshot
    const counts = { services: services.size, peers: config.peers.length, pools: config.pools.length }
    if (first) log('info', 'the cluster state is known', counts)
  }

  #report(diagnostics: readonly Diagnostic[]): void {
    if (hasErrors(diagnostics)) this.#updateErrors++
    const { log } = this.#options
    const now = new Set<string>()
    for (const one of diagnostics) {
      const text = formatDiagnostic(one)
      if (!this.#said.has(text) && !now.has(text)) log(one.severity === 'error' ? 'error' : 'warn', text)
      now.add(text)
    }
    this.#said = now
  }
}
