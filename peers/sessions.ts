/** How a wanted peer becomes a neighbor of the BGP library, and how it ends. */
import type { Neighbor, NeighborConfig, Speaker } from '../bgp/index.ts'
import { Cease, ErrorCode, familyOf } from '../bgp/wire/index.ts'
import type { CloseReason, OpenSession } from './book.ts'
import type { PeerSpec } from './types.ts'

/** RFC 4486 section 4: the session comes back, otherwise configured. */
const RECONFIGURED = {
  code: ErrorCode.cease,
  subcode: Cease.otherConfigurationChange,
  data: new Uint8Array(0),
} as const

/** A keepalive time of 0 goes with a hold time of 0, which turns both timers off by itself (RFC 4271 section 4.4). */
export function neighborConfig(spec: PeerSpec): NeighborConfig {
  const { routerId, keepaliveTime, connectTime, password, sourceAddress } = spec
  return {
    address: spec.address,
    port: spec.port,
    asn: spec.asn,
    localAsn: spec.localAsn,
    ...(routerId !== undefined && { routerId }),
    holdTime: spec.holdTime,
    ...(keepaliveTime && { keepaliveTime }),
    ...(connectTime !== undefined && { connectRetryTime: connectTime }),
    ...(password !== undefined && { password }),
    ...(sourceAddress !== undefined && { sourceAddress }),
    families: spec.dualStack ? ['ipv4', 'ipv6'] : [familyOf(spec.address)],
    description: spec.name,
  }
}

/** What is shown of a neighbor, made from it when somebody looks. */
export type Look<Status> = (neighbor: Neighbor, spec: PeerSpec) => Status

/** Sessions of a library speaker, for a PeerBook. */
export const speakerSessions =
  <Status>(speaker: Pick<Speaker, 'add' | 'remove'>, look: Look<Status>): OpenSession<Status> =>
  (spec) => {
    const neighbor = speaker.add(neighborConfig(spec))
    return {
      setRoutes: (routes) => neighbor.setRoutes(routes),
      status: () => look(neighbor, spec),
      close: (reason) => end(speaker, neighbor, reason),
    }
  }

function end(speaker: Pick<Speaker, 'remove'>, neighbor: Neighbor, reason: CloseReason): void {
  if (reason === 'reconfigured') neighbor.stop(RECONFIGURED)
  if (reason === 'shutdown') neighbor.shutdown()
  // Says Cease / Peer De-configured to a session that nothing has ended yet.
  speaker.remove(neighbor)
}
