/**
 * The Secrets that BGPPeers name, and no others: each is followed by its own name, from when the first peer names it
 * until the last one no longer does. A new one is waited for a moment, so that a peer that comes with its password is
 * not first told that it has none. Who does not speak to peers (the controller) reads no Secret: a stand-in makes the
 * peers complete.
 */
import type { Clock } from '../../../bgp/index.ts'
import type { ClusterStore } from '../../cluster/index.ts'
import type { Followed } from './followed.ts'
import type { KubeObject } from './reflector.ts'
import { SECRET_KIND } from './resources.ts'

/** A Secret that cannot be read so soon is not waited for. */
const PATIENCE_MS = 2000

export interface SecretContext {
  readonly namespace: string
  readonly store: ClusterStore
  readonly clock: Clock
  /** Follows the Secret of that name; absent: Secrets are not read. */
  readonly follow?: (name: string) => Followed
  touched(): void
}

interface Entry {
  readonly followed: Followed | undefined
  readonly since: number
}

export class PeerSecrets {
  readonly #context: SecretContext
  /** Secret by peer. */
  readonly #named = new Map<string, string>()
  readonly #entries = new Map<string, Entry>()

  constructor(context: SecretContext) {
    this.#context = context
  }

  /** A BGPPeer came, or went. */
  look(peer: string, object: KubeObject | undefined): void {
    const before = this.#named.get(peer)
    const name = object === undefined ? undefined : secretNameOf(object)
    if (name === before) return
    if (name === undefined) this.#named.delete(peer)
    else this.#named.set(peer, name)
    if (name !== undefined && !this.#entries.has(name)) this.#add(name)
    if (before !== undefined && ![...this.#named.values()].includes(before)) this.#drop(before)
  }

  /** None is still to come. */
  get settled(): boolean {
    const now = this.#context.clock.now()
    return [...this.#entries.values()].every(
      ({ followed, since }) =>
        followed === undefined || followed.synced || followed.failures > 0 || now - since >= PATIENCE_MS,
    )
  }

  get followed(): readonly Followed[] {
    return [...this.#entries.values()].flatMap(({ followed }) => followed ?? [])
  }

  #add(name: string): void {
    const { clock, follow, touched } = this.#context
    const followed = follow?.(name)
    this.#entries.set(name, { followed, since: clock.now() })
    if (followed === undefined) this.#standIn(name)
    else clock.after(PATIENCE_MS, touched)
    followed?.start()
  }

  #drop(name: string): void {
    const { store, namespace } = this.#context
    const entry = this.#entries.get(name)
    this.#entries.delete(name)
    entry?.followed?.close()
    entry?.followed?.clear()
    if (entry?.followed === undefined) store.remove(SECRET_KIND, namespace, name)
  }

  #standIn(name: string): void {
    const { namespace, store } = this.#context
    const metadata = { namespace, name }
    const stringData = { password: 'not read' }
    store.put({
      value: { apiVersion: 'v1', kind: SECRET_KIND, metadata, type: 'kubernetes.io/basic-auth', stringData },
      origin: { locate: () => ({}) },
    })
  }
}

/** Names that no Secret can have are the parser's business. */
const NAME = /^[a-z0-9]([-a-z0-9.]{0,251}[a-z0-9])?$/

function secretNameOf(peer: KubeObject): string | undefined {
  const { spec } = peer as { spec?: { passwordSecret?: { name?: unknown } | null } | null }
  const name = spec?.passwordSecret?.name
  return typeof name === 'string' && NAME.test(name) ? name : undefined
}
