import type { NlriList } from '../nlri.ts'
import type { Reader } from '../reader.ts'
import type { Family, PathAttributes, SessionContext } from '../types.ts'

/**
 * What one row of the attribute table says, and what the rows fill in. A row knows its own syntax only; the rules
 * that are the same for all (flags, repeats, lengths, which action wins) live in ./decode.ts.
 */

/** Attribute flags (RFC 4271 section 4.3). The lower four bits are unused and ignored. */
export const Flag = { optional: 0x80, transitive: 0x40, partial: 0x20, extendedLength: 0x10 } as const

export const WELL_KNOWN = Flag.transitive
export const OPTIONAL = Flag.optional
export const OPTIONAL_TRANSITIVE = Flag.optional | Flag.transitive

/** The actions of RFC 7606 section 2 that leave the session up, weakest first. `accept` marks a mere remark. */
export type UpdateAction = 'accept' | 'attribute-discard' | 'treat-as-withdraw'

/** Something about an UPDATE that had to be forgiven or is worth knowing. */
export interface UpdateFault {
  readonly action: UpdateAction
  /** A sentence for people, with the clause. */
  readonly reason: string
  /** Type code of the attribute at fault. */
  readonly attribute?: number
  /** These routes are well-formed but must not be used (RFC 4271 section 6.3): the body's, or MP_REACH_NLRI's. */
  readonly excludes?: 'nlri' | 'reach'
}

/** MP_REACH_NLRI of a negotiated family (RFC 4760 section 3). */
export interface MpReach {
  readonly family: Family
  readonly nextHop: string
  /** RFC 2545 section 3. */
  readonly linkLocalNextHop?: string
  readonly nlri: NlriList
}

/** MP_UNREACH_NLRI of a negotiated family (RFC 4760 section 4). */
export interface MpUnreach {
  readonly family: Family
  readonly nlri: NlriList
}

/** Everything a block of path attributes decodes to, while it grows. */
export interface Draft {
  attributes: { -readonly [K in keyof PathAttributes]: PathAttributes[K] }
  reach?: MpReach
  unreach?: MpUnreach
  /** Octets of prefixes in MP_REACH_NLRI, of whatever family. */
  reachOctets: number
  /** The block ended inside an attribute. */
  cutShort?: true
  /** Type codes met so far, well-formed or not. */
  readonly seen: Set<number>
  readonly faults: UpdateFault[]
}

export interface AttributeRow {
  readonly type: number
  readonly name: string
  /** The Optional and Transitive bits it must carry. */
  readonly flags: number
  /** What a malformed value costs. */
  readonly malformed: 'attribute-discard' | 'treat-as-withdraw' | 'session-reset'
  /** The clause that says so. */
  readonly clause: string
  /** What wrong flags cost: treat-as-withdraw (RFC 7606 section 3c) where its own specification does not differ. */
  readonly badFlags?: 'attribute-discard'
  /** Why this session discards the attribute unread, if it does. */
  refuse?(ctx: SessionContext): string | undefined
  /** Fills its part of the draft. Throws Malformed or ShortRead. Absent: the attribute is not interpreted. */
  decode?(value: Reader, ctx: SessionContext, draft: Draft): void
  /** For an attribute that is not interpreted: throws Malformed where even so it cannot pass. */
  check?(value: Reader): void
  /** The value's octets; undefined where there is nothing to send. Absent: encoded elsewhere. */
  encode?(attributes: PathAttributes, ctx: SessionContext): Uint8Array | undefined
}

/** The columns of a row whose value is one field of PathAttributes. */
interface FieldColumns<K extends keyof PathAttributes> extends Omit<AttributeRow, 'decode' | 'encode'> {
  readonly field: K
  read(value: Reader, ctx: SessionContext): NonNullable<PathAttributes[K]>
  write(value: NonNullable<PathAttributes[K]>, ctx: SessionContext): Uint8Array | undefined
}

/** A row for an attribute that is one field of PathAttributes. */
export function fieldRow<K extends keyof PathAttributes>(columns: FieldColumns<K>): AttributeRow {
  const { field, read, write, ...row } = columns
  return {
    ...row,
    decode(value, ctx, draft) {
      draft.attributes[field] = read(value, ctx)
    },
    encode(attributes, ctx) {
      const value = attributes[field]
      return value === undefined ? undefined : write(value as NonNullable<PathAttributes[K]>, ctx)
    },
  }
}

/** RFC 7606 sections 7.5, 7.9 and 7.10: from an external peer it is discarded, whatever it holds. */
export function internalOnly(clause: string): (ctx: SessionContext) => string | undefined {
  return (ctx) => (ctx.ebgp ? `from an external peer it is discarded (${clause})` : undefined)
}
