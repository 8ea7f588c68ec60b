import type { Neighbor, NeighborStatus } from '../bgp/index.ts'
import type { SessionView } from './api/index.ts'
import type { SessionLook } from './views.ts'

/** One of the library's neighbors as the API shows it: times become relative, the rest goes through. */
export function sessionLook(neighbor: Neighbor): SessionLook {
  return {
    get session() {
      return sessionView(neighbor.status())
    },
    standing: (prefix) => neighbor.standing(prefix),
  }
}

function sessionView(status: NeighborStatus): SessionView {
  const { now, since, uptimeMs, remoteRouterId, lastError, nextRetryInMs, received } = status
  return {
    state: status.state,
    stateForMs: Math.round(now - since),
    ...(uptimeMs !== undefined && { uptimeMs: Math.round(uptimeMs) }),
    holdTime: status.holdTime,
    keepaliveTime: status.keepaliveTime,
    routerId: status.routerId,
    ...(remoteRouterId !== undefined && { remoteRouterId }),
    capabilities: status.capabilities,
    families: status.families,
    advertised: status.advertised,
    received: { ipv4: received.ipv4.prefixes, ipv6: received.ipv6.prefixes },
    pending: status.pending,
    withheld: status.withheld,
    messages: status.messages,
    ...(lastError && {
      lastError: {
        agoMs: Math.round(now - lastError.at),
        direction: lastError.direction,
        text: lastError.text,
      },
    }),
    flaps: status.flaps,
    ...(nextRetryInMs !== undefined && { nextRetryInMs: Math.round(nextRetryInMs) }),
  }
}
