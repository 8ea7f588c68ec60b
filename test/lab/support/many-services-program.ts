/**
 * A program that answers as an API server with very many Services and EndpointSlices would, in pages, and lets every
 * watch hang: for measuring what it takes to follow them, where a real API server would need hours and gigabytes to be
 * filled. `node many-services-program.ts COUNT` prints its port.
 */
import { createServer, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

const COUNT = Number(process.argv[2])

const octets = (first: number, at: number): string =>
  `${first}.${(at >> 16) & 255}.${(at >> 8) & 255}.${at & 255}`

/** What `kubectl apply` and the API server add to what people write. */
function metadata(name: string, at: number, more: object): object {
  return {
    name,
    namespace: 'load',
    uid: `5f7f2a0e-1c1f-4c52-9a55-${String(at).padStart(12, '0')}`,
    resourceVersion: String(1000 + at),
    creationTimestamp: '2026-01-01T00:00:00Z',
    managedFields: [
      {
        manager: 'kubectl',
        operation: 'Apply',
        apiVersion: 'v1',
        time: '2026-01-01T00:00:00Z',
        fieldsType: 'FieldsV1',
        fieldsV1: {
          'f:metadata': { 'f:labels': { 'f:app': {}, 'f:tier': {} } },
          'f:spec': { 'f:ports': {}, 'f:type': {} },
        },
      },
    ],
    ...more,
  }
}

function serviceAt(at: number): object {
  const name = `service-${String(at).padStart(6, '0')}`
  const spec = {
    type: 'LoadBalancer',
    selector: { app: name },
    ports: [
      { name: 'http', port: 80, targetPort: 8080, protocol: 'TCP' },
      { name: 'https', port: 443, targetPort: 8443, protocol: 'TCP' },
    ],
    clusterIP: octets(10, at),
    clusterIPs: [octets(10, at)],
    ipFamilies: ['IPv4'],
    ipFamilyPolicy: 'SingleStack',
    externalTrafficPolicy: 'Local',
    internalTrafficPolicy: 'Cluster',
    sessionAffinity: 'None',
  }
  const annotations = {
    'metallb.io/ip-allocated-from-pool': 'first',
    'kubectl.kubernetes.io/last-applied-configuration': JSON.stringify({ kind: 'Service', spec }),
  }
  const more = { labels: { app: name, tier: 'web' }, annotations }
  const status = { loadBalancer: { ingress: [{ ip: octets(100, at), ipMode: 'VIP' }] } }
  return { metadata: metadata(name, at, more), spec, status }
}

function sliceAt(at: number): object {
  const service = `service-${String(at).padStart(6, '0')}`
  const labels = {
    'kubernetes.io/service-name': service,
    'endpointslice.kubernetes.io/managed-by': 'endpointslice-controller.k8s.io',
  }
  const endpoints = [0, 1].map((which) => ({
    addresses: [octets(20 + which, at)],
    nodeName: `node-${(at + which) % 5}`,
    conditions: { ready: true, serving: true, terminating: false },
    targetRef: { kind: 'Pod', namespace: 'load', name: `${service}-${which}`, uid: `pod-${at}-${which}` },
  }))
  const ports = [{ name: 'http', port: 8080, protocol: 'TCP' }]
  return { metadata: metadata(`${service}-abcde`, at, { labels }), addressType: 'IPv4', ports, endpoints }
}

const MAKERS: Readonly<Record<string, (at: number) => object>> = {
  services: serviceAt,
  endpointslices: sliceAt,
}

function answer(url: URL, response: ServerResponse): void {
  if (url.searchParams.get('watch') === 'true') {
    response.flushHeaders()
    return
  }
  const make = MAKERS[url.pathname.split('/').at(-1) ?? '']
  const count = make === undefined ? 0 : COUNT
  const start = Number(url.searchParams.get('continue') ?? 0)
  const end = Math.min(count, start + Number(url.searchParams.get('limit') ?? count))
  const items = Array.from({ length: end - start }, (_, index) => make?.(start + index))
  const metadata = { resourceVersion: '2000000', ...(end < count && { continue: String(end) }) }
  response.end(JSON.stringify({ items, metadata }))
}

const server = createServer((request, response) => answer(new URL(`http://x${request.url}`), response))
server.listen(0, '127.0.0.1', () => console.log((server.address() as AddressInfo).port))
