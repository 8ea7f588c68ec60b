/** One row per kind that is read, and what is said of those that are not. */
import { parseBfdProfile } from './bfd-profile.ts'
import { parseBgpAdvertisement } from './bgp-advertisement.ts'
import { parseCommunityAliases } from './community.ts'
import { parseEndpointSlice } from './endpoint-slice.ts'
import { parseL2Advertisement } from './l2-advertisement.ts'
import { parseNamespace, parseNode } from './node.ts'
import type { Kind, Values } from './objects.ts'
import { parsePeer } from './peer.ts'
import { parsePool } from './pool.ts'
import type { Report } from './report.ts'
import { parseSecret } from './secret.ts'
import { parseService } from './service.ts'

type Parse<K extends Kind> = (
  value: unknown,
  report: Report,
  id: { readonly namespace: string; readonly name: string },
) => Values[K] | undefined

export interface KindRow<K extends Kind = Kind> {
  readonly kind: K
  readonly namespaced: boolean
  readonly parse: Parse<K>
}

const row = <K extends Kind>(kind: K, parse: Parse<K>, namespaced = true): KindRow<K> => ({
  kind,
  namespaced,
  parse,
})

/** By `apiVersion kind`. */
export const KINDS: ReadonlyMap<string, KindRow> = new Map<string, KindRow>([
  ['v1 Service', row('Service', parseService)],
  ['v1 Node', row('Node', parseNode, false)],
  ['v1 Namespace', row('Namespace', parseNamespace, false)],
  ['v1 Secret', row('Secret', parseSecret)],
  ['discovery.k8s.io/v1 EndpointSlice', row('EndpointSlice', parseEndpointSlice)],
  ['metallb.io/v1beta1 IPAddressPool', row('IPAddressPool', parsePool)],
  ['metallb.io/v1beta2 BGPPeer', row('BGPPeer', parsePeer('v1beta2'))],
  ['metallb.io/v1beta1 BGPPeer', row('BGPPeer', parsePeer('v1beta1'))],
  ['metallb.io/v1beta1 BGPAdvertisement', row('BGPAdvertisement', parseBgpAdvertisement)],
  ['metallb.io/v1beta1 L2Advertisement', row('L2Advertisement', parseL2Advertisement)],
  ['metallb.io/v1beta1 Community', row('Community', parseCommunityAliases)],
  ['metallb.io/v1beta1 BFDProfile', row('BFDProfile', parseBfdProfile)],
])

export const METALLB_GROUP = 'metallb.io/'

/** Written by MetalLB for people to read; `kubectl get` prints them along with the rest. */
export const STATUS_KINDS: ReadonlySet<string> = new Set([
  'ConfigurationState',
  'ServiceBGPStatus',
  'ServiceL2Status',
])

export const METALLB_KINDS: readonly string[] = [...KINDS.keys()]
  .filter((key) => key.startsWith(METALLB_GROUP))
  .map((key) => key.slice(key.indexOf(' ') + 1))
