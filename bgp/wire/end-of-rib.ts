import { type Draft, encodeMpUnreachPrefix } from './attributes/index.ts'
import { frameUpdate } from './encode-update.ts'
import type { NlriList } from './nlri.ts'
import type { Family } from './types.ts'

/**
 * End-of-RIB (RFC 4724 section 2): "that was all I had". For IPv4 an UPDATE with nothing in it, for other families
 * one whose only attribute is an MP_UNREACH_NLRI without prefixes.
 */

const EMPTY = new Uint8Array(0)

/** The whole message. */
export function encodeEndOfRib(family: Family): Uint8Array {
  const attributes = family === 'ipv4' ? EMPTY : encodeMpUnreachPrefix(family, 0)
  return frameUpdate(EMPTY, [attributes], EMPTY)
}

/** The family whose End-of-RIB an UPDATE with these parts is, if it is one. */
export function endOfRibFamily(draft: Draft, withdrawn: NlriList, nlri: NlriList): Family | undefined {
  if (withdrawn.count + nlri.count > 0) return undefined
  if (draft.seen.size === 0) return 'ipv4'
  const { unreach } = draft
  return draft.seen.size === 1 && unreach?.nlri.count === 0 ? unreach.family : undefined
}
