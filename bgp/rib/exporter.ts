/**
 * Export for one session, remembered: every attribute set is exported and encoded once, not once per message.
 */

import type { Family, PathAttributes, SessionContext } from '../wire/index.ts'
import { encodePathAttributes, familyOf } from '../wire/index.ts'
import type { RouteAttributes } from './attributes.ts'
import type { Hearing } from './difference.ts'
import { bodyReach, bodyUnreach, type Envelope, mpReach, mpUnreach, overhead } from './envelope.ts'
import { type ExportFacts, exportAttributes, Unsendable, type UnsendableReason } from './export.ts'
import { STRIDE } from './record.ts'

export interface Sendable {
  readonly unsendable?: never
  readonly path: PathAttributes
  readonly envelope: Envelope
  /** Largest message to make. */
  readonly limit: number
  /** Equal for attribute sets that the peer cannot tell apart. */
  readonly fingerprint: string
}
export type Exported = Sendable | { readonly unsendable: UnsendableReason }

/** Octets of a path identifier in front of each prefix (RFC 7911 section 3). */
const PATH_ID = 4

export class Exporter implements Hearing {
  readonly #context: SessionContext
  readonly #facts: ExportFacts
  readonly #packTo: number
  readonly #largest: number
  readonly #known = {
    ipv4: new WeakMap<RouteAttributes, Exported>(),
    ipv6: new WeakMap<RouteAttributes, Exported>(),
  }

  /** `packTo`: size that messages are filled up to; `largest`: size agreed on, for routes that need more. */
  constructor(context: SessionContext, facts: ExportFacts, packTo: number, largest: number) {
    this.#context = context
    this.#facts = facts
    this.#packTo = packTo
    this.#largest = largest
  }

  of(attributes: RouteAttributes, family: Family): Exported {
    let exported = this.#known[family].get(attributes)
    if (exported === undefined) {
      exported = this.#export(attributes, family)
      this.#known[family].set(attributes, exported)
    }
    return exported
  }

  heard(attributes: RouteAttributes, family: Family): boolean {
    return this.of(attributes, family).unsendable === undefined
  }

  alike(a: RouteAttributes, b: RouteAttributes, family: Family): boolean {
    const before = this.of(a, family)
    const after = this.of(b, family)
    if (before.unsendable !== undefined || after.unsendable !== undefined) {
      return before.unsendable === after.unsendable
    }
    return before.fingerprint === after.fingerprint
  }

  /** How routes of the family are withdrawn; like BIRD and FRR in MP_UNREACH_NLRI where RFC 8950 is in force. */
  withdrawal(family: Family): { readonly envelope: Envelope; readonly limit: number } {
    const body = family === 'ipv4' && !this.#facts.extendedNextHop
    return { envelope: body ? bodyUnreach() : mpUnreach(family), limit: this.#packTo }
  }

  /** Octets of the path identifier that each prefix of the family carries. */
  pathId(family: Family): number {
    return this.#context.addPath.has(family) ? PATH_ID : 0
  }

  #export(attributes: RouteAttributes, family: Family): Exported {
    if (!this.#context.families.has(family)) return { unsendable: Unsendable.familyNotNegotiated }
    const path = exportAttributes(attributes, family, this.#facts)
    if ('unsendable' in path) return path
    const envelope = this.#envelope(family, path)
    const smallest = Math.max(...envelope.forms.map(overhead)) + this.pathId(family) + STRIDE[family]
    if (smallest > this.#largest) return { unsendable: Unsendable.attributesTooLarge }
    const limit = smallest > this.#packTo ? this.#largest : this.#packTo
    return { path, envelope, limit, fingerprint: JSON.stringify(path) }
  }

  #envelope(family: Family, path: PathAttributes): Envelope {
    const { nextHop = '', linkLocalNextHop, ...rest } = path
    if (family === 'ipv4' && familyOf(nextHop) === 'ipv4')
      return bodyReach(encodePathAttributes(path, this.#context))
    // NEXT_HOP has no place beside MP_REACH_NLRI (RFC 4760 section 3).
    return mpReach(family, nextHop, linkLocalNextHop, encodePathAttributes(rest, this.#context))
  }
}
