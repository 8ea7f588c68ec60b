/**
 * What is read from the API, by whom, and how much it matters. EndpointSlices that belong to no Service are not asked
 * for; metallb.io objects count in oyez's own namespace only, and so do the Secrets that peers name, each of which is
 * asked for by its name so that a Role can be that narrow.
 */
export type Needs = 'controller' | 'speaker'

export const PEER_KIND = 'BGPPeer'
export const SECRET_KIND = 'Secret'

export interface Resource {
  readonly kind: string
  readonly apiVersion: string
  readonly path: string
  readonly labelSelector?: string
  readonly fieldSelector?: string
  /** Decisions without it would be wrong; of the others, what may not be read is as good as empty. */
  readonly essential: boolean
  /** Events and owner references name objects of it. */
  readonly identified: boolean
}

interface Row {
  readonly kind: string
  readonly group: 'v1' | 'discovery.k8s.io/v1' | 'metallb.io/v1beta1' | 'metallb.io/v1beta2'
  readonly plural: string
  readonly needs: readonly Needs[]
  readonly essential: boolean
  readonly labelSelector?: string
}

const both: readonly Needs[] = ['controller', 'speaker']
const SERVICE_NAME = 'kubernetes.io/service-name'

/** What there is little of comes first: the few kinds that decide about the many are there when these arrive. */
const ROWS: readonly Row[] = [
  { kind: 'Namespace', group: 'v1', plural: 'namespaces', needs: ['controller'], essential: true },
  { kind: 'Node', group: 'v1', plural: 'nodes', needs: both, essential: true },
  {
    kind: 'IPAddressPool',
    group: 'metallb.io/v1beta1',
    plural: 'ipaddresspools',
    needs: both,
    essential: true,
  },
  { kind: PEER_KIND, group: 'metallb.io/v1beta2', plural: 'bgppeers', needs: both, essential: true },
  {
    kind: 'BGPAdvertisement',
    group: 'metallb.io/v1beta1',
    plural: 'bgpadvertisements',
    needs: both,
    essential: true,
  },
  {
    kind: 'L2Advertisement',
    group: 'metallb.io/v1beta1',
    plural: 'l2advertisements',
    needs: both,
    essential: false,
  },
  { kind: 'Community', group: 'metallb.io/v1beta1', plural: 'communities', needs: both, essential: false },
  { kind: 'BFDProfile', group: 'metallb.io/v1beta1', plural: 'bfdprofiles', needs: both, essential: false },
  { kind: 'Service', group: 'v1', plural: 'services', needs: both, essential: true },
  {
    kind: 'EndpointSlice',
    group: 'discovery.k8s.io/v1',
    plural: 'endpointslices',
    needs: both,
    essential: true,
    labelSelector: SERVICE_NAME,
  },
]

/** @param namespace of the metallb.io objects. */
export const resourcesFor = (needs: Needs, namespace: string): readonly Resource[] =>
  ROWS.filter((row) => row.needs.includes(needs)).map((row) => resourceOf(row, namespace))

function resourceOf({ kind, group, plural, essential, labelSelector }: Row, namespace: string): Resource {
  const root = group === 'v1' ? '/api/v1' : `/apis/${group}`
  const scope = group.startsWith('metallb.io/') ? `/namespaces/${encodeURIComponent(namespace)}` : ''
  return {
    kind,
    apiVersion: group,
    path: `${root}${scope}/${plural}`,
    essential,
    identified: kind !== 'EndpointSlice',
    ...(labelSelector !== undefined && { labelSelector }),
  }
}

/** One Secret by its name. */
export const secretResource = (namespace: string, name: string): Resource => ({
  kind: SECRET_KIND,
  apiVersion: 'v1',
  path: `/api/v1/namespaces/${encodeURIComponent(namespace)}/secrets`,
  fieldSelector: `metadata.name=${name}`,
  essential: false,
  identified: false,
})
