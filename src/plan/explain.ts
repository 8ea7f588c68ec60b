/**
 * The last step of the way: from what a node announces for a service to what one peer of that node hears of it.
 * The verdicts themselves are made by `peers/policy`, which the running speaker asks too.
 */
import { PeerReason, verdictFor } from '../../peers/index.ts'
import type { PeerPlan } from './peers.ts'
import { count, failed, listed, passed } from './steps.ts'
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

/** Prefixes that are announced and that no peer hears of, each with the reason; `192.0.2.1/32 (PeerNotSelected)`. */
export function unheardOf(plan: ServicePlan, peers: readonly PeerPlan[]): readonly string[] {
  const specs = peers.flatMap(({ spec }) => spec ?? [])
  return [...Map.groupBy(plan.announcements, ({ prefix }) => prefix)].flatMap(([prefix, announcements]) => {
    const codes = announcements.flatMap((one) => specs.map((spec) => verdictFor(one, spec).code))
    return codes.includes(PeerReason.announced) ? [] : `${prefix} (${codes[0] ?? ReasonCode.noPeers})`
  })
}

/** Whether what a service announces reaches any peer at all; undefined where nothing is announced. */
export function peersStep(plan: ServicePlan, peers: readonly PeerPlan[]): TraceStep | undefined {
  if (!plan.announce) return undefined
  const specs = peers.flatMap(({ spec }) => spec ?? [])
  if (specs.length === 0) {
    const configured = peers.length === 0 ? 'no BGPPeer is configured' : 'no BGPPeer selects this node'
    return failed('peers', ReasonCode.noPeers, configured)
  }
  const verdicts = specs.flatMap((spec) =>
    plan.announcements.map((announcement) => ({ peer: spec.name, ...verdictFor(announcement, spec) })),
  )
  const reached = new Set(verdicts.flatMap(({ code, peer }) => (code === PeerReason.announced ? peer : [])))
  if (reached.size > 0) {
    const unheard = unheardOf(plan, peers)
    const except = unheard.length === 0 ? '' : `, but no peer hears of ${listed(unheard)}`
    return passed('peers', `goes to ${listed([...reached])}${except}`)
  }
  const [first] = verdicts
  const message = `none of ${count(specs.length, 'peer')} takes it: ${listed(verdicts.map((one) => one.message))}`
  return failed('peers', first?.code ?? ReasonCode.noPeers, message)
}
