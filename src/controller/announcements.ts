/**
 * Services that have an address and that nobody announces: the one thing users of load balancers never get told. Each
 * gets a condition in its status with the reason, and an event when that begins and ends. What lasts less than a few
 * seconds (a Service just made, pods being rolled) is not worth a word, and a healthy Service is never written to.
 */
import type { Clock, Timer } from '../../bgp/index.ts'
import type { ObjectKey, Service, Snapshot } from '../cluster/index.ts'
import { changedKeys } from '../cluster/index.ts'
import { type AnywhereVerdict, ClusterPlanner, type PlanOptions, ReasonCode } from '../plan/index.ts'
import { Slices } from './slices.ts'
import type { ConditionWish } from './status-book.ts'

export interface AnnouncementWatchOptions {
  readonly plan: PlanOptions
  readonly clock: Clock
  /** The Service with what we have written to it, shown by the watch or not. */
  readonly service: (key: ObjectKey) => Service | undefined
  /** What the condition should become; undefined: as it is. Also told when that was so before. */
  readonly onWish: (key: ObjectKey, wish: ConditionWish | undefined) => void
}

/** Nobody announces it for so long before it is said. */
export const GRACE_MS = 5_000

export class AnnouncementWatch {
  readonly #options: AnnouncementWatchOptions
  readonly #planner: ClusterPlanner
  readonly #slices: Slices
  readonly #due = new Set<ObjectKey>()
  /** Since when nobody announces them; only those whose condition does not say so yet. Oldest first. */
  readonly #silent = new Map<ObjectKey, number>()
  /** Not announced, said or not. */
  readonly #unannounced = new Set<ObjectKey>()
  #snapshot: Snapshot | undefined
  #timer: Timer | undefined

  constructor(options: AnnouncementWatchOptions) {
    this.#options = options
    this.#planner = new ClusterPlanner(options.plan)
    this.#slices = new Slices(options.clock, () => this.#step())
  }

  /** Services with an address that no node announces. */
  get count(): number {
    return this.#unannounced.size
  }

  /** Looks at what changed since the last snapshot, in slices. Without any pool, all Services are somebody else's. */
  update(snapshot: Snapshot): void {
    if (snapshot.config.pools.length === 0) {
      this.stop()
      return
    }
    const before = this.#snapshot
    this.#snapshot = snapshot
    const all = this.#planner.update(snapshot)
    if (all || before === undefined) this.#dueAll(snapshot)
    else {
      for (const key of changedKeys(before.services, snapshot.services)) this.#due.add(key)
      for (const key of changedKeys(before.slices, snapshot.slices)) this.#due.add(key)
    }
    this.#slices.start()
  }

  stop(): void {
    this.#slices.stop()
    this.#timer?.cancel()
    this.#timer = undefined
    this.#due.clear()
    this.#silent.clear()
    this.#unannounced.clear()
    this.#snapshot = undefined
  }

  #dueAll(snapshot: Snapshot): void {
    for (const key of snapshot.services.keys()) this.#due.add(key)
    for (const key of this.#unannounced) this.#due.add(key)
  }

  #step(): boolean {
    for (const key of this.#due) {
      this.#due.delete(key)
      this.#look(key)
      return this.#due.size > 0
    }
    return false
  }

  #look(key: ObjectKey): void {
    const shown = this.#snapshot?.services.get(key)
    const service = this.#options.service(key)
    if (shown === undefined || service === undefined) {
      this.#spoken(key)
      this.#unannounced.delete(key)
      return
    }
    // Our own last write of the condition counts; the address counts once the watch, as the speakers', shows it.
    const verdict = this.#planner.look(shown)
    this.#count(key, verdict)
    if (isNotOurs(verdict)) {
      this.#spoken(key)
      this.#options.onWish(key, undefined)
    } else if (verdict.announced || hasNothing(verdict)) this.#atOnce(key, service, verdict)
    else this.#inTime(key, service, verdict)
  }

  #count(key: ObjectKey, verdict: AnywhereVerdict): void {
    if (verdict.announced || hasNothing(verdict) || isNotOurs(verdict)) this.#unannounced.delete(key)
    else this.#unannounced.add(key)
  }

  /** Announced, or nothing to announce. */
  #atOnce(key: ObjectKey, { announcedCondition: before }: Service, verdict: AnywhereVerdict): void {
    this.#spoken(key)
    const wish =
      before === undefined || (before.status === 'True' && verdict.announced)
        ? undefined
        : verdict.announced
          ? becameAnnounced(verdict)
          : GONE
    this.#options.onWish(key, wish)
  }

  #inTime(key: ObjectKey, { announcedCondition: before }: Service, verdict: AnywhereVerdict): void {
    const { code: reason, message } = verdict
    if (before?.status === 'False' && before.reason === reason && before.message === message) {
      this.#spoken(key)
      this.#options.onWish(key, undefined)
      return
    }
    const now = this.#options.clock.now()
    const since = this.#silent.get(key) ?? now
    if (now - since < GRACE_MS) {
      this.#silent.set(key, since)
      // A wish of before this silence is no longer true.
      this.#options.onWish(key, undefined)
      this.#wakeAfter(GRACE_MS - (now - since))
      return
    }
    this.#spoken(key)
    const event = { type: 'Warning', reason: 'NotAnnounced', message: `${reason}: ${message}` } as const
    const told = before?.status === 'False' && before.reason === reason
    this.#options.onWish(key, { condition: { status: 'False', reason, message }, ...(!told && { event }) })
  }

  #spoken(key: ObjectKey): void {
    this.#silent.delete(key)
  }

  #wakeAfter(ms: number): void {
    this.#timer ??= this.#options.clock.after(ms, () => {
      this.#timer = undefined
      const now = this.#options.clock.now()
      for (const [key, since] of this.#silent) {
        if (now - since < GRACE_MS) {
          this.#wakeAfter(GRACE_MS - (now - since))
          break
        }
        this.#due.add(key)
      }
      this.#slices.start()
    })
  }
}

/** Somebody else's, or no load balancer: not a word of ours. */
const isNotOurs = ({ code }: AnywhereVerdict): boolean => code === ReasonCode.otherLoadBalancerClass

const hasNothing = ({ code }: AnywhereVerdict): boolean =>
  code === ReasonCode.noAddress || code === ReasonCode.notLoadBalancer

const GONE: ConditionWish = { condition: 'none' }

/** Names no node: which one it is may change without a write. */
const ANNOUNCED = 'at least one node announces it'

const becameAnnounced = ({ code }: AnywhereVerdict): ConditionWish => ({
  condition: { status: 'True', reason: code, message: ANNOUNCED },
  event: { type: 'Normal', reason: 'Announced', message: ANNOUNCED },
})
