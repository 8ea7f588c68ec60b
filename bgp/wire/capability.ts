import type { FamilyId } from './family.ts'
import type { Asn } from './types.ts'

/** What an OPEN can offer (RFC 5492), as values. How they stand on the wire is in ./capabilities.ts. */

export type Capability =
  /** RFC 4760 section 8 */
  | ({ readonly type: 'multiprotocol' } & FamilyId)
  /** RFC 2918 */
  | { readonly type: 'routeRefresh' }
  /** RFC 8950 section 4: NLRI of the family may have next hops of another AFI. */
  | {
      readonly type: 'extendedNextHop'
      readonly families: readonly (FamilyId & { readonly nextHopAfi: number })[]
    }
  /** RFC 8654 */
  | { readonly type: 'extendedMessages' }
  /** RFC 9234 section 4.1; the role's number. */
  | { readonly type: 'role'; readonly role: number }
  /** RFC 4724 section 3, RFC 8538 section 2 */
  | ({ readonly type: 'gracefulRestart' } & GracefulRestart)
  /** RFC 6793 section 3 */
  | { readonly type: 'as4'; readonly asn: Asn }
  /** RFC 7911 section 4 */
  | { readonly type: 'addPath'; readonly families: readonly AddPathFamily[] }
  /** RFC 7313 */
  | { readonly type: 'enhancedRefresh' }
  /** RFC 9494 section 3 */
  | { readonly type: 'longLivedGracefulRestart'; readonly families: readonly StaleFamily[] }
  /** draft-walton-bgp-hostname-capability */
  | { readonly type: 'fqdn'; readonly hostname: string; readonly domain: string }
  /** draft-abraitis-bgp-version-capability */
  | { readonly type: 'softwareVersion'; readonly version: string }
  /** Unknown to us, or malformed and therefore treated as unknown; the value in hex. */
  | { readonly type: 'unknown'; readonly code: number; readonly value: string }

export interface GracefulRestart {
  /** The R bit: the speaker has just restarted. */
  readonly restarting: boolean
  /** The N bit: routes are kept over a NOTIFICATION too. */
  readonly notification: boolean
  /** Seconds, 0..4095. */
  readonly restartTime: number
  /** `forwarding`: the F bit, forwarding state was kept. */
  readonly families: readonly (FamilyId & { readonly forwarding: boolean })[]
}

/** What the sender of the capability is able to do. Another code makes its family count for nothing. */
export type AddPathDirection = 'receive' | 'send' | 'both'
export type AddPathFamily = FamilyId & { readonly direction: AddPathDirection | 'undefined' }

/** `staleTime` in seconds, 0..16777215. */
export type StaleFamily = FamilyId & { readonly forwarding: boolean; readonly staleTime: number }
