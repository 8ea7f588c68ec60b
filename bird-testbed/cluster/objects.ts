/** Kubernetes objects that tests write again and again; as small as the API server takes them. */
import type { KubeObject } from './api-client.ts'

type Labels = Readonly<Record<string, string>>

export interface NodeFacts {
  readonly labels?: Labels
  /** InternalIP addresses. */
  readonly addresses: readonly string[]
}

/** A Node that looks like one whose kubelet has just reported: Ready. */
export function nodeObject(name: string, { labels = {}, addresses }: NodeFacts): KubeObject {
  const now = new Date().toISOString()
  return {
    apiVersion: 'v1',
    kind: 'Node',
    metadata: { name, labels: { 'kubernetes.io/hostname': name, 'kubernetes.io/os': 'linux', ...labels } },
    status: {
      addresses: [
        ...addresses.map((address) => ({ type: 'InternalIP', address })),
        { type: 'Hostname', address: name },
      ],
      conditions: [
        {
          type: 'Ready',
          status: 'True',
          reason: 'KubeletReady',
          message: 'this is a node of the lab',
          lastHeartbeatTime: now,
          lastTransitionTime: now,
        },
      ],
    },
  }
}

export function namespaceObject(name: string, labels: Labels = {}): KubeObject {
  return { apiVersion: 'v1', kind: 'Namespace', metadata: { name, labels } }
}

/** The account may do everything. */
export function powerfulBinding(namespace: string, name: string): KubeObject {
  return {
    apiVersion: 'rbac.authorization.k8s.io/v1',
    kind: 'ClusterRoleBinding',
    metadata: { name: `${namespace}.${name}` },
    roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'cluster-admin' },
    subjects: [{ kind: 'ServiceAccount', namespace, name }],
  }
}

export function serviceAccountObject(namespace: string, name: string): KubeObject {
  return { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { namespace, name } }
}

export interface ServiceFacts {
  readonly namespace?: string
  readonly labels?: Labels
  readonly annotations?: Labels
  /** Further fields of spec: `externalTrafficPolicy`, `ipFamilyPolicy`, `loadBalancerIP`, `selector` ... */
  readonly spec?: Readonly<Record<string, unknown>>
}

/** A Service of type LoadBalancer with port 80, without node ports: 10,000 of them need more than there are. */
export function serviceObject(name: string, facts: ServiceFacts = {}): KubeObject {
  const { namespace = 'default', labels = {}, annotations = {}, spec = {} } = facts
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name, namespace, labels, annotations },
    spec: {
      type: 'LoadBalancer',
      allocateLoadBalancerNodePorts: false,
      ports: [{ name: 'http', port: 80, targetPort: 8080 }],
      ...spec,
    },
  }
}

export interface EndpointFacts {
  readonly address: string
  readonly node?: string
  /** Default true. */
  readonly ready?: boolean
}

/** The EndpointSlice that the controller manager would write for a Service. */
export function sliceObject(service: KubeObject, endpoints: readonly EndpointFacts[]): KubeObject {
  const { name, namespace = 'default' } = service.metadata
  return {
    apiVersion: 'discovery.k8s.io/v1',
    kind: 'EndpointSlice',
    metadata: { name: `${name}-lab`, namespace, labels: { 'kubernetes.io/service-name': name } },
    addressType: endpoints[0]?.address.includes(':') === true ? 'IPv6' : 'IPv4',
    ports: [{ name: 'http', port: 8080, protocol: 'TCP' }],
    endpoints: endpoints.map(({ address, node, ready = true }) => ({
      addresses: [address],
      conditions: { ready, serving: ready, terminating: false },
      ...(node === undefined ? {} : { nodeName: node }),
    })),
  }
}
