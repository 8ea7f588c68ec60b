/**
 * The controller's loop: from snapshots to what every Service's status should say. Each snapshot is the whole truth;
 * what changed since the last one is decided again, the rest is not looked at.
 *
 * A leader's term begins with adopting what the statuses hold, all of it, before anything is given out. While nothing
 * may be written, snapshots are only kept: a pause costs nothing, and a term that goes on goes on from there.
 */
import type { Clock, Log, Random } from '../../bgp/index.ts'
import { changedKeys, type Diagnostic, type ObjectKey, type Snapshot } from '../cluster/index.ts'
import type { EventWish, Regarding } from '../events/index.ts'
import type { AllocationCode, Allocator, PoolUsage } from '../ipam/index.ts'
import type { PlanOptions } from '../plan/index.ts'
import type { KubeApi, ObjectIdentity } from '../sources/index.ts'
import { AnnouncementWatch } from './announcements.ts'
import { Settling } from './settling.ts'
import { Slices } from './slices.ts'
import { StatusBook } from './status-book.ts'
import { StatusWriter, type WriteCounts } from './status-writer.ts'
import { isAtLeast } from './versions.ts'

export interface ConvergeOptions {
  readonly newAllocator: () => Allocator
  readonly plan: PlanOptions
  /** As the watch shows it, of the newest snapshot. */
  readonly identity: (kind: string, namespace: string, name: string) => ObjectIdentity | undefined
  readonly mayWrite: () => boolean
  readonly tell: (event: EventWish) => void
  /** The use of the pools may have changed. */
  readonly onUsage: () => void
  /** A Service was settled so many milliseconds after it was seen. */
  readonly onWritten?: (ms: number) => void
  /** Between the report of a move and the move. Milliseconds. */
  readonly moveDelayMs: number
  /** Of the pools. */
  readonly metallbNamespace: string
  readonly clock: Clock
  readonly random: Random
  readonly log: Log
  /** Wall clock. */
  readonly date: () => Date
  /** Status writes under way at most. */
  readonly parallel?: number
}

export interface ConvergeCounts {
  /** Services that are to be decided. */
  readonly undecided: number
  readonly writes: WriteCounts
  /** Services with an address that nobody announces. */
  readonly notAnnounced: number
  /** How long the last first pass of a term took, until all was decided. */
  readonly firstPassMs?: number
}

interface Seen {
  readonly snapshot: Snapshot
  readonly diagnostics: readonly Diagnostic[]
}

/** Writes that the watch has not shown for so long are looked after. */
const UNSEEN_MS = 1_000

export class Converge {
  readonly #options: ConvergeOptions
  readonly #book: StatusBook
  readonly #writer: StatusWriter
  readonly #settling: Settling
  readonly #announcements: AnnouncementWatch
  readonly #slices: Slices
  #newest: Seen | undefined
  /** What decisions have been made on; undefined outside a term. */
  #taken: Seen | undefined
  #paused = false
  #beganAt: number | undefined
  #firstPassMs: number | undefined
  #sweeping = false

  constructor(api: KubeApi, options: ConvergeOptions) {
    this.#options = options
    this.#book = new StatusBook((key) => this.#writer.push(key))
    this.#writer = new StatusWriter(api, {
      ...options,
      book: this.#book,
      identity: (key) => this.#identity('Service', key),
      onSettled: (key) => this.#answered(key),
    })
    this.#settling = new Settling({
      ...options,
      book: this.#book,
      writer: this.#writer,
      regarding: (kind, key) => this.#regarding(kind, key),
    })
    this.#announcements = new AnnouncementWatch({
      ...options,
      service: (key) => this.#book.service(key),
      onWish: (key, wish) => {
        this.#book.wishCondition(key, wish)
        if (wish !== undefined) this.#writer.pushUnhurried(key)
      },
    })
    this.#slices = new Slices(options.clock, () => this.#settling.step() || this.#passDone())
  }

  get counts(): ConvergeCounts {
    return {
      undecided: this.#settling.undecided,
      writes: this.#writer.counts,
      notAnnounced: this.#announcements.count,
      ...(this.#firstPassMs !== undefined && { firstPassMs: this.#firstPassMs }),
    }
  }

  /** Statuses are being written, or about to be. */
  get isBusy(): boolean {
    return !this.#paused && (this.#settling.undecided > 0 || this.#writer.isBusy)
  }

  usage(): readonly PoolUsage[] {
    return this.#settling.usage()
  }

  codes(): ReadonlyMap<AllocationCode, number> {
    return this.#settling.codes()
  }

  /** The newest state of the cluster. */
  update(snapshot: Snapshot, diagnostics: readonly Diagnostic[]): void {
    this.#newest = { snapshot, diagnostics }
    if (!this.#paused) this.#take()
  }

  /** A term begins: nothing is known. There must have been a snapshot. */
  begin(): void {
    this.end()
    if (this.#newest === undefined) return
    const { snapshot, diagnostics } = this.#newest
    this.#beganAt = this.#options.clock.now()
    this.#taken = this.#newest
    this.#book.show(snapshot.services)
    this.#settling.begin(snapshot, diagnostics)
    this.#slices.start()
  }

  /** Nothing is decided, told or written any more, until `resume`. */
  pause(): void {
    this.#paused = true
    this.#slices.stop()
    this.#announcements.stop()
  }

  /** The same term goes on. */
  resume(): void {
    this.#paused = false
    this.#take()
    this.#writer.wake()
  }

  /** Forgets bookings and wishes; what is in flight is answered and then forgotten, too. */
  end(): void {
    this.#paused = false
    this.#taken = undefined
    this.#slices.stop()
    this.#announcements.stop()
    this.#writer.clear()
    this.#settling.end()
    this.#book.clear()
  }

  /** When everything in flight has been answered. */
  idle(): Promise<void> {
    return this.#writer.idle()
  }

  #take(): void {
    const [before, now] = [this.#taken, this.#newest]
    if (before === undefined || now === undefined) return
    this.#taken = now
    const { snapshot, diagnostics } = now
    this.#book.show(snapshot.services)
    this.#settling.show(snapshot.services)
    for (const key of changedKeys(before.snapshot.services, snapshot.services)) this.#changed(key)
    if (diagnostics !== before.diagnostics || !samePools(before.snapshot, snapshot)) {
      this.#settling.setPools(snapshot, diagnostics)
      this.#options.onUsage()
    }
    this.#slices.start()
    if (!this.#settling.isAdopting) this.#announcements.update(snapshot)
  }

  #changed(key: ObjectKey): void {
    if (this.#isSeen(key)) this.#book.seen(key)
    this.#settling.add(key)
  }

  /** The watch shows our last write, or something newer. */
  #isSeen(key: ObjectKey): boolean {
    const written = this.#book.writtenVersion(key)
    const shown = this.#identity('Service', key)?.resourceVersion
    return written === undefined || shown === undefined || isAtLeast(shown, written)
  }

  #passDone(): false {
    if (this.#beganAt !== undefined) {
      this.#firstPassMs = this.#options.clock.now() - this.#beganAt
      this.#beganAt = undefined
    }
    this.#settling.reportMoves()
    this.#options.onUsage()
    if (this.#taken !== undefined) this.#announcements.update(this.#taken.snapshot)
    return false
  }

  /** A write has been answered. */
  #answered(key: ObjectKey): void {
    if (this.#taken === undefined || this.#paused) return
    this.#settling.answered(key)
    // Not at once: the queue still holds the key while it tells us.
    this.#options.clock.soon(() => {
      if (this.#taken !== undefined && !this.#paused) this.#slices.start()
    })
    this.#sweep()
  }

  /** The echo of a write may change nothing that decisions read, and then it comes without a change. */
  #sweep(): void {
    if (this.#sweeping) return
    this.#sweeping = true
    this.#options.clock.after(UNSEEN_MS, () => {
      this.#sweeping = false
      for (const key of [...this.#book.unseen()])
        if (this.#isSeen(key)) {
          this.#book.seen(key)
          this.#settling.add(key)
        }
      if (this.#taken !== undefined && !this.#paused) this.#slices.start()
      if (this.#book.unseen().next().done === false) this.#sweep()
    })
  }

  #identity(kind: string, key: ObjectKey): ObjectIdentity | undefined {
    const [namespace = '', name = ''] = key.split('/')
    return this.#options.identity(kind, namespace, name)
  }

  /** Pools are named without their namespace. */
  #regarding(kind: 'Service' | 'IPAddressPool', key: ObjectKey): Regarding {
    const isPool = kind === 'IPAddressPool'
    const path = isPool ? `${this.#options.metallbNamespace}/${key}` : key
    const [namespace = '', name = ''] = path.split('/')
    const uid = this.#identity(kind, path)?.uid
    const apiVersion = isPool ? 'metallb.io/v1beta1' : 'v1'
    return { apiVersion, kind, namespace, name, ...(uid !== undefined && { uid }) }
  }
}

const samePools = (a: Snapshot, b: Snapshot): boolean =>
  a.namespaces === b.namespaces &&
  (a.config === b.config ||
    (a.config.pools.length === b.config.pools.length &&
      a.config.pools.every((pool, at) => pool === b.config.pools[at])))
