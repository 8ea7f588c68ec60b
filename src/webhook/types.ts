/** What the webhooks are given and what they give back; see index.ts. */
import type { Clock, Log, Random } from '../../bgp/index.ts'
import type { ObjectKey, Parsed, Service } from '../cluster/index.ts'
import type { KubeApi } from '../sources/index.ts'

export interface WebhookOptions {
  readonly api: KubeApi
  /** Oyez's own: of its Service, its Secret, and of the metallb.io objects it reads. */
  readonly namespace: string
  /** TCP port to listen on, all addresses; 0 takes a free one. */
  readonly port: number
  /** The Service that leads API servers here, e.g. `oyez-webhook`. */
  readonly service: string
  /** The cluster as the watch has it; undefined before it has been listed once. Asked at every review. */
  readonly cluster: () => CurrentCluster | undefined
}

export interface CurrentCluster {
  /** As they came last, good or not: metallb.io objects, Nodes, Namespaces and Secrets. */
  readonly objects: Parsed['objects']
  readonly services: ReadonlyMap<ObjectKey, Service>
}

export interface WebhookContext {
  readonly clock: Clock
  readonly log: Log
  readonly random: Random
  /** The time of day in milliseconds since 1970, for certificates; `Date.now` unless told otherwise. */
  readonly wallClock?: () => number
}

export interface WebhookServer {
  /** The port that was taken. */
  readonly port: number
  /** False until a certificate is there and the API server has been told of it. */
  readonly ready: boolean
  close(): Promise<void>
}

/** A key pair as TLS servers take it, in PEM. */
export interface KeyPair {
  readonly cert: string
  readonly key: string
}
