/** One call that is under way: it ends by itself, by its caller's signal, by our patience, or with all the others. */
import { BadAnswer } from './unreachable.ts'

export class Call {
  readonly #controller = new AbortController()
  readonly #all: Set<Call>
  readonly #outer: AbortSignal | undefined
  readonly #stop = (): void => this.abort(new BadAnswer('given up'))

  constructor(all: Set<Call>, outer: AbortSignal | undefined) {
    this.#all = all
    this.#outer = outer
    all.add(this)
    outer?.addEventListener('abort', this.#stop, { once: true })
    if (outer?.aborted) this.#stop()
  }

  get signal(): AbortSignal {
    return this.#controller.signal
  }

  abort(reason: Error): void {
    this.#controller.abort(reason)
  }

  /** Nothing more is expected of it. */
  end(): void {
    this.#all.delete(this)
    this.#outer?.removeEventListener('abort', this.#stop)
  }
}
