/**
 * Thousands of Services at once. The API server allocates cluster addresses one by one under a lock, and counts all
 * of them each time: 10,000 Services take it more than a minute. Here they go straight into etcd, as the API server
 * would have stored them (with their IPAddress objects), in seconds. It then serves them like any other;
 * what it would have checked is not checked.
 */
import { randomUUID } from 'node:crypto'
import { Agent, request } from 'node:http'
import type { KubeObject } from './api-client.ts'
import { inParallel } from './in-parallel.ts'

interface Stored {
  /** Below /registry. */
  readonly folder: string
  readonly name: string
  readonly value: unknown
}

/** Cluster addresses are counted up from here: the API server's own choices lie in the upper part of the range. */
const FIRST = { ipv4: (10 << 24) | (96 << 16) | (1 << 8), ipv6: 0x100 }

export class Planter {
  private readonly socket: string
  private readonly agent = new Agent({ keepAlive: true })
  private planted = 0

  /** `socket` leads to etcd's HTTP gateway. */
  constructor(socket: string) {
    this.socket = socket
  }

  /** Stores Services and EndpointSlices. */
  async plant(objects: readonly KubeObject[]): Promise<void> {
    await inParallel(transactions(objects.flatMap((object) => this.recordsOf(object))), (records) =>
      this.put(records),
    )
  }

  private recordsOf(given: KubeObject): Stored[] {
    const { name, namespace = 'default' } = given.metadata
    const object: KubeObject = { ...given, metadata: { ...given.metadata, namespace } }
    if (object.kind === 'EndpointSlice') {
      return [{ folder: 'endpointslices', name: `${namespace}/${name}`, value: stored(object) }]
    }
    if (object.kind !== 'Service')
      throw new Error(`only Services and EndpointSlices are planted, not ${object.kind}`)
    const clusterIPs = this.clusterAddresses(object)
    const service = { ...stored(object), spec: { ...defaults(clusterIPs), ...(object.spec as object) } }
    const addresses = clusterIPs.map((address) => ({
      folder: 'ipaddresses',
      name: address,
      value: addressObject(address, namespace, name),
    }))
    return [...addresses, { folder: 'services/specs', name: `${namespace}/${name}`, value: service }]
  }

  private clusterAddresses({ spec }: KubeObject): string[] {
    this.planted += 1
    const { ipFamilyPolicy = 'SingleStack', ipFamilies } = spec as {
      ipFamilyPolicy?: string
      ipFamilies?: readonly string[]
    }
    const families = ipFamilies ?? (ipFamilyPolicy === 'SingleStack' ? ['IPv4'] : ['IPv4', 'IPv6'])
    return families.map((family) => (family === 'IPv4' ? this.ipv4() : this.ipv6()))
  }

  private ipv4(): string {
    const number = FIRST.ipv4 + this.planted
    return [24, 16, 8, 0].map((shift) => (number >>> shift) & 255).join('.')
  }

  private ipv6(): string {
    return `fd00:96::${(FIRST.ipv6 + this.planted).toString(16)}`
  }

  private async put(records: readonly Stored[]): Promise<void> {
    const success = records.map(({ folder, name, value }) => ({
      requestPut: { key: base64(`/registry/${folder}/${name}`), value: base64(JSON.stringify(value)) },
    }))
    const body = JSON.stringify({ success })
    const options = { method: 'POST', path: '/v3/kv/txn', socketPath: this.socket, agent: this.agent }
    await new Promise<void>((resolve, reject) => {
      const asking = request(options, (response) => {
        let text = ''
        response.setEncoding('utf8').on('data', (chunk: string) => (text += chunk))
        response.on('end', () =>
          response.statusCode === 200 ? resolve() : reject(new Error(`etcd: ${text}`)),
        )
      })
      asking.on('error', reject).end(body)
    })
  }
}

/**
 * One transaction writes at most one object of each kind: what is written together has one resource version, and a
 * watch shows only the first object of each version.
 */
function transactions(records: readonly Stored[]): Stored[][] {
  const filled = new Map<string, number>()
  const together: Stored[][] = []
  for (const record of records) {
    const place = filled.get(record.folder) ?? 0
    filled.set(record.folder, place + 1)
    const transaction = together[place]
    if (transaction === undefined) together.push([record])
    else transaction.push(record)
  }
  return together
}

function stored(object: KubeObject): KubeObject {
  const creationTimestamp = new Date(Math.floor(Date.now() / 1000) * 1000).toISOString().replace('.000', '')
  const metadata = { ...object.metadata, uid: randomUUID(), creationTimestamp }
  return { ...object, metadata }
}

function defaults(clusterIPs: readonly string[]) {
  return {
    clusterIP: clusterIPs[0],
    clusterIPs,
    ipFamilies: clusterIPs.map((address) => (address.includes(':') ? 'IPv6' : 'IPv4')),
    ipFamilyPolicy: 'SingleStack',
    sessionAffinity: 'None',
    externalTrafficPolicy: 'Cluster',
    internalTrafficPolicy: 'Cluster',
  }
}

function addressObject(address: string, namespace: string, name: string) {
  const labels = {
    'ipaddress.kubernetes.io/ip-family': address.includes(':') ? 'IPv6' : 'IPv4',
    'ipaddress.kubernetes.io/managed-by': 'ipallocator.k8s.io',
  }
  const parentRef = { group: '', resource: 'services', namespace, name }
  return stored({
    apiVersion: 'networking.k8s.io/v1',
    kind: 'IPAddress',
    metadata: { name: address, labels },
    spec: { parentRef },
  })
}

function base64(text: string): string {
  return Buffer.from(text).toString('base64')
}
