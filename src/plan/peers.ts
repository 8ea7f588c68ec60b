/**
 * Which routers this node speaks to, and how: one session per BGPPeer whose nodeSelectors match the node. The
 * family that is not the session's own needs a next hop the session cannot give, the node's address of that family.
 */
import { familyOf } from '../../bgp/wire/index.ts'
import type { PeerSpec } from '../../peers/index.ts'
import { type BgpPeer, matches, type Node, type Snapshot } from '../cluster/index.ts'
import { isGlobal } from './addresses.ts'
import { nodeOf } from './context.ts'
import { routerIdFor } from './router-id.ts'
import { failed, labelText, passed } from './steps.ts'
import { ReasonCode, type TraceStep } from './types.ts'

/** One BGPPeer as one node sees it. */
export interface PeerPlan {
  readonly name: string
  readonly address: string
  readonly port: number
  readonly selected: boolean
  /** The first step that failed, if any: not selected, or selected but without a next hop for one family. */
  readonly code?: ReasonCode
  readonly message: string
  readonly trace: readonly TraceStep[]
  /** Present when selected. */
  readonly spec?: PeerSpec
}

const DEFAULT_HOLD_TIME = 90

/** Without a hold time: three times the keepalive time where that is given (RFC 4271 section 10), else 90 s. */
const holdTimeOf = ({ holdTime, keepaliveTime }: BgpPeer): number =>
  holdTime ?? (keepaliveTime === undefined ? DEFAULT_HOLD_TIME : 3 * keepaliveTime)

function nodeStep(peer: BgpPeer, node: Node | undefined, nodeName: string): TraceStep {
  const rule = 'node selectors'
  const labels = node?.labels ?? {}
  if (peer.nodeSelectors.length === 0) return passed(rule, `${peer.name} is for every node`)
  if (matches(peer.nodeSelectors, labels))
    return passed(rule, `${peer.name} selects ${nodeName} by its labels`)
  const seen = node === undefined ? 'which is unknown' : `whose labels are ${labelText(labels)}`
  const message = `the nodeSelectors of ${peer.name} do not match ${nodeName}, ${seen}`
  return failed(rule, ReasonCode.peerNodeNotSelected, message)
}

/** Both families on one session: the other one's next hop is this node's address of that family. */
function nextHopStep(peer: BgpPeer, node: Node | undefined, nodeName: string): TraceStep | undefined {
  if (!peer.dualStackAddressFamily) return undefined
  const rule = 'next hop of the other family'
  const other = familyOf(peer.peerAddress) === 'ipv4' ? 'ipv6' : 'ipv4'
  const name = other === 'ipv4' ? 'IPv4' : 'IPv6'
  const hop = globalAddress(node, other)
  if (hop !== undefined) return passed(rule, `${name} routes name ${hop}, the InternalIP of ${nodeName}`)
  const message = `${nodeName} has no global ${name} InternalIP to name as next hop of ${name} routes`
  return failed(rule, ReasonCode.noNextHop, message)
}

const globalAddress = (node: Node | undefined, family: 'ipv4' | 'ipv6'): string | undefined =>
  node?.addresses.find((address) => familyOf(address) === family && isGlobal(address))

function nextHopsOf(peer: BgpPeer, node: Node | undefined): Pick<PeerSpec, 'nextHop4' | 'nextHop6'> {
  if (!peer.dualStackAddressFamily) return {}
  const other = familyOf(peer.peerAddress) === 'ipv4' ? 'ipv6' : 'ipv4'
  const hop = globalAddress(node, other)
  if (hop === undefined) return {}
  return other === 'ipv4' ? { nextHop4: hop } : { nextHop6: hop }
}

function specOf(peer: BgpPeer, node: Node | undefined, nodeName: string): PeerSpec {
  const { keepaliveTime, connectTime, password, sourceAddress } = peer
  return {
    name: peer.name,
    address: peer.peerAddress,
    port: peer.peerPort,
    localAsn: peer.myAsn,
    asn: peer.peerAsn,
    routerId: peer.routerId ?? routerIdFor(nodeName, node?.addresses ?? []),
    holdTime: holdTimeOf(peer),
    ...(keepaliveTime !== undefined && { keepaliveTime }),
    ...(connectTime !== undefined && { connectTime }),
    ...(password !== undefined && { password }),
    ...(sourceAddress !== undefined && { sourceAddress }),
    dualStack: peer.dualStackAddressFamily,
    ...nextHopsOf(peer, node),
  }
}

function planPeer(
  peer: BgpPeer,
  node: Node | undefined,
  described: Node | undefined,
  nodeName: string,
): PeerPlan {
  const selecting = nodeStep(peer, node, nodeName)
  const nextHop = selecting.ok ? nextHopStep(peer, described, nodeName) : undefined
  const trace = nextHop === undefined ? [selecting] : [selecting, nextHop]
  const failing = trace.find(({ ok }) => !ok)
  return {
    name: peer.name,
    address: peer.peerAddress,
    port: peer.peerPort,
    selected: selecting.ok,
    ...(failing?.code !== undefined && { code: failing.code }),
    message: (failing ?? selecting).message,
    trace,
    ...(selecting.ok && { spec: specOf(peer, described, nodeName) }),
  }
}

/**
 * Every BGPPeer of the configuration, with whether this node speaks to it, and why.
 *
 * @param lastSeen this node as its Node object described it last. While that is gone, sessions go on under the router
 * ID and with the next hops that they began with: another router ID would end them, when it goes and when it returns.
 */
export function planPeers(snapshot: Snapshot, nodeName: string, lastSeen?: Node): readonly PeerPlan[] {
  const node = nodeOf(snapshot, nodeName)
  const described = snapshot.nodes.get(nodeName) ?? lastSeen ?? node
  return snapshot.config.peers.map((peer) => planPeer(peer, node, described, nodeName))
}

/** The sessions this node should have. */
export const wantedPeers = (plans: readonly PeerPlan[]): readonly PeerSpec[] =>
  plans.flatMap(({ spec }) => (spec === undefined ? [] : [spec]))
