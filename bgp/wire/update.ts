import {
  decodeAttributes,
  type MpReach,
  type MpUnreach,
  type UpdateAction,
  type UpdateFault,
} from './attributes/index.ts'
import { endOfRibFamily } from './end-of-rib.ts'
import { Malformed } from './malformed.ts'
import { NlriList } from './nlri.ts'
import { type Reader, ShortRead } from './reader.ts'
import type { Family, PathAttributes, SessionContext } from './types.ts'
import { updateError } from './update-error.ts'
import { judgeUpdate } from './update-rules.ts'

/**
 * UPDATE: octets to values (RFC 4271 section 4.3, RFC 4760), with the revised error handling of RFC 7606.
 *
 * An UPDATE may be wrong in small ways, and ending the session over each would take down every route for the fault of
 * one. So there are four outcomes, of which the strongest found counts: the session ends (a thrown ProtocolError),
 * all routes in the message are withdrawn, an attribute is dropped, or nothing.
 */

export interface UpdateMessage {
  readonly type: 'UPDATE'
  readonly withdrawn: NlriList
  /** Of the attributes, `nextHop` belongs to `nlri`; `reach` has its own. */
  readonly attributes: PathAttributes
  readonly nlri: NlriList
  readonly reach?: MpReach
  readonly unreach?: MpUnreach
  /** The message is the End-of-RIB marker of this family (RFC 4724 section 2). */
  readonly endOfRib?: Family
}

/** An UPDATE, what RFC 7606 makes of it, and why. Of an action other than reset, the strongest fault's. */
export interface DecodedUpdate {
  readonly message: UpdateMessage
  readonly action: UpdateAction
  readonly faults: readonly UpdateFault[]
}

/** What an UPDATE says about one family: routes to remove, or routes to add with their next hop. */
export interface RouteChange {
  readonly family: Family
  readonly nlri: NlriList
  readonly nextHop?: string
  readonly linkLocalNextHop?: string
}

/** Decodes the body of an UPDATE (what follows the header). Throws ProtocolError where the session must end. */
export function decodeUpdate(body: Reader, ctx: SessionContext): DecodedUpdate {
  const withdrawnField = lengthField(body, 'withdrawn routes')
  const attributeBlock = lengthField(body, 'path attributes')
  const withdrawn = prefixes(withdrawnField, 'withdrawn routes', ctx)
  const draft = decodeAttributes(attributeBlock, ctx)
  const nlri = prefixes(body, 'NLRI', ctx)
  const faults = [...draft.faults, ...judgeUpdate(draft, nlri, ctx)]
  const endOfRib = endOfRibFamily(draft, withdrawn, nlri)
  const message: UpdateMessage = {
    type: 'UPDATE',
    withdrawn,
    attributes: draft.attributes,
    nlri,
    ...(draft.reach && { reach: draft.reach }),
    ...(draft.unreach && { unreach: draft.unreach }),
    ...(endOfRib && { endOfRib }),
  }
  return { message, action: strongest(faults), faults }
}

/** RFC 4271 section 6.3, kept by RFC 7606 section 3b: a length past the message leaves nothing to go by. */
function lengthField(body: Reader, what: string): Reader {
  try {
    return body.sub(body.u16())
  } catch (error) {
    if (!(error instanceof ShortRead)) throw error
    const reason = `the length of ${what} does not fit the message (RFC 7606 section 3b)`
    throw updateError('malformedAttributeList', reason)
  }
}

/** RFC 7606 section 5.3: of a list that cannot be read, no route can be withdrawn. */
function prefixes(field: Reader, what: string, ctx: SessionContext): NlriList {
  try {
    return NlriList.decode(field, 'ipv4', ctx.addPath.has('ipv4'))
  } catch (error) {
    if (!(error instanceof Malformed)) throw error
    const reason = `${what}: ${error.message} (RFC 7606 section 5.3)`
    throw updateError('invalidNetworkField', reason)
  }
}

const BY_STRENGTH: readonly UpdateAction[] = ['treat-as-withdraw', 'attribute-discard']

/** RFC 7606 section 3h. */
function strongest(faults: readonly UpdateFault[]): UpdateAction {
  return BY_STRENGTH.find((action) => faults.some((fault) => fault.action === action)) ?? 'accept'
}

/**
 * What the message means for a table, RFC 7606 applied: to be carried out in this order, so that a prefix both
 * withdrawn and announced ends announced (RFC 4271 section 4.3). Routes that must not be used are withdrawn, since
 * the message replaces what the peer said of them before.
 */
export function routeChanges({ message, action, faults }: DecodedUpdate): {
  readonly withdrawn: readonly RouteChange[]
  readonly announced: readonly RouteChange[]
} {
  const { attributes, reach, unreach } = message
  const body: RouteChange = {
    family: 'ipv4',
    nlri: message.nlri,
    ...(attributes.nextHop !== undefined && { nextHop: attributes.nextHop }),
  }
  const excluded = (part: UpdateFault['excludes']) =>
    action === 'treat-as-withdraw' || faults.some(({ excludes }) => excludes === part)
  const isUsed = (change: RouteChange) => !excluded(change === reach ? 'reach' : 'nlri')
  const removed: RouteChange[] = [{ family: 'ipv4', nlri: message.withdrawn }, ...(unreach ? [unreach] : [])]
  const offered = [body, ...(reach ? [reach] : [])].filter(({ nlri }) => nlri.count > 0)
  return {
    withdrawn: [
      ...removed.filter(({ nlri }) => nlri.count > 0),
      ...offered.filter((change) => !isUsed(change)),
    ],
    announced: offered.filter(isUsed),
  }
}
