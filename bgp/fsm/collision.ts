import type { Asn } from '../wire/index.ts'

/** Which of two connections between the same two speakers stays (RFC 4271 section 6.8, RFC 6286 section 2.3). */

export interface Identity {
  readonly routerId: string
  readonly asn: Asn
}

/** Named from our side: the connection we dialled, and the one the peer did. */
export type Slot = 'outgoing' | 'incoming'

export const otherSlot = { outgoing: 'incoming', incoming: 'outgoing' } as const

/** The connection that the speaker with the higher identifier opened; of equal identifiers, the higher AS's. */
export function survivor(us: Identity, them: Identity): Slot {
  const byId = identifierNumber(us.routerId) - identifierNumber(them.routerId)
  return (byId === 0 ? us.asn - them.asn : byId) > 0 ? 'outgoing' : 'incoming'
}

/** BGP Identifiers compare as unsigned 32-bit numbers. */
function identifierNumber(routerId: string): number {
  return routerId.split('.').reduce((number, octet) => number * 256 + Number(octet), 0)
}
