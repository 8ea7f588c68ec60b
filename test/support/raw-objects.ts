/** Raw objects as a source would hand them over, and the snapshot they make. */
import {
  buildSnapshot,
  type Diagnostic,
  parseObjects,
  type RawObject,
  type Snapshot,
  type SnapshotResult,
} from '../../src/cluster/index.ts'

type Fields = Readonly<Record<string, unknown>>

const METALLB = 'metallb-system'

export const object = (apiVersion: string, kind: string, metadata: Fields, rest: Fields = {}): Fields => ({
  apiVersion,
  kind,
  metadata,
  ...rest,
})

const ours =
  (kind: string, version = 'v1beta1') =>
  (name: string, spec: Fields = {}, metadata: Fields = {}): Fields =>
    object(`metallb.io/${version}`, kind, { name, namespace: METALLB, ...metadata }, { spec })

export const pool = ours('IPAddressPool')
export const bgpAdvertisement = ours('BGPAdvertisement')
export const l2Advertisement = ours('L2Advertisement')
export const community = ours('Community')
export const bfdProfile = ours('BFDProfile')
export const peerV1 = ours('BGPPeer', 'v1beta1')
const barePeer = ours('BGPPeer', 'v1beta2')

export const PEER = { myASN: 64512, peerASN: 64513, peerAddress: '192.0.2.1' }
export const peer = (name: string, spec: Fields = {}): Fields => barePeer(name, { ...PEER, ...spec })

export const node = (name: string, labels: Fields = {}): Fields => object('v1', 'Node', { name, labels })
export const namespace = (name: string, labels: Fields = {}): Fields =>
  object('v1', 'Namespace', { name, labels })

export const secret = (name: string, rest: Fields = {}): Fields =>
  object('v1', 'Secret', { name, namespace: METALLB }, { type: 'kubernetes.io/basic-auth', ...rest })

export const service = (name: string, addresses: readonly string[] = [], spec: Fields = {}): Fields =>
  object(
    'v1',
    'Service',
    { name, namespace: 'default' },
    {
      spec: { type: 'LoadBalancer', ...spec },
      status: { loadBalancer: { ingress: addresses.map((ip) => ({ ip })) } },
    },
  )

export const slice = (name: string, serviceName: string, addresses: readonly string[]): Fields =>
  object(
    'discovery.k8s.io/v1',
    'EndpointSlice',
    { name, namespace: 'default', labels: { 'kubernetes.io/service-name': serviceName } },
    { endpoints: addresses.map((address) => ({ addresses: [address] })) },
  )

/** Each value stands on a line of its own, its number in the list. */
export const raws = (values: readonly unknown[]): RawObject[] =>
  values.map((value, at) => ({ value, origin: { locate: () => ({ file: 'all.yaml', line: at + 1 }) } }))

export const build = (values: readonly unknown[], previous?: Snapshot): SnapshotResult =>
  buildSnapshot([parseObjects(raws(values))], previous)

/** The snapshot of values that must be without error. */
export function snapshotOf(values: readonly unknown[], previous?: Snapshot): Snapshot {
  const { snapshot, diagnostics } = build(values, previous)
  if (snapshot === undefined) throw new Error(brief(diagnostics).join('\n'))
  return snapshot
}

/** `1 error OutOfRange spec.holdTime`: line, severity, code and path. */
export const brief = (diagnostics: readonly Diagnostic[]): string[] =>
  diagnostics.map(({ severity, code, location }) =>
    [location.line, severity, code, location.path].filter((part) => part !== undefined).join(' '),
  )

/** The findings about one object alone. */
export const findingsOf = (value: unknown): string[] =>
  brief(parseObjects(raws([value])).diagnostics).map((text) => text.slice(2))
