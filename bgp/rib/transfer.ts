/**
 * A transfer: a difference made ready for one session, in the order in which it goes out. First all withdrawals, then
 * family by family what is announced, one attribute set after another.
 *
 * Attribute sets that the session's export makes equal (a LOCAL_PREF that an eBGP peer never sees) are joined here,
 * so that they share messages.
 */
import { encodeRouteRefresh, FAMILIES, type Family } from '../wire/index.ts'
import { Batch } from './batch.ts'
import type { Difference, FamilyDifference } from './difference.ts'
import type { UnsendableReason } from './export.ts'
import type { Exporter, Sendable } from './exporter.ts'
import type { RouteSet } from './route-set.ts'
import type { Runs } from './runs.ts'

type Step =
  | { readonly kind: 'withdraw' | 'announce'; readonly family: Family; readonly batch: Batch }
  | { readonly kind: 'mark'; readonly message: Uint8Array }

/** Changes of how many routes are held back, by family and reason. */
export type HeldBack = Readonly<Record<Family, Map<UnsendableReason, number>>>

export class Transfer {
  /** What the peer knows when everything is delivered. */
  readonly to: RouteSet
  readonly heldBack: HeldBack = { ipv4: new Map(), ipv6: new Map() }
  /** By how many prefixes the peer's table has grown so far; never too many, and exact at the end. */
  readonly told: Record<Family, number> = { ipv4: 0, ipv6: 0 }
  /** Prefixes not sent yet. */
  pending = 0
  started = false
  readonly #steps: Step[] = []
  readonly #replaced: Record<Family, number> = { ipv4: 0, ipv6: 0 }
  #step = 0

  constructor(to: RouteSet) {
    this.to = to
  }

  get done(): boolean {
    return this.#step === this.#steps.length
  }

  /** Most octets that the next message can have. */
  get nextAtMost(): number {
    const step = this.#steps[this.#step]
    if (step === undefined) return 0
    return step.kind === 'mark' ? step.message.length : step.batch.nextAtMost
  }

  /** Most octets that are still to come, as far as that is below `enough`. */
  atMost(enough: number): number {
    let octets = 0
    for (let i = this.#step; i < this.#steps.length && octets < enough; i++) {
      const step = this.#steps[i] as Step
      octets += step.kind === 'mark' ? step.message.length : step.batch.atMost
    }
    return Math.min(octets, enough)
  }

  /** Writes whole messages as long as they fit, and returns the octets used. The first always has to fit. */
  fill(out: Uint8Array): number {
    this.started = true
    let used = 0
    for (; this.#step < this.#steps.length; this.#step++) {
      const step = this.#steps[this.#step] as Step
      if (step.kind === 'mark') {
        if (used + step.message.length > out.length) return used
        out.set(step.message, used)
        used += step.message.length
        continue
      }
      while (step.batch.count > 0) {
        if (used + step.batch.nextAtMost > out.length) return used
        const before = step.batch.count
        used += step.batch.write(out, used)
        this.#account(step.kind, step.family, before - step.batch.count)
      }
    }
    return used
  }

  /** For the making of it. */
  add(step: Step): void {
    if (step.kind !== 'mark') this.pending += step.batch.count
    this.#steps.push(step)
  }

  /** So many announcements are of prefixes that the peer has already. */
  replace(family: Family, count: number): void {
    this.#replaced[family] += count
  }

  holdBack(family: Family, reason: UnsendableReason | undefined, change: number): void {
    if (reason === undefined) return
    const held = this.heldBack[family]
    held.set(reason, (held.get(reason) ?? 0) + change)
  }

  #account(kind: 'withdraw' | 'announce', family: Family, count: number): void {
    this.pending -= count
    if (kind === 'withdraw') {
      this.told[family] -= count
      return
    }
    // Which of the announced prefixes are replacements is not kept: take them to be the first.
    const replaced = Math.min(count, this.#replaced[family])
    this.#replaced[family] -= replaced
    this.told[family] += count - replaced
  }
}

/** Attribute sets handled between two yields: each has to be encoded. */
const SLICE = 256

/**
 * Makes the transfer of a complete difference; yields when a slice of work is done. `demarcate`: families whose resend
 * is enclosed in BoRR and EoRR (RFC 7313 section 4).
 */
export function* makeTransfer(
  difference: Difference,
  exporter: Exporter,
  demarcate: ReadonlySet<Family>,
): Generator<void, Transfer> {
  const transfer = new Transfer(difference.to)
  for (const { family, withdrawn } of difference.families) {
    if (withdrawn.count === 0) continue
    const { envelope, limit } = exporter.withdrawal(family)
    transfer.add({
      kind: 'withdraw',
      family,
      batch: new Batch(withdrawn, envelope, limit, exporter.pathId(family)),
    })
  }
  for (const each of difference.families) {
    const marked = demarcate.has(each.family)
    if (marked) transfer.add({ kind: 'mark', message: encodeRouteRefresh(each.family, 'begin') })
    yield* addAnnouncements(transfer, each, exporter)
    if (marked) transfer.add({ kind: 'mark', message: encodeRouteRefresh(each.family, 'end') })
    for (const [attributes, count] of each.released) {
      transfer.holdBack(each.family, exporter.of(attributes, each.family).unsendable, -count)
    }
    transfer.replace(each.family, each.replaced)
  }
  return transfer
}

function* addAnnouncements(
  transfer: Transfer,
  from: FamilyDifference,
  exporter: Exporter,
): Generator<void, void> {
  const { family } = from
  const groups = new Map<string, { readonly exported: Sendable; readonly runs: Runs }>()
  let met = 0
  for (const [attributes, runs] of from.announced) {
    if (++met % SLICE === 0) yield
    const exported = exporter.of(attributes, family)
    if (exported.unsendable !== undefined) {
      transfer.holdBack(family, exported.unsendable, runs.count)
      continue
    }
    const group = groups.get(exported.fingerprint)
    if (group === undefined) groups.set(exported.fingerprint, { exported, runs })
    else group.runs.absorb(runs)
  }
  for (const { exported, runs } of groups.values()) {
    if (++met % SLICE === 0) yield
    const batch = new Batch(runs, exported.envelope, exported.limit, exporter.pathId(family))
    transfer.add({ kind: 'announce', family, batch })
  }
}

/** Families that a set of held-back counts speaks of, as a plain list. */
export function heldBackList(
  held: HeldBack,
): readonly { readonly family: Family; readonly reason: UnsendableReason; readonly count: number }[] {
  return FAMILIES.flatMap((family) =>
    [...held[family]].filter(([, count]) => count > 0).map(([reason, count]) => ({ family, reason, count })),
  )
}
