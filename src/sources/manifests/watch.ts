/**
 * A folder of manifests, live. Events of the file system say that something may have changed, a look at the files
 * says whether it has: so lost events cost a moment (a slow poll looks anyway), and storms of them nothing. Edits are
 * applied whole. A folder that is broken, gone or half-written keeps the last good snapshot, and because editors and
 * `git checkout` pass through broken states, a broken one is looked at twice before it is reported.
 */
import type { Clock, Log, Timer } from '../../../bgp/index.ts'
import { buildSnapshot, type Diagnostic, hasErrors, type Snapshot } from '../../cluster/index.ts'
import { ManifestFolder } from './folder.ts'
import { emptied, nothingFound } from './load.ts'
import { parseTextAside } from './threaded-text.ts'
import { FolderWatchers } from './watchers.ts'

export interface ManifestHandlers {
  /** A new snapshot, with its warnings. */
  onSnapshot(snapshot: Snapshot, warnings: readonly Diagnostic[]): void
  /** The findings changed and the snapshot did not: with errors among them, the last good one stays in force. */
  onDiagnostics(diagnostics: readonly Diagnostic[]): void
}

export interface WatchOptions {
  readonly clock: Clock
  readonly log: Log
  /** How long the folder must be quiet before it is read, in ms. */
  readonly quietMs?: number
  /** How long a broken folder has to mend before it is reported, in ms. */
  readonly retryMs?: number
  /** Looks at dates and sizes this often even without events, in ms. */
  readonly pollMs?: number
}

export interface ManifestWatcher {
  /** The last good one; undefined until there is one. */
  readonly snapshot: Snapshot | undefined
  /** Of the last look. */
  readonly diagnostics: readonly Diagnostic[]
  /** Reads every file again, now. Resolves when the handlers have been told what changed. */
  reload(): Promise<void>
  /** No handler is called any more. */
  close(): void
}

/** Starts at once; the first result arrives at the handlers, later. Never throws. */
export function watchManifests(
  root: string,
  handlers: ManifestHandlers,
  options: WatchOptions,
): ManifestWatcher {
  const watch = new ManifestWatch(root, handlers, options)
  void watch.reload()
  return watch
}

/** However busy the folder is, it is read after this many quiet times. */
const MOST_PATIENCE = 10

class ManifestWatch implements ManifestWatcher {
  snapshot: Snapshot | undefined
  diagnostics: readonly Diagnostic[] = []
  readonly #root: string
  readonly #handlers: ManifestHandlers
  readonly #options: Required<WatchOptions>
  readonly #folder: ManifestFolder
  readonly #watchers: FolderWatchers
  #timer: Timer | undefined
  #waitingSince: number | undefined
  #queue: Promise<void> = Promise.resolve()
  /** A reload that has not begun: more of them would read the same. */
  #reload: Promise<void> | undefined
  #closed = false
  #published = false
  #objects = 0
  /** Something changed since the last publication. */
  #dirty = true
  #tornLooks = 0
  /** Since when the folder has been broken or empty without that being reported. */
  #doubtedAt: number | undefined

  constructor(root: string, handlers: ManifestHandlers, options: WatchOptions) {
    this.#root = root
    this.#handlers = handlers
    this.#options = { quietMs: 80, retryMs: 250, pollMs: 3000, ...options }
    this.#folder = new ManifestFolder(root, parseTextAside)
    this.#watchers = new FolderWatchers(() => this.#onEvent(), options.log)
  }

  reload(): Promise<void> {
    this.#reload ??= this.#enqueue(() => {
      this.#reload = undefined
      return this.#look(true)
    })
    return this.#reload
  }

  close(): void {
    this.#closed = true
    this.#timer?.cancel()
    this.#watchers.close()
  }

  /** One look at a time, in order. */
  #enqueue(job: () => Promise<void>): Promise<void> {
    this.#queue = this.#queue
      .then(() => (this.#closed ? undefined : job()))
      .catch((error: unknown) =>
        this.#options.log('error', 'looking at the manifests failed', { error: String(error) }),
      )
      .finally(() => this.#schedulePoll())
    return this.#queue
  }

  #onEvent(): void {
    if (this.#closed) return
    const { clock, quietMs } = this.#options
    this.#waitingSince ??= clock.now()
    if (clock.now() - this.#waitingSince < quietMs * MOST_PATIENCE || this.#timer === undefined)
      this.#after(quietMs, () => this.#look(false))
  }

  #schedulePoll(): void {
    if (this.#timer === undefined) this.#after(this.#options.pollMs, () => this.#poll())
  }

  async #poll(): Promise<void> {
    if (await this.#folder.isStale()) this.#onEvent()
  }

  #after(ms: number, job: () => Promise<void>): void {
    this.#timer?.cancel()
    if (this.#closed) return
    this.#timer = this.#options.clock.after(ms, () => {
      this.#timer = undefined
      this.#waitingSince = undefined
      void this.#enqueue(job)
    })
  }

  async #look(all: boolean): Promise<void> {
    const { parts, folders, changed, torn } = await this.#folder.read(all)
    if (this.#closed) return
    if (changed) this.#dirty = true
    if (this.#watchers.follow(folders)) this.#onEvent()
    if ((torn && this.#lookAgain()) || !this.#dirty) return
    const { snapshot, diagnostics } = buildSnapshot(parts, this.snapshot)
    const objects = parts.reduce((sum, part) => sum + part.objects.length, 0)
    const empty = objects === 0 && snapshot !== undefined
    const doubtful = snapshot === undefined || (empty && this.#objects > 0)
    if (doubtful && this.#published && !all && this.#mayMend()) return
    this.#doubtedAt = undefined
    // A volume that was unmounted looks like this too: routes are not withdrawn for it until somebody insists.
    if (empty && this.#objects > 0 && !all) {
      this.#publish(undefined, [...diagnostics, emptied(this.#root)])
      return
    }
    this.#dirty = false
    this.#objects = objects
    this.#publish(snapshot, empty ? [...diagnostics, nothingFound(this.#root)] : diagnostics)
  }

  /** A file that never stands still must not keep the others waiting for ever. */
  #lookAgain(): boolean {
    this.#tornLooks = (this.#tornLooks + 1) % MOST_PATIENCE
    if (this.#tornLooks > 0) this.#after(this.#options.quietMs, () => this.#look(false))
    return this.#tornLooks > 0
  }

  /** What looks broken or emptied may be half-written: a second look decides. */
  #mayMend(): boolean {
    const { clock, retryMs } = this.#options
    this.#doubtedAt ??= clock.now()
    const left = this.#doubtedAt + retryMs - clock.now()
    if (left > 0) this.#after(left, () => this.#look(false))
    return left > 0
  }

  #publish(snapshot: Snapshot | undefined, diagnostics: readonly Diagnostic[]): void {
    const news = JSON.stringify(diagnostics) !== JSON.stringify(this.diagnostics)
    const fresh = snapshot !== undefined && snapshot !== this.snapshot
    this.#published = true
    this.diagnostics = diagnostics
    if (fresh) this.snapshot = snapshot
    try {
      if (fresh) this.#handlers.onSnapshot(snapshot, diagnostics)
      else if (news) this.#handlers.onDiagnostics(diagnostics)
    } catch (error) {
      this.#options.log('error', 'taking over the manifests failed', {
        error: String(error),
        broken: hasErrors(diagnostics),
      })
    }
  }
}
