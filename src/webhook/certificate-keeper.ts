/**
 * Keeps the certificate that the replicas share: reads the Secret now and then, renews what is due, and hands it on.
 * The replicas need not agree on who does it: the first to write wins, and the other reads what it wrote.
 */
import type { Clock, Log, Random, Timer } from '../../bgp/index.ts'
import { type KubeApi, KubeError } from '../sources/index.ts'
import { type KeyRing, renew } from './key-ring.ts'
import { fromSecretData, toSecretData } from './key-secret.ts'
import { type Fields, fieldsOf } from './review.ts'

export interface KeeperOptions {
  readonly api: KubeApi
  readonly namespace: string
  /** Of the Secret. */
  readonly secret: string
  /** DNS names and addresses of the server. */
  readonly names: readonly string[]
  /** Called after every look, changed or not. What it rejects with is told to the log, and it is called again. */
  readonly use: (ring: KeyRing) => Promise<void>
}

export interface KeeperContext {
  readonly clock: Clock
  readonly log: Log
  readonly random: Random
  /** Milliseconds since 1970. */
  readonly wallClock: () => number
}

/** Between looks: how long what somebody wiped stays wiped. */
const LOOK_MS = 10_000
const FIRST_RETRY_MS = 1_000
const LAST_RETRY_MS = 30_000
const MOST_CONFLICTS = 5

export class CertificateKeeper {
  readonly #options: KeeperOptions
  readonly #context: KeeperContext
  #timer: Timer | undefined
  #failures = 0
  #complaint: string | undefined
  #closed = false

  constructor(options: KeeperOptions, context: KeeperContext) {
    this.#options = options
    this.#context = context
  }

  /** Looks now, and from then on by itself. */
  async look(): Promise<void> {
    this.#timer?.cancel()
    try {
      const ring = await this.#settle()
      if (!this.#closed) await this.#options.use(ring)
      this.#failures = 0
      this.#complaint = undefined
    } catch (error) {
      this.#failures++
      this.#complain(error)
    }
    if (!this.#closed) this.#timer = this.#context.clock.after(this.#pause(), () => void this.look())
  }

  close(): void {
    this.#closed = true
    this.#timer?.cancel()
  }

  #pause(): number {
    const pause =
      this.#failures === 0 ? LOOK_MS : Math.min(LAST_RETRY_MS, FIRST_RETRY_MS * 2 ** (this.#failures - 1))
    return pause * (0.75 + this.#context.random() / 2)
  }

  /** Once per reason, not once per attempt. */
  #complain(error: unknown): void {
    const { message, hint } = error instanceof KubeError ? error : { message: String(error), hint: undefined }
    if (message === this.#complaint || this.#closed) return
    this.#complaint = message
    this.#context.log('warn', `webhook: ${message}`, { hint })
  }

  async #settle(): Promise<KeyRing> {
    for (let conflicts = 0; ; conflicts++) {
      const secret = await this.#read()
      const held = fromSecretData(secret?.data)
      const ring = await renew(held, this.#options.names, this.#context.wallClock())
      if (ring === held) return ring
      try {
        await this.#write(secret, ring)
        this.#context.log('info', `webhook: ${held === undefined ? 'made' : 'renewed'} the certificate`)
        return ring
      } catch (error) {
        if (!isConflict(error) || conflicts >= MOST_CONFLICTS) throw error
      }
    }
  }

  async #read(): Promise<Fields | undefined> {
    const { api, secret } = this.#options
    try {
      return fieldsOf(await api.request({ method: 'GET', path: `${this.#path()}/${secret}` }))
    } catch (error) {
      if (error instanceof KubeError && error.kind === 'not-found') return undefined
      throw error
    }
  }

  /** Rejects with a conflict when another replica was faster. */
  async #write(secret: Fields | undefined, ring: KeyRing): Promise<void> {
    const { api, namespace, secret: name } = this.#options
    const data = toSecretData(ring)
    if (secret === undefined) {
      const body = { apiVersion: 'v1', kind: 'Secret', metadata: { namespace, name }, type: 'Opaque', data }
      await api.request({ method: 'POST', path: this.#path(), body })
    } else {
      // With the resourceVersion that was read.
      await api.request({ method: 'PUT', path: `${this.#path()}/${name}`, body: { ...secret, data } })
    }
  }

  #path(): string {
    return `/api/v1/namespaces/${this.#options.namespace}/secrets`
  }
}

const isConflict = (error: unknown): boolean => error instanceof KubeError && error.kind === 'conflict'
