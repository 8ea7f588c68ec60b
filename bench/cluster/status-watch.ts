/** When the API server showed which address, for every Service: one watch, the same for everybody who is measured. */
import type { ControlPlane } from '../../bird-testbed/index.ts'
import { connectKubernetes, type KubeApi } from '../../src/sources/index.ts'

interface Shown {
  readonly metadata?: { readonly name?: string }
  readonly status?: { readonly loadBalancer?: { readonly ingress?: readonly { readonly ip?: string }[] } }
}

export interface Addressed {
  readonly ip: string
  /** performance.now() */
  readonly at: number
}

export class StatusWatch {
  readonly #addressed = new Map<string, Addressed>()
  readonly #waiting = new Map<string, (addressed: Addressed) => void>()
  readonly #ending = new AbortController()
  readonly #api: KubeApi

  private constructor(api: KubeApi) {
    this.#api = api
  }

  static async start(plane: ControlPlane): Promise<StatusWatch> {
    const door = await plane.localDoor()
    const api = await connectKubernetes({ kubeconfig: await plane.kubeconfig({ server: door.server }) })
    const watch = new StatusWatch(api)
    void watch.#run()
    return watch
  }

  /** How many Services have an address. */
  get count(): number {
    return this.#addressed.size
  }

  /** When the last of them got its address; performance.now(). */
  get last(): number {
    return Math.max(0, ...[...this.#addressed.values()].map(({ at }) => at))
  }

  async of(name: string): Promise<Addressed> {
    const known = this.#addressed.get(name)
    if (known !== undefined) return known
    return new Promise((resolve) => this.#waiting.set(name, resolve))
  }

  close(): void {
    this.#ending.abort()
    this.#api.close()
  }

  async #run(): Promise<void> {
    while (!this.#ending.signal.aborted) {
      try {
        const request = { path: '/api/v1/services', silenceMs: 600_000, signal: this.#ending.signal }
        for await (const { type, object } of this.#api.watch(request)) this.#saw(type, object as Shown)
      } catch {
        // The API server is away, or we are closing: look again.
        await new Promise((resolve) => setTimeout(resolve, 50))
      }
    }
  }

  #saw(type: string, { metadata, status }: Shown): void {
    const name = metadata?.name ?? ''
    const ip = status?.loadBalancer?.ingress?.[0]?.ip
    if (type === 'DELETED') this.#addressed.delete(name)
    else if (ip !== undefined && !this.#addressed.has(name)) {
      const addressed = { ip, at: performance.now() }
      this.#addressed.set(name, addressed)
      this.#waiting.get(name)?.(addressed)
      this.#waiting.delete(name)
    }
  }
}
