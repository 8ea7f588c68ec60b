/**
 * The way of a status to the API server: takes the next draft of a Service from the book, writes it, and judges the
 * answer. Whatever goes wrong, the wish stays in the book until it has come true or another one takes its place.
 */
import type { Clock, Log, Random } from '../../bgp/index.ts'
import type { ObjectKey } from '../cluster/index.ts'
import type { EventWish } from '../events/index.ts'
import { type KubeApi, KubeError, type ObjectIdentity, Patch } from '../sources/index.ts'
import type { Draft, Next, StatusBook } from './status-book.ts'
import { statusPatch } from './status-patch.ts'
import { newest } from './versions.ts'
import { WriteLog } from './write-log.ts'
import { type WriteOutcome, WriteQueue, type WriteQueueCounts } from './write-queue.ts'

export interface StatusWriterOptions {
  readonly book: StatusBook
  /** uid and resourceVersion of a Service as the watch shows it. */
  readonly identity: (key: ObjectKey) => ObjectIdentity | undefined
  /** May write at this very moment. */
  readonly mayWrite: () => boolean
  readonly tell: (event: EventWish) => void
  /** Something was written or refused for good: its turn is over. */
  readonly onSettled: (key: ObjectKey) => void
  readonly clock: Clock
  readonly random: Random
  readonly log: Log
  readonly date: () => Date
  readonly parallel?: number
  /** A status was written so many milliseconds after the need was seen. */
  readonly onWritten?: (ms: number) => void
}

export interface WriteCounts extends WriteQueueCounts {
  readonly written: number
  readonly conflicts: number
  readonly failed: number
}

const TIMEOUT_MS = 10_000
/** The same complaint of the API server is logged again after so long. */
const REPEAT_MS = 60_000

export class StatusWriter {
  readonly #api: KubeApi
  readonly #options: StatusWriterOptions
  readonly #queue: WriteQueue
  readonly #log: WriteLog
  readonly #said = new Map<string, number>()
  #written = 0
  #conflicts = 0
  #failed = 0

  constructor(api: KubeApi, options: StatusWriterOptions) {
    const { mayWrite, clock, random, log, parallel } = options
    this.#api = api
    this.#log = new WriteLog(log, clock)
    this.#options = options
    this.#queue = new WriteQueue({
      write: (key) => this.#write(key),
      mayWrite,
      clock,
      random,
      ...(parallel !== undefined && { parallel }),
    })
  }

  get counts(): WriteCounts {
    const { written, conflicts, failed } = {
      written: this.#written,
      conflicts: this.#conflicts,
      failed: this.#failed,
    }
    return { ...this.#queue.counts, written, conflicts, failed }
  }

  get isBusy(): boolean {
    const { waiting, inFlight } = this.#queue.counts
    return waiting + inFlight > 0
  }

  isInFlight(key: ObjectKey): boolean {
    return this.#queue.isInFlight(key)
  }

  /** The addresses of this Service are to be written. */
  push(key: ObjectKey): void {
    this.#queue.push(key)
  }

  /** Something of this Service is to be written that is not worth holding up addresses. */
  pushUnhurried(key: ObjectKey): void {
    this.#queue.pushUnhurried(key)
  }

  drop(key: ObjectKey): void {
    this.#queue.drop(key)
  }

  wake(): void {
    this.#queue.wake()
  }

  clear(): void {
    this.#queue.clear()
  }

  /** When everything in flight has been answered. */
  idle(): Promise<void> {
    return this.#queue.idle()
  }

  async #write(key: ObjectKey): Promise<WriteOutcome> {
    const next = this.#next(key)
    const identity = this.#options.identity(key)
    if (next.do === 'later') return { go: 'later', ms: next.ms }
    if (next.do !== 'write' || identity === undefined) return { go: 'on' }
    const outcome = await this.#send(key, next.draft, identity)
    this.#options.onSettled(key)
    return outcome
  }

  #next(key: ObjectKey): Next {
    return this.#options.book.next(key, this.#options.clock.now())
  }

  async #send(key: ObjectKey, draft: Draft, identity: ObjectIdentity): Promise<WriteOutcome> {
    const { book, date } = this.#options
    const version = newest(identity.resourceVersion, book.writtenVersion(key))
    try {
      const answer = await this.#api.request<Answer>({
        method: 'PATCH',
        path: pathOf(identity),
        patch: Patch.strategic,
        body: statusPatch(draft.service, draft.write, version, date()),
        metadataOnly: true,
        timeoutMs: TIMEOUT_MS,
      })
      this.#wrote(key, draft, identity, answer.metadata?.resourceVersion ?? version)
      return { go: 'on' }
    } catch (error) {
      return this.#refused(key, error)
    }
  }

  #wrote(key: ObjectKey, draft: Draft, identity: ObjectIdentity, version: string): void {
    const { book } = this.#options
    this.#written++
    book.wrote(key, draft, version)
    const { status, condition } = draft
    const { resourceVersion: _, ...regarding } = identity
    for (const event of status?.events ?? []) this.#options.tell({ regarding, ...event })
    if (condition?.event !== undefined) this.#options.tell({ regarding, ...condition.event })
    if (status !== undefined) {
      const { addresses, pool, code, message, since } = status
      this.#options.onWritten?.(this.#options.clock.now() - since)
      this.#log.wrote({ service: key, addresses: addresses.join(','), pool, code, why: message })
    }
    // That was not all: the rest waits for its time, or for somebody to let go of an address.
    if (this.#next(key).do !== 'nothing') this.push(key)
  }

  #refused(key: ObjectKey, error: unknown): WriteOutcome {
    const problem = error instanceof KubeError ? error : new KubeError('failed', String(error))
    switch (problem.kind) {
      // Someone changed it, or it is gone. The watch will show it, and if that changes the decision, the wish. Until
      // then the same wish on the newest version is right.
      case 'conflict':
      case 'not-found':
      case 'gone':
        this.#conflicts++
        return { go: 'again', slowly: false }
      case 'forbidden':
      case 'invalid':
        this.#failed++
        this.#say(key, problem)
        return { go: 'again', slowly: true }
      case 'failed':
        this.#failed++
        this.#say(key, problem)
        return { go: 'again', slowly: false }
      case 'unreachable':
      case 'unauthorized':
      case 'busy': {
        this.#failed++
        this.#say(key, problem)
        const { retryAfterMs: ms } = problem
        return { go: 'rest', ...(ms !== undefined && { ms }) }
      }
    }
  }

  /** 10,000 Services may meet the same trouble: it is said once a minute. */
  #say(key: ObjectKey, { kind, message, hint }: KubeError): void {
    const now = this.#options.clock.now()
    const last = this.#said.get(kind)
    if (last !== undefined && now - last < REPEAT_MS) return
    this.#said.set(kind, now)
    const level = kind === 'forbidden' || kind === 'invalid' ? 'error' : 'warn'
    this.#options.log(level, `the status of a service cannot be written: ${message}`, {
      service: key,
      ...(hint !== undefined && { hint }),
    })
  }
}

interface Answer {
  readonly metadata?: { readonly resourceVersion?: string }
}

const pathOf = ({ namespace, name }: ObjectIdentity): string =>
  `/api/v1/namespaces/${encodeURIComponent(namespace)}/services/${encodeURIComponent(name)}/status`
