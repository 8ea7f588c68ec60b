/**
 * What was let in a moment ago and the watch has not shown yet. `kubectl apply` sends the objects of a file faster
 * than they come back, and two pools of one file that overlap must not both slip in. What was let in may still be
 * refused by somebody else: it is believed for a few seconds, and only until the watch says anything of the object.
 */
import type { Clock } from '../../bgp/index.ts'
import { type Parsed, parseObjects } from '../cluster/index.ts'
import type { Change } from './verdict.ts'

type Objects = Parsed['objects']

interface Entry {
  readonly until: number
  /** As the watch showed it when it was changed. */
  readonly before: Objects[number] | undefined
  /** Empty: it was deleted. */
  readonly after: Objects
}

const BELIEVED_MS = 3_000
/** More are not remembered; the watch will tell. */
const MOST = 1_000

export class RecentChanges {
  readonly #clock: Clock
  readonly #entries = new Map<string, Entry>()

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** The change was let in. @param objects as the watch shows them */
  remember(change: Change, objects: Objects): void {
    if (this.#entries.size >= MOST) return
    const key = keyOf(change)
    const after =
      change.after === undefined
        ? []
        : parseObjects([{ value: change.after, origin: { locate: () => ({}) } }]).objects
    const before = objects.find((object) => keyOf(object) === key)
    this.#entries.set(key, { until: this.#clock.now() + BELIEVED_MS, before, after })
  }

  /** The objects as they are once everything has come back. */
  over(objects: Objects): Objects {
    if (this.#entries.size === 0) return objects
    const shown = new Map(objects.map((object) => [keyOf(object), object]))
    for (const [key, { until, before }] of this.#entries)
      if (until <= this.#clock.now() || shown.get(key) !== before) this.#entries.delete(key)
    const rest = objects.filter((object) => !this.#entries.has(keyOf(object)))
    return [...rest, ...[...this.#entries.values()].flatMap(({ after }) => after)]
  }
}

const keyOf = ({ kind, namespace, name }: Pick<Change, 'kind' | 'namespace' | 'name'>): string =>
  `${kind} ${namespace}/${name}`
