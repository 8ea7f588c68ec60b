/**
 * From a folder of manifests to the announcer: each good state is taken over whole, each finding is said once, and
 * what was found last can be looked at.
 */
import { type Log, systemClock } from '../bgp/index.ts'
import type { StatusView } from './api/index.ts'
import { type Diagnostic, formatDiagnostic, hasErrors, type Snapshot } from './cluster/index.ts'
import type { Feed } from './feed.ts'
import type { SourceFigures } from './metrics/index.ts'
import { type ManifestWatcher, watchManifests } from './sources/index.ts'

export class ManifestFeed implements Feed {
  readonly #folder: string
  readonly #take: (snapshot: Snapshot) => void
  readonly #log: Log
  #watcher: ManifestWatcher | undefined
  #loadedAt: number | undefined
  #updates = 0
  #updateErrors = 0

  constructor(folder: string, take: (snapshot: Snapshot) => void, log: Log) {
    this.#folder = folder
    this.#take = take
    this.#log = log
  }

  start(): void {
    this.#watcher = watchManifests(
      this.#folder,
      {
        onSnapshot: (snapshot, warnings) => this.#taken(snapshot, warnings),
        onDiagnostics: (diagnostics) => this.#report(diagnostics),
      },
      { clock: systemClock, log: this.#log },
    )
  }

  reload(): void {
    void this.#watcher?.reload()
  }

  close(): void {
    this.#watcher?.close()
  }

  /** A whole good state has been taken over. */
  get isReady(): boolean {
    return this.#loadedAt !== undefined
  }

  view(): StatusView['source'] {
    return {
      kind: 'manifests',
      location: this.#folder,
      ...(this.#loadedAt !== undefined && { loadedAgoMs: Math.round(systemClock.now() - this.#loadedAt) }),
      diagnostics: this.#watcher?.diagnostics ?? [],
    }
  }

  figures(): SourceFigures {
    return {
      isReady: this.isReady,
      diagnostics: this.#watcher?.diagnostics ?? [],
      updates: this.#updates,
      updateErrors: this.#updateErrors,
    }
  }

  #taken(snapshot: Snapshot, warnings: readonly Diagnostic[]): void {
    this.#report(warnings)
    this.#take(snapshot)
    this.#loadedAt = systemClock.now()
    this.#updates++
    const { services, config } = snapshot
    this.#log('info', 'manifests taken over', { services: services.size, peers: config.peers.length })
  }

  #report(diagnostics: readonly Diagnostic[]): void {
    for (const one of diagnostics)
      this.#log(one.severity === 'error' ? 'error' : 'warn', formatDiagnostic(one))
    if (!hasErrors(diagnostics)) return
    this.#updateErrors++
    const kept = this.isReady
      ? 'the last good state stays in force'
      : 'nothing is announced until this is mended'
    this.#log('error', kept, { manifests: this.#folder })
  }
}
