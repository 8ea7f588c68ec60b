/** What is measured: a load-balancer implementation, its objects in the cluster and its processes on the machines. */
import type { ControlPlane, Host, Lab, LabProcess } from '../../bird-testbed/index.ts'

export const ROUTER_ASN = 64_512
export const NODE_ASN = 64_500

export interface World {
  readonly lab: Lab
  readonly plane: ControlPlane
  readonly nodes: readonly Host[]
  readonly router: Host
}

export interface Implementation {
  readonly name: string
  readonly version: string
  /** Where its objects of metallb.io are. */
  readonly namespace: string
  /** Brings its kinds to the API server. */
  install(world: World): Promise<void>
  startController(world: World): Promise<LabProcess>
  startSpeaker(world: World, node: Host): Promise<LabProcess>
}

const METALLB = 'metallb.io/v1beta1'

/** The same for everybody: one pool, one advertisement, one router. */
export const configuration = (namespace: string, router: Host) => [
  {
    apiVersion: METALLB,
    kind: 'IPAddressPool',
    metadata: { name: 'first', namespace },
    spec: { addresses: ['10.201.0.0/16'] },
  },
  {
    apiVersion: METALLB,
    kind: 'BGPAdvertisement',
    metadata: { name: 'first', namespace },
    spec: {},
  },
  {
    apiVersion: 'metallb.io/v1beta2',
    kind: 'BGPPeer',
    metadata: { name: 'router', namespace },
    spec: { myASN: NODE_ASN, peerASN: ROUTER_ASN, peerAddress: router.address },
  },
]
