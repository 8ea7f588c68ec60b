/**
 * The last step of the way: from what a node announces for a service to what one peer of that node hears of it.
 * The verdicts themselves are made by `peers/policy`, which the running speaker asks too.
 */
import { PeerReason, type PeerSpec, reasonFor, verdictFor } from '../../peers/index.ts'
import { type PeerPlan, wantedPeers } from './peers.ts'
import { count, failed, listed, passed, type Step } from './steps.ts'
import { ReasonCode, type ServicePlan, type TraceStep } from './types.ts'

/** What becomes of a service's announcements at one peer, after the peer's own steps. */
export function explainForPeer(plan: ServicePlan, peer: PeerPlan): readonly TraceStep[] {
  const { spec } = peer
  if (spec === undefined) return peer.trace
  if (!plan.announce) {
    const message = `nothing is announced for the service, so ${peer.name} hears nothing of it`
    return [...peer.trace, failed(`routes to ${peer.name}`, plan.code, message)]
  }
  const routes = plan.announcements.map((announcement) => {
    const rule = `route ${announcement.prefix} by ${announcement.advertisement}`
    const { code, message } = verdictFor(announcement, spec)
    return code === PeerReason.announced ? passed(rule, message) : failed(rule, code, message)
  })
  return [...peer.trace, ...routes]
}

/** Some peer hears of each prefix that is announced: the usual case, told apart without a word. */
const isAllHeard = ({ announcements }: ServicePlan, specs: readonly PeerSpec[]): boolean =>
  announcements.every((one) => specs.some((spec) => reasonFor(one, spec) === PeerReason.announced))

/** Prefixes that are announced and that no peer hears of, each with the reason; `192.0.2.1/32 (PeerNotSelected)`. */
export function unheardOf(plan: ServicePlan, peers: readonly PeerPlan[]): readonly string[] {
  const specs = wantedPeers(peers)
  if (isAllHeard(plan, specs)) return []
  return [...Map.groupBy(plan.announcements, ({ prefix }) => prefix)].flatMap(([prefix, announcements]) => {
    const codes = announcements.flatMap((one) => specs.map((spec) => reasonFor(one, spec)))
    return codes.includes(PeerReason.announced) ? [] : `${prefix} (${codes[0] ?? ReasonCode.noPeers})`
  })
}

/** Whether what a service announces reaches any peer at all; undefined where nothing is announced. */
export function peersStep(plan: ServicePlan, peers: readonly PeerPlan[]): Step | undefined {
  if (!plan.announce) return undefined
  const specs = wantedPeers(peers)
  if (specs.length === 0) {
    const configured = peers.length === 0 ? 'no BGPPeer is configured' : 'no BGPPeer selects this node'
    return failed('peers', ReasonCode.noPeers, configured)
  }
  const hears = (spec: PeerSpec) =>
    plan.announcements.some((one) => reasonFor(one, spec) === PeerReason.announced)
  if (specs.some(hears)) return passed('peers', () => reachText(plan, peers, specs.filter(hears)))
  const verdicts = specs.flatMap((spec) => plan.announcements.map((one) => verdictFor(one, spec)))
  const why = listed(verdicts.map(({ message }) => message))
  const message = `none of ${count(specs.length, 'peer')} takes it: ${why}`
  return failed('peers', verdicts[0]?.code ?? ReasonCode.noPeers, message)
}

function reachText(plan: ServicePlan, peers: readonly PeerPlan[], reached: readonly PeerSpec[]): string {
  const unheard = unheardOf(plan, peers)
  const except = unheard.length === 0 ? '' : `, but no peer hears of ${listed(unheard)}`
  return `goes to ${listed(reached.map(({ name }) => name))}${except}`
}
