/**
 * One fs.watch per folder, kept in step with the folders there are. Not fs.watch's own recursive mode: that does not
 * follow links to folders, and loses sight of a folder that is deleted and made again.
 */
import { type FSWatcher, watch } from 'node:fs'
import type { Log } from '../../../bgp/index.ts'

/** Each costs an inotify watch; beyond that many the slow poll has to do. */
const MOST_WATCHERS = 1000

interface Watched {
  readonly identity: string
  readonly watcher: FSWatcher
}

export class FolderWatchers {
  readonly #onEvent: () => void
  readonly #log: Log
  readonly #watched = new Map<string, Watched>()

  constructor(onEvent: () => void, log: Log) {
    this.#onEvent = onEvent
    this.#log = log
  }

  /** Watches exactly these. True when some are new: what happened in them before the watch has left no event. */
  follow(folders: ReadonlyMap<string, string>): boolean {
    for (const [path, { identity }] of this.#watched) if (folders.get(path) !== identity) this.#drop(path)
    let added = false
    for (const [path, identity] of folders)
      if (!this.#watched.has(path)) added = this.#add(path, identity) || added
    return added
  }

  close(): void {
    for (const path of [...this.#watched.keys()]) this.#drop(path)
  }

  #add(path: string, identity: string): boolean {
    if (this.#watched.size >= MOST_WATCHERS) return false
    try {
      const watcher = watch(path, this.#onEvent)
      watcher.on('error', (error) => this.#failed(path, error))
      this.#watched.set(path, { identity, watcher })
      return true
    } catch (error) {
      this.#failed(path, error)
      return false
    }
  }

  /** The poll still sees what happens there. */
  #failed(path: string, error: unknown): void {
    this.#log('debug', 'cannot watch a folder for events', { path, error: String(error) })
    this.#drop(path)
  }

  #drop(path: string): void {
    this.#watched.get(path)?.watcher.close()
    this.#watched.delete(path)
  }
}
