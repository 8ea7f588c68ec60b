/**
 * An API server in memory for those who write: Services, IPAddressPools, Leases and Events with resourceVersions that
 * are checked, merge patches, and a watch that shows changes when the test lets it. Time is a manual clock's.
 */
import { ClusterStore, type Diagnostic, type Snapshot } from '../../src/cluster/index.ts'
import { type KubeApi, KubeError, type KubeRequest, type ObjectIdentity } from '../../src/sources/index.ts'
import type { ManualClock } from './manual-clock.ts'

type Json = Readonly<Record<string, unknown>>

export interface Stored extends Json {
  readonly kind: string
  readonly metadata: Json & {
    readonly name: string
    readonly namespace?: string
    readonly resourceVersion: string
  }
}

type OnSnapshot = (snapshot: Snapshot, diagnostics: readonly Diagnostic[]) => void

const KINDS: Readonly<Record<string, { readonly kind: string; readonly apiVersion: string }>> = {
  services: { kind: 'Service', apiVersion: 'v1' },
  events: { kind: 'Event', apiVersion: 'v1' },
  namespaces: { kind: 'Namespace', apiVersion: 'v1' },
  nodes: { kind: 'Node', apiVersion: 'v1' },
  endpointslices: { kind: 'EndpointSlice', apiVersion: 'discovery.k8s.io/v1' },
  leases: { kind: 'Lease', apiVersion: 'coordination.k8s.io/v1' },
  ipaddresspools: { kind: 'IPAddressPool', apiVersion: 'metallb.io/v1beta1' },
  bgpadvertisements: { kind: 'BGPAdvertisement', apiVersion: 'metallb.io/v1beta1' },
  bgppeers: { kind: 'BGPPeer', apiVersion: 'metallb.io/v1beta2' },
}

const keyOf = (kind: string, { namespace = '', name = '' }: { namespace?: string; name?: string }): string =>
  `${kind} ${namespace}/${name}`

export class FakeCluster {
  readonly clock: ManualClock
  readonly objects = new Map<string, Stored>()
  /** Every request that arrived. */
  readonly requests: KubeRequest[] = []
  /** Answers with this error instead. */
  fail: (request: KubeRequest) => KubeError | undefined = () => undefined
  /** Milliseconds on the way, both ways together. */
  latencyMs = 0
  /** What the watches show is so old. */
  lagMs = 0
  #version = 100
  #uids = 0
  readonly #watches = new Set<(object: Stored, gone: boolean) => void>()

  constructor(clock: ManualClock) {
    this.clock = clock
  }

  /** What a user applies; status is kept unless it is given. */
  put(value: Json): Stored {
    const { kind, metadata } = value as Stored
    const key = keyOf(kind, metadata)
    const before = this.objects.get(key)
    const status = value.status ?? before?.status
    return this.#store(key, {
      ...value,
      ...(status !== undefined && { status }),
      metadata: { uid: before?.metadata.uid ?? `uid-${++this.#uids}`, ...metadata },
    })
  }

  delete(kind: string, namespace: string, name: string): void {
    const key = keyOf(kind, { namespace, name })
    const object = this.objects.get(key)
    if (object === undefined) return
    this.objects.delete(key)
    this.#version++
    this.#show(object, true)
  }

  get(kind: string, namespace: string, name: string): Stored | undefined {
    return this.objects.get(keyOf(kind, { namespace, name }))
  }

  all(kind: string): readonly Stored[] {
    return [...this.objects.values()].filter((object) => object.kind === kind)
  }

  /** The addresses of every Service, by `namespace/name`. */
  addresses(): Readonly<Record<string, readonly string[]>> {
    const entries = this.all('Service').map(({ metadata, status }) => {
      const ingress = (status as { loadBalancer?: { ingress?: { ip: string }[] } })?.loadBalancer?.ingress
      return [`${metadata.namespace}/${metadata.name}`, ingress?.map(({ ip }) => ip) ?? []] as const
    })
    return Object.fromEntries(entries)
  }

  /** Requests that change something, as `PATCH /api/...`. */
  writes(path = ''): readonly string[] {
    return this.requests.flatMap((one) =>
      one.method !== 'GET' && one.path.includes(path) ? `${one.method} ${one.path}` : [],
    )
  }

  /** A client of its own; `close` makes its requests fail from then on. */
  client(): KubeApi {
    let closed = false
    return {
      server: 'https://fake',
      request: async <T>(request: KubeRequest): Promise<T> => {
        this.requests.push(request)
        const early = this.fail(request)
        if (this.latencyMs > 0) await this.#pause(this.latencyMs)
        if (closed) throw new KubeError('unreachable', 'the client is closed')
        if (early !== undefined) throw early
        return this.#answer(request) as T
      },
      watch: () => {
        throw new Error('not watched')
      },
      portForward: () => Promise.reject(new Error('not forwarded')),
      close() {
        closed = true
      },
    }
  }

  /** A watch of its own: tells each state as snapshots. */
  watch(onSnapshot: OnSnapshot): FakeWatch {
    const watch = new FakeWatch(this, onSnapshot)
    this.#watches.add((object, gone) => watch.see(object, gone))
    return watch
  }

  #pause(ms: number): Promise<void> {
    return new Promise((resolve) => this.clock.after(ms, resolve))
  }

  #store(key: string, value: Json): Stored {
    const metadata = { ...(value.metadata as Json), resourceVersion: String(++this.#version) }
    const stored = { ...value, metadata } as unknown as Stored
    this.objects.set(key, stored)
    this.#show(stored, false)
    return stored
  }

  #show(object: Stored, gone: boolean): void {
    for (const see of this.#watches)
      if (this.lagMs === 0) see(object, gone)
      else this.clock.after(this.lagMs, () => see(object, gone))
  }

  #answer(request: KubeRequest): unknown {
    const { method, path } = request
    const parts = path.split('/').filter((part) => part !== '')
    const rest = parts.slice(parts[0] === 'api' ? 2 : 3)
    const namespace = rest[0] === 'namespaces' && rest.length > 2 ? rest[1] : undefined
    const [plural = '', name, subresource] = namespace === undefined ? rest : rest.slice(2)
    const row = KINDS[plural]
    if (row === undefined) throw new KubeError('not-found', `there is no ${path}`)
    const { kind } = row
    if (name === undefined && method === 'GET') return this.#list(kind, namespace, request)
    const body = (request.body ?? {}) as Json
    if (method === 'POST') return this.#create(row, namespace, body)
    const key = keyOf(kind, { ...(namespace !== undefined && { namespace }), name: name ?? '' })
    const before = this.objects.get(key)
    if (before === undefined) throw new KubeError('not-found', `${key} not found`)
    if (method === 'GET') return before
    checkVersion(before, body)
    const after = method === 'PUT' ? { ...body, kind } : (merged(before, body) as Json)
    const kept = subresource === 'status' ? { ...after, spec: before.spec } : after
    const settled = {
      ...kept,
      metadata: { ...before.metadata, ...(kept as { metadata?: Json }).metadata },
    }
    const same =
      JSON.stringify({ ...settled, metadata: { ...settled.metadata, resourceVersion: '' } }) ===
      JSON.stringify({ ...before, metadata: { ...before.metadata, resourceVersion: '' } })
    return same ? before : this.#store(key, settled)
  }

  #list(kind: string, namespace: string | undefined, { query }: KubeRequest): unknown {
    const all = this.all(kind).filter(
      (one) => namespace === undefined || one.metadata.namespace === namespace,
    )
    const from = Number(query?.continue ?? 0)
    const limit = Number(query?.limit ?? all.length)
    const next = from + limit < all.length ? { continue: String(from + limit) } : {}
    return {
      metadata: { resourceVersion: String(this.#version), ...next },
      items: all.slice(from, from + limit),
    }
  }

  #create(
    { kind, apiVersion }: { kind: string; apiVersion: string },
    namespace: string | undefined,
    body: Json,
  ) {
    const metadata = { ...(body.metadata as Json), ...(namespace !== undefined && { namespace }) }
    const key = keyOf(kind, metadata as { namespace?: string; name?: string })
    if (this.objects.has(key)) throw new KubeError('conflict', `${key} already exists`)
    return this.#store(key, {
      ...body,
      kind,
      apiVersion,
      metadata: { uid: `uid-${++this.#uids}`, ...metadata },
    })
  }
}

function checkVersion({ metadata }: Stored, body: Json): void {
  const wanted = (body.metadata as { resourceVersion?: string } | undefined)?.resourceVersion
  if (wanted !== undefined && wanted !== metadata.resourceVersion)
    throw new KubeError('conflict', 'the object has been modified')
}

/** A merge patch; lists of conditions are merged by type, as a strategic one does. */
function merged(before: unknown, patch: unknown): unknown {
  if (!isObject(patch)) return patch
  const result: Record<string, unknown> = isObject(before) ? { ...before } : {}
  for (const [name, value] of Object.entries(patch)) {
    if (value === null) delete result[name]
    else if (name === 'conditions') result[name] = byType(result[name], value)
    else if (name !== 'resourceVersion') result[name] = merged(result[name], value)
  }
  return result
}

function byType(before: unknown, patch: unknown): readonly Json[] {
  const conditions = new Map((Array.isArray(before) ? (before as Json[]) : []).map((one) => [one.type, one]))
  for (const { $patch, ...one } of patch as readonly Json[]) {
    if ($patch === 'delete') conditions.delete(one.type)
    else conditions.set(one.type, { ...conditions.get(one.type), ...one })
  }
  return [...conditions.values()]
}

const isObject = (value: unknown): value is Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** What one process sees of the cluster. */
export class FakeWatch {
  snapshot: Snapshot | undefined
  readonly #store = new ClusterStore({ metallbNamespace: 'metallb-system' })
  readonly #identities = new Map<string, ObjectIdentity>()
  readonly #onSnapshot: OnSnapshot
  #closed = false

  constructor(cluster: FakeCluster, onSnapshot: OnSnapshot) {
    this.#onSnapshot = onSnapshot
    for (const object of cluster.objects.values()) this.#take(object)
  }

  /** Tells what there is so far; changes are told as they come from then on. */
  sync(): void {
    const { snapshot, diagnostics } = this.#store.take()
    this.snapshot = snapshot
    this.#onSnapshot(snapshot, diagnostics)
  }

  identity = (kind: string, namespace: string, name: string): ObjectIdentity | undefined =>
    this.#identities.get(keyOf(kind, { namespace, name }))

  close(): void {
    this.#closed = true
  }

  see(object: Stored, gone: boolean): void {
    if (this.#closed) return
    const { kind, metadata } = object
    if (gone) {
      this.#identities.delete(keyOf(kind, metadata))
      this.#store.remove(kind as 'Service', metadata.namespace ?? '', metadata.name)
    } else this.#take(object)
    if (this.snapshot === undefined) return
    const { snapshot, diagnostics } = this.#store.take()
    if (snapshot === this.snapshot) return
    this.snapshot = snapshot
    this.#onSnapshot(snapshot, diagnostics)
  }

  #take(object: Stored): void {
    const { kind, metadata } = object
    const apiVersion = Object.values(KINDS).find((row) => row.kind === kind)?.apiVersion ?? 'v1'
    const { namespace = '', name, resourceVersion } = metadata
    const uid = String(metadata.uid)
    this.#identities.set(keyOf(kind, metadata), { apiVersion, kind, namespace, name, uid, resourceVersion })
    if (kind === 'Event' || kind === 'Lease') return
    this.#store.put({
      value: { apiVersion, ...object },
      origin: { locate: () => ({}) },
    })
  }
}
