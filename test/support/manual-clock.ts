import type { Clock, Timer } from '../../bgp/clock.ts'

/**
 * Time that stands still until a test moves it. Timers fire in the order of their moments, those of one moment in
 * the order they were set; `soon` runs at the present moment, before time goes on.
 */
export class ManualClock implements Clock {
  #now = 0
  #sequence = 0
  readonly #waiting: Entry[] = []

  now(): number {
    return this.#now
  }

  after(ms: number, fire: () => void): Timer {
    return this.#schedule(this.#now + Math.max(0, ms), fire)
  }

  soon(fire: () => void): Timer {
    return this.#schedule(this.#now, fire)
  }

  /** Runs everything due within the next `ms`. */
  advance(ms: number): void {
    const until = this.#now + ms
    for (let entry = this.#next(until); entry !== undefined; entry = this.#next(until)) {
      this.#now = entry.at
      entry.fire()
    }
    this.#now = until
  }

  /** Runs what is due now. */
  settle(): void {
    this.advance(0)
  }

  /** The event loop was busy for `ms`: time has passed, nothing has run yet. */
  stall(ms: number): void {
    this.#now += ms
  }

  /** How many timers wait. */
  get size(): number {
    return this.#waiting.length
  }

  #schedule(at: number, fire: () => void): Timer {
    const entry: Entry = { at, sequence: this.#sequence++, fire }
    push(this.#waiting, entry)
    return { cancel: () => this.#cancel(entry) }
  }

  #cancel(entry: Entry): void {
    entry.fire = () => {}
    const index = this.#waiting.indexOf(entry)
    if (index !== -1) remove(this.#waiting, index)
  }

  #next(until: number): Entry | undefined {
    const first = this.#waiting[0]
    if (first === undefined || first.at > until) return undefined
    remove(this.#waiting, 0)
    return { ...first, at: Math.max(first.at, this.#now) }
  }
}

interface Entry {
  readonly at: number
  readonly sequence: number
  fire: () => void
}

/** A binary heap, earliest first: the simulated hours of the tests set many timers. */
function push(heap: Entry[], entry: Entry): void {
  heap.push(entry)
  rise(heap, heap.length - 1)
}

function remove(heap: Entry[], index: number): void {
  const last = heap.pop()
  if (last === undefined || index === heap.length) return
  heap[index] = last
  rise(heap, index)
  sink(heap, index)
}

function rise(heap: Entry[], from: number): void {
  for (let at = from; at > 0; ) {
    const parent = (at - 1) >> 1
    if (!swapIfEarlier(heap, at, parent)) return
    at = parent
  }
}

function sink(heap: Entry[], from: number): void {
  for (let at = from; ; ) {
    const left = 2 * at + 1
    const child = isEarlier(heap[left + 1], heap[left]) ? left + 1 : left
    if (!swapIfEarlier(heap, child, at)) return
    at = child
  }
}

function swapIfEarlier(heap: Entry[], child: number, parent: number): boolean {
  const a = heap[child]
  const b = heap[parent]
  if (a === undefined || b === undefined || !isEarlier(a, b)) return false
  heap[child] = b
  heap[parent] = a
  return true
}

function isEarlier(a: Entry | undefined, b: Entry | undefined): boolean {
  if (a === undefined || b === undefined) return false
  return a.at === b.at ? a.sequence < b.sequence : a.at < b.at
}
