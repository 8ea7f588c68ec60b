/**
 * The endpoints rule: a node attracts traffic only where it can end somewhere. An endpoint is usable when it is
 * ready (unset means ready) or serving, and has an address; `terminating` is not asked, so a pod that still serves
 * while it shuts down keeps its traffic. With externalTrafficPolicy Local a usable endpoint must be on this node,
 * with Cluster anywhere.
 */
import type { Endpoint, EndpointSlice, Service } from '../cluster/index.ts'
import { count, failed, listed, passed, type Step } from './steps.ts'
import { ReasonCode } from './types.ts'

const RULE = 'endpoints'

export const isUsable = (endpoint: Endpoint): boolean =>
  endpoint.hasAddress && (endpoint.ready !== false || endpoint.serving === true)

interface Facts {
  total: number
  usable: number
  here: number
  notReady: number
  noAddress: number
}

function factsOf(slices: readonly EndpointSlice[], nodeName: string): Facts {
  const facts: Facts = { total: 0, usable: 0, here: 0, notReady: 0, noAddress: 0 }
  for (const { endpoints } of slices) {
    for (const endpoint of endpoints) {
      facts.total++
      if (isUsable(endpoint)) {
        facts.usable++
        if (endpoint.nodeName === nodeName) facts.here++
      } else if (!endpoint.hasAddress) facts.noAddress++
      else facts.notReady++
    }
  }
  return facts
}

/** Nodes that do have a usable endpoint: what the reader asks next. */
function elsewhere(slices: readonly EndpointSlice[]): string {
  const nodes = new Set<string>()
  for (const { endpoints } of slices)
    for (const endpoint of endpoints)
      if (isUsable(endpoint)) nodes.add(endpoint.nodeName ?? 'an endpoint without nodeName')
  return listed([...nodes].sort())
}

function unusable({ total, notReady, noAddress }: Facts, found: string): string {
  if (total === 0) return found
  const why = [
    notReady > 0 ? `${notReady} neither ready nor serving` : '',
    noAddress > 0 ? `${noAddress} without address` : '',
  ]
  return `${found}: none usable (${why.filter(Boolean).join(', ')})`
}

export function endpointsStep(service: Service, slices: readonly EndpointSlice[], nodeName: string): Step {
  const local = service.externalTrafficPolicy === 'Local'
  const facts = factsOf(slices, nodeName)
  if (facts.usable === 0) {
    const code = local ? ReasonCode.noLocalEndpoints : ReasonCode.noEndpoints
    return failed(RULE, code, () => unusable(facts, foundIn(slices, facts)))
  }
  if (!local || facts.here > 0)
    return passed(RULE, () => usable(facts, foundIn(slices, facts), local, nodeName))
  const message = () =>
    `${foundIn(slices, facts)}: ${facts.usable} usable, none on ${nodeName} (usable on ${elsewhere(slices)})`
  return failed(RULE, ReasonCode.noLocalEndpoints, message)
}

const foundIn = (slices: readonly EndpointSlice[], { total }: Facts): string =>
  slices.length === 0
    ? 'no EndpointSlice belongs to the service'
    : `${count(total, 'endpoint')} in ${count(slices.length, 'slice')}`

const usable = ({ usable: all, here }: Facts, found: string, local: boolean, nodeName: string): string =>
  local
    ? `${found}: ${all} usable, ${here} on ${nodeName}`
    : `${found}: ${all} usable, and policy Cluster takes them on any node`
