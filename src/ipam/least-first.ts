/**
 * A set that gives its least member first: a binary heap, and beside it who is really a member. Whoever is taken out
 * from the middle stays in the heap until its turn comes or the dead outnumber the living.
 */
const SPARE = 64

export class LeastFirst<T extends number | string> {
  #heap: T[] = []
  readonly #members = new Set<T>()
  readonly #inHeap = new Set<T>()

  get size(): number {
    return this.#members.size
  }

  add(value: T): void {
    this.#members.add(value)
    if (this.#inHeap.has(value)) return
    this.#inHeap.add(value)
    this.#push(value)
  }

  delete(value: T): void {
    this.#members.delete(value)
    if (this.#heap.length > 2 * this.#members.size + SPARE) this.#rebuild()
  }

  /** Undefined when there is none. */
  least(): T | undefined {
    for (;;) {
      const [top] = this.#heap
      if (top === undefined || this.#members.has(top)) return top
      this.#dropTop()
    }
  }

  #rebuild(): void {
    this.#heap = []
    this.#inHeap.clear()
    for (const value of this.#members) {
      this.#inHeap.add(value)
      this.#push(value)
    }
  }

  #push(value: T): void {
    const heap = this.#heap
    let at = heap.push(value) - 1
    while (at > 0) {
      const parent = (at - 1) >> 1
      const above = heap[parent] as T
      if (above <= value) break
      heap[at] = above
      at = parent
    }
    heap[at] = value
  }

  #dropTop(): void {
    const heap = this.#heap
    this.#inHeap.delete(heap[0] as T)
    const last = heap.pop()
    if (last === undefined || heap.length === 0) return
    let at = 0
    for (let child = 1; child < heap.length; child = 2 * at + 1) {
      if (child + 1 < heap.length && (heap[child + 1] as T) < (heap[child] as T)) child++
      const below = heap[child] as T
      if (last <= below) break
      heap[at] = below
      at = child
    }
    heap[at] = last
  }
}
