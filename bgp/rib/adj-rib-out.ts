/**
 * The Adj-RIB-Out of one neighbor (RFC 4271 section 3.2): what it should hear, what it has heard, and the messages
 * that lead from one to the other.
 *
 * Callers only ever say what they want, as a whole set. The owner of the session pulls messages when the socket can
 * take them, so nothing is queued: what changed and changed back before it was pulled is never sent, and whatever
 * happens meanwhile, memory is one transfer in progress and one wanted set. A transfer that has begun is finished
 * first; the difference to the newest wanted set follows.
 *
 * The first dump is an ordinary difference, from nothing, and is prepared while the session is still down.
 */
import {
  FAMILIES,
  type Family,
  familyOf,
  MAX_EXTENDED_MESSAGE,
  MAX_MESSAGE,
  type PathAttributes,
  type SessionContext,
} from '../wire/index.ts'
import type { RouteAttributes } from './attributes.ts'
import { Difference, unheard } from './difference.ts'
import { OwedEndOfRib } from './end-of-rib.ts'
import type { ExportFacts, UnsendableReason } from './export.ts'
import { Exporter } from './exporter.ts'
import { RouteSet } from './route-set.ts'
import { type HeldBack, heldBackList, makeTransfer, type Transfer } from './transfer.ts'

export interface SessionOut {
  /** `addPath`: families for which we send path identifiers. */
  readonly ctx: SessionContext
  readonly facts: ExportFacts
  /**
   * Size in octets to fill messages up to, default 4096 even where longer ones were agreed on: those save one octet in
   * a hundred and make keepalives wait longer on slow links. Never more than the session allows.
   */
  readonly maxMessage?: number
  /** Send no End-of-RIB before `releaseEndOfRib()`: the wanted set is not complete yet (RFC 4724 section 4.1). */
  readonly holdEndOfRib?: boolean
}

export interface AdjRibOutStatus {
  /** Prefixes the peer has been told; while a transfer runs, at least so many. */
  readonly advertised: Readonly<Record<Family, number>>
  /** Prefixes ready to be sent or withdrawn, not pulled yet; without a session all that are wanted. */
  readonly pending: number
  /** Wanted but not told, and why. */
  readonly withheld: readonly {
    readonly family: Family
    readonly reason: UnsendableReason
    readonly count: number
  }[]
}

/** How one prefix stands with the peer. */
export type Standing =
  | { readonly sent: true; readonly attributes: RouteAttributes; readonly path: PathAttributes }
  | { readonly sent: false; readonly reason: 'NotEstablished' | 'NotWanted' | 'Pending' | UnsendableReason }

interface Session {
  readonly exporter: Exporter
  readonly ctx: SessionContext
  readonly endOfRib: OwedEndOfRib
}

/** Families to send again, and whether between BoRR and EoRR. */
type Resend = ReadonlyMap<Family, boolean>

interface Preparation {
  readonly difference: Difference
  readonly resend: Resend
  /** The second half of the work, which needs a session. */
  making?: Generator<void, Transfer>
  transfer?: Transfer
}

/** Records compared per slice: one to three milliseconds even before the compiler has warmed up. */
const SLICE = 16_384

export class AdjRibOut {
  #wanted = RouteSet.empty
  #told = RouteSet.empty
  #session: Session | undefined
  #preparation: Preparation | undefined
  #refresh = new Map<Family, boolean>()
  readonly #advertised: Record<Family, number> = { ipv4: 0, ipv6: 0 }
  readonly #withheld: HeldBack = { ipv4: new Map(), ipv6: new Map() }

  /** All that the peer should know from now on. Any time, in any state; costs nothing. */
  setWanted(set: RouteSet): void {
    this.#wanted = set
  }

  get wanted(): RouteSet {
    return this.#wanted
  }

  /** The session is Established: everything is to be sent. */
  start(out: SessionOut): void {
    if (this.#session !== undefined) this.stop()
    const largest = out.ctx.extendedMessages ? MAX_EXTENDED_MESSAGE : MAX_MESSAGE
    const packTo = Math.min(out.maxMessage ?? MAX_MESSAGE, largest)
    this.#session = {
      exporter: new Exporter(out.ctx, out.facts, packTo, largest),
      ctx: out.ctx,
      endOfRib: new OwedEndOfRib(out.ctx.families, out.holdEndOfRib ?? false),
    }
  }

  /** The session is gone, and with it all that the peer knew. */
  stop(): void {
    this.#session = undefined
    this.#preparation = undefined
    this.#told = RouteSet.empty
    this.#refresh.clear()
    for (const family of FAMILIES) {
      this.#advertised[family] = 0
      this.#withheld[family].clear()
    }
  }

  /** The wanted set is complete: End-of-RIB may follow what has been sent. */
  releaseEndOfRib(): void {
    this.#session?.endOfRib.release()
  }

  /**
   * The peer wants the family again (RFC 2918), between BoRR and EoRR if `enhanced` (RFC 7313). Requests that arrive
   * before the answer has begun are one request. Families not negotiated: ignored.
   */
  refresh(family: Family, enhanced: boolean): void {
    if (!this.#session?.ctx.families.has(family)) return
    this.#refresh.set(family, enhanced || this.#refresh.get(family) === true)
  }

  /** There is something to send, now or after more slices of work. */
  get busy(): boolean {
    const session = this.#session
    if (session === undefined) return false
    return this.#running !== undefined || this.#dirty || session.endOfRib.octets > 0
  }

  /** Does one slice of preparation, well under 5 ms; true: more is left. Also useful before the session is up. */
  work(): boolean {
    if (this.#running !== undefined) return false
    if (this.#preparation !== undefined && this.#outdated(this.#preparation)) this.#preparation = undefined
    if (this.#preparation === undefined) {
      if (!this.#dirty) return false
      this.#preparation = this.#prepare()
    }
    return this.#advance(this.#preparation)
  }

  /**
   * The next whole messages, at most `maxOctets` (or one message, if that is longer). Undefined: nothing to send now;
   * if `busy`, a slice of work was done and another call, in a later turn of the event loop, goes on.
   *
   * `buffer` is written to if it is large enough, and what is returned is then a view of it: for a caller that knows
   * the octets of the last call to be gone, since fresh memory costs more than filling it.
   */
  next(maxOctets: number, buffer?: Uint8Array): Uint8Array | undefined {
    const session = this.#session
    if (session === undefined || this.work()) return undefined
    const transfer = this.#preparation?.transfer
    const room = Math.max(maxOctets, session.endOfRib.octets, transfer?.nextAtMost ?? 0)
    const size = Math.min(room, session.endOfRib.octets + (transfer?.atMost(room) ?? 0))
    const out =
      buffer !== undefined && buffer.length >= size ? buffer.subarray(0, size) : new Uint8Array(size)
    let used = 0
    if (transfer !== undefined) {
      if (!transfer.started) this.#begin(transfer)
      used = transfer.fill(out)
      if (transfer.done) this.#finish(transfer)
    }
    if (this.#running === undefined) used = session.endOfRib.write(out, used)
    return used === 0 ? undefined : out.subarray(0, used)
  }

  status(): AdjRibOutStatus {
    const running = this.#running
    return {
      advertised: {
        ipv4: this.#advertised.ipv4 + (running?.told.ipv4 ?? 0),
        ipv6: this.#advertised.ipv6 + (running?.told.ipv6 ?? 0),
      },
      pending: this.#session === undefined ? this.#wanted.size : (this.#preparation?.transfer?.pending ?? 0),
      withheld: heldBackList(this.#withheld),
    }
  }

  /** Whether the peer has been told this prefix, with what, or why not. */
  standing(prefix: string): Standing {
    const session = this.#session
    if (session === undefined) return { sent: false, reason: 'NotEstablished' }
    const family = familyOf(prefix)
    const told = this.#told.get(prefix)
    const wanted = this.#running === undefined ? told : this.#running.to.get(prefix)
    if (told === undefined || wanted === undefined) {
      const reason = this.#reasonFor(prefix, family, session)
      return { sent: false, reason: told === undefined ? reason : 'Pending' }
    }
    const exported = session.exporter.of(told, family)
    if (exported.unsendable !== undefined) return { sent: false, reason: exported.unsendable }
    if (told !== wanted && !session.exporter.alike(told, wanted, family))
      return { sent: false, reason: 'Pending' }
    return { sent: true, attributes: told, path: exported.path }
  }

  #reasonFor(prefix: string, family: Family, session: Session): 'NotWanted' | 'Pending' | UnsendableReason {
    const wanted = this.#wanted.get(prefix)
    if (wanted === undefined) return 'NotWanted'
    return session.exporter.of(wanted, family).unsendable ?? 'Pending'
  }

  /** The transfer that has begun. */
  get #running(): Transfer | undefined {
    const transfer = this.#preparation?.transfer
    return transfer?.started ? transfer : undefined
  }

  get #dirty(): boolean {
    return this.#told !== this.#wanted || this.#refresh.size > 0
  }

  #outdated({ difference, resend }: Preparation): boolean {
    if (difference.to !== this.#wanted) return true
    for (const [family, enhanced] of this.#refresh) {
      if (resend.get(family) !== enhanced) return true
    }
    return false
  }

  #prepare(): Preparation {
    const resend = new Map(this.#refresh)
    const hearing = this.#session?.exporter ?? unheard
    return { difference: new Difference(this.#told, this.#wanted, hearing, new Set(resend.keys())), resend }
  }

  #advance(preparation: Preparation): boolean {
    if (preparation.transfer !== undefined) return false
    if (!preparation.difference.work(SLICE)) return true
    const session = this.#session
    if (session === undefined) return false
    preparation.making ??= makeTransfer(
      preparation.difference,
      session.exporter,
      demarcated(preparation, session),
    )
    const made = preparation.making.next()
    if (!made.done) return true
    preparation.transfer = made.value
    return false
  }

  #begin(transfer: Transfer): void {
    for (const family of this.#preparation?.resend.keys() ?? []) this.#refresh.delete(family)
    for (const family of FAMILIES) {
      const held = this.#withheld[family]
      for (const [reason, change] of transfer.heldBack[family])
        held.set(reason, (held.get(reason) ?? 0) + change)
    }
  }

  #finish(transfer: Transfer): void {
    this.#told = transfer.to
    for (const family of FAMILIES) this.#advertised[family] += transfer.told[family]
    this.#preparation = undefined
  }
}

/** A peer ignores BoRR before it has had End-of-RIB (RFC 7313 section 4), so until then a resend goes unmarked. */
function demarcated({ resend }: Preparation, session: Session): ReadonlySet<Family> {
  const families = [...resend].filter(([family, enhanced]) => enhanced && !session.endOfRib.has(family))
  return new Set(families.map(([family]) => family))
}
