import { encodeMpReachPrefix, encodeMpUnreachPrefix, encodePathAttributes } from './attributes/index.ts'
import { frameMessage } from './header.ts'
import { encodeNlri } from './nlri.ts'
import {
  type Family,
  MAX_EXTENDED_MESSAGE,
  MAX_MESSAGE,
  MessageType,
  type Nlri,
  type PathAttributes,
  type SessionContext,
} from './types.ts'
import { Writer } from './writer.ts'

/**
 * UPDATE: values to octets. For tests and tools, where clarity counts; the Adj-RIB-Out packs hundreds of thousands of
 * routes from the same pieces (`encodePathAttributes`, `encodeMpReachPrefix`) without a value per prefix.
 */

/** What an UPDATE may say; a decoded UpdateMessage is one. */
export interface UpdateValues {
  /** IPv4. */
  readonly withdrawn?: Iterable<Nlri>
  readonly attributes?: PathAttributes
  /** IPv4, with the next hop that `attributes` hold. */
  readonly nlri?: Iterable<Nlri>
  readonly reach?: {
    readonly family: Family
    readonly nextHop: string
    readonly linkLocalNextHop?: string
    readonly nlri: Iterable<Nlri>
  }
  readonly unreach?: { readonly family: Family; readonly nlri: Iterable<Nlri> }
}

/** The whole message. Throws RangeError for values that cannot be sent, or do not fit into one message. */
export function encodeUpdate(values: UpdateValues, ctx: SessionContext): Uint8Array {
  const { withdrawn = [], attributes = {}, nlri = [] } = values
  const addPath = ctx.addPath.has('ipv4')
  const message = frameUpdate(
    encodeNlri(withdrawn, 'ipv4', addPath),
    // RFC 7606 section 5.1: prefixes first, so that a receiver finds them whatever is wrong behind.
    [...mpAttributes(values, ctx), encodePathAttributes(attributes, ctx)],
    encodeNlri(nlri, 'ipv4', addPath),
  )
  const limit = ctx.extendedMessages ? MAX_EXTENDED_MESSAGE : MAX_MESSAGE
  if (message.length > limit)
    throw new RangeError(`an UPDATE of ${message.length} octets, ${limit} are allowed`)
  return message
}

function mpAttributes({ reach, unreach }: UpdateValues, ctx: SessionContext): Uint8Array[] {
  const parts: Uint8Array[] = []
  if (reach !== undefined) {
    const { family, nextHop, linkLocalNextHop } = reach
    const nlri = encodeNlri(reach.nlri, family, ctx.addPath.has(family))
    parts.push(encodeMpReachPrefix(family, nextHop, linkLocalNextHop, nlri.length), nlri)
  }
  if (unreach !== undefined) {
    const nlri = encodeNlri(unreach.nlri, unreach.family, ctx.addPath.has(unreach.family))
    parts.push(encodeMpUnreachPrefix(unreach.family, nlri.length), nlri)
  }
  return parts
}

/** The whole message around the three fields of an UPDATE (RFC 4271 section 4.3). */
export function frameUpdate(
  withdrawn: Uint8Array,
  attributes: readonly Uint8Array[],
  nlri: Uint8Array,
): Uint8Array {
  const body = new Writer()
    .sized(2, (out) => out.bytes(withdrawn))
    .sized(2, (out) => attributes.reduce((all, part) => all.bytes(part), out))
    .bytes(nlri)
  return frameMessage(MessageType.update, body.done())
}
