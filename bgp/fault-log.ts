import type { Clock, Log } from './clock.ts'
import { type DecodedUpdate, toHex } from './wire/index.ts'

/**
 * RFC 7606 section 6: an UPDATE that was wrong but did not end the session is counted always, and logged with its
 * octets now and then, so that the peer's vendor can be shown what it sent.
 */
const PERIOD_MS = 60_000

export class FaultLog {
  readonly #clock: Clock
  readonly #log: Log
  #next = Number.NEGATIVE_INFINITY
  #unlogged = 0

  constructor(clock: Clock, log: Log) {
    this.#clock = clock
    this.#log = log
  }

  note(
    { action, faults }: DecodedUpdate,
    bytes: Uint8Array,
    counts: { treatAsWithdraw: number; attributeDiscard: number },
  ): void {
    if (faults.length === 0) return
    if (action === 'treat-as-withdraw') counts.treatAsWithdraw += 1
    if (action === 'attribute-discard') counts.attributeDiscard += 1
    if (this.#clock.now() < this.#next) {
      this.#unlogged += 1
      return
    }
    const reasons = faults.map(({ reason }) => reason)
    this.#log('warn', `UPDATE with faults: ${action}`, {
      reasons,
      message: toHex(bytes),
      unlogged: this.#unlogged,
    })
    this.#next = this.#clock.now() + PERIOD_MS
    this.#unlogged = 0
  }
}
