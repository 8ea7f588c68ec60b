/**
 * An API server that knows pods and forwards their ports to speakers that are there: each one's real HTTP API, on a
 * socket of its own. Whatever else is asked of it is refused, so that a test sees every right that is used.
 */
import { connect } from 'node:net'
import { join } from 'node:path'
import { Duplex } from 'node:stream'
import { onTestFinished } from 'vitest'
import { type SpeakerViews, serveApi } from '../../src/api/index.ts'
import { type KubeApi, KubeError, type KubeRequest } from '../../src/sources/index.ts'
import { temporaryFolder } from './temporary-folder.ts'

export interface PodFacts {
  readonly name: string
  readonly node?: string
  readonly namespace?: string
  readonly component?: 'speaker' | 'controller'
  readonly phase?: string
  /** Of a container that waits. */
  readonly waiting?: string
  readonly terminating?: boolean
  /** Nobody listens without it; `silent` takes connections and never answers; `forbidden` may not be forwarded to. */
  readonly speaker?: SpeakerViews | 'silent' | 'forbidden'
}

export class SpeakersBehindApi implements KubeApi {
  readonly server = 'https://api.test:6443'
  readonly requests: KubeRequest[] = []
  /** Answers by path, before anything else. */
  readonly answers = new Map<string, unknown>()
  mayListEverywhere = true
  /** Connections to pods. */
  open = 0
  closed = false
  readonly #pods: readonly PodFacts[]
  readonly #folder = temporaryFolder()

  constructor(pods: readonly PodFacts[]) {
    this.#pods = pods
  }

  async request<T>(request: KubeRequest): Promise<T> {
    this.requests.push(request)
    const { path, query } = request
    if (this.answers.has(path)) return this.answers.get(path) as T
    const [, namespace] = /^\/api\/v1\/(?:namespaces\/([^/]+)\/)?pods$/.exec(path) ?? [undefined, 'no']
    if (namespace === 'no' || (namespace === undefined && !this.mayListEverywhere)) {
      throw new KubeError('forbidden', `may not list ${path}`, { hint: 'ask for a Role with the rule' })
    }
    return this.#page(namespace, Number(query?.limit), Number(query?.continue ?? 0)) as T
  }

  /** Pages are as small as two pods, so that tests see whether all are read. */
  #page(namespace: string | undefined, limit: number, from: number): unknown {
    const all = this.#pods.filter(
      (pod) => namespace === undefined || (pod.namespace ?? 'oyez-system') === namespace,
    )
    const to = from + Math.min(limit, 2)
    return {
      items: all.slice(from, to).map(rawPod),
      metadata: to < all.length ? { continue: String(to) } : {},
    }
  }

  // biome-ignore lint/correctness/useYield: it refuses before there is anything to yield
  async *watch(): AsyncGenerator<never> {
    throw new KubeError('forbidden', 'may not watch')
  }

  async portForward({ pod }: { pod: string }): Promise<Duplex> {
    const speaker = this.#pods.find(({ name }) => name === pod)?.speaker
    if (speaker === 'forbidden')
      throw new KubeError('forbidden', `cannot create pods/portforward ${pod}`, { hint: 'ask for a Role' })
    this.open += 1
    const stream = await streamTo(speaker, join(this.#folder, pod))
    stream.once('close', () => {
      this.open -= 1
    })
    return stream
  }

  close(): void {
    this.closed = true
  }
}

async function streamTo(speaker: PodFacts['speaker'], socket: string): Promise<Duplex> {
  if (speaker === 'silent') return new Duplex({ read() {}, write: (_chunk, _encoding, done) => done() })
  if (speaker === undefined || speaker === 'forbidden') {
    const refused = new Duplex({ read() {}, write: (_chunk, _encoding, done) => done() })
    setImmediate(() => refused.destroy(new Error('failed to connect to localhost:17473: connection refused')))
    return refused
  }
  const server = await serveApi(speaker, { socket })
  onTestFinished(() => server.close())
  return connect(socket)
}

function rawPod({
  name,
  node,
  namespace = 'oyez-system',
  component = 'speaker',
  ...more
}: PodFacts): unknown {
  const { phase = 'Running', waiting, terminating } = more
  return {
    metadata: {
      name,
      namespace,
      labels: { 'app.kubernetes.io/name': 'oyez', 'app.kubernetes.io/component': component },
      ...(terminating && { deletionTimestamp: '2026-01-01T00:00:00Z' }),
    },
    spec: node === undefined ? {} : { nodeName: node },
    status: {
      phase,
      conditions: [
        { type: 'Ready', status: phase === 'Running' && waiting === undefined ? 'True' : 'False' },
      ],
      containerStatuses: waiting === undefined ? [] : [{ state: { waiting: { reason: waiting } } }],
    },
  }
}

/** A speaker's views as those of another node. */
export const onNode = (node: string, views: SpeakerViews): SpeakerViews => ({
  ...views,
  status: () => ({ ...views.status(), node }),
  explain: (key, peer) => {
    const view = views.explain(key, peer)
    return view && { ...view, node }
  },
})
