/**
 * One question to many speakers: a port of each one's pod is forwarded, so that the API server decides who may ask and
 * nothing of a speaker is open to the network. Some at a time, each within its time; whoever does not answer is named
 * with the reason, and the others' answers count.
 */
import type { Duplex } from 'node:stream'
import { type ApiClient, ApiError, connectApi } from '../api/index.ts'
import { API_PORT } from '../places.ts'
import { type KubeApi, KubeError } from '../sources/index.ts'
import type { OyezPod } from './pods.ts'

export interface NodeAnswer<T> {
  readonly node: string
  readonly pod: string
  readonly view: T
}

export interface NodeFailure {
  readonly node: string
  readonly pod: string
  /** A sentence. */
  readonly error: string
  readonly hint?: string
  /** The speaker answered that there is no such service or peer. */
  readonly notFound: boolean
}

export type NodeResult<T> = NodeAnswer<T> | NodeFailure

export const isFailure = <T>(result: NodeResult<T>): result is NodeFailure => 'error' in result

/** Of those who answered. */
export const answersOf = <T>(results: readonly NodeResult<T>[]): readonly NodeAnswer<T>[] =>
  results.flatMap((result) => (isFailure(result) ? [] : [result]))

export interface AskOptions {
  /** For each speaker, from the first octet sent to the last one received. Default 10000. */
  readonly timeoutMs?: number
  /** Speakers asked at one time. Default 16. */
  readonly atOnce?: number
}

/** In the order of the pods. Never rejects. */
export async function askSpeakers<T>(
  api: KubeApi,
  pods: readonly OyezPod[],
  question: (speaker: ApiClient) => Promise<T>,
  { timeoutMs = 10_000, atOnce = 16 }: AskOptions = {},
): Promise<readonly NodeResult<T>[]> {
  const results: NodeResult<T>[] = []
  const queue = pods.entries()
  const worker = async (): Promise<void> => {
    for (const [at, pod] of queue) results[at] = await askSpeaker(api, pod, question, timeoutMs)
  }
  await Promise.all(Array.from({ length: Math.min(atOnce, pods.length) }, worker))
  return results
}

async function askSpeaker<T>(
  api: KubeApi,
  pod: OyezPod,
  question: (speaker: ApiClient) => Promise<T>,
  timeoutMs: number,
): Promise<NodeResult<T>> {
  const from = { node: pod.node ?? '-', pod: pod.name }
  if (pod.node === undefined || (pod.trouble !== undefined && pod.trouble !== 'Terminating')) {
    return {
      ...from,
      error: `its pod ${pod.name} does not run: ${pod.trouble ?? 'Pending'}`,
      notFound: false,
    }
  }
  const line = new Line(api, pod, timeoutMs)
  try {
    return { ...from, view: await question(line.speaker) }
  } catch (error) {
    return { ...from, ...failureOf(error, pod.namespace) }
  } finally {
    line.end()
  }
}

/** The connections to one speaker, all of which end when its time is over. */
class Line {
  readonly speaker: ApiClient
  readonly #open = new Set<Duplex>()
  readonly #timer: NodeJS.Timeout

  constructor(api: KubeApi, { namespace, name: pod }: OyezPod, timeoutMs: number) {
    const connect = async (): Promise<Duplex> => {
      const stream = await api.portForward({ namespace, pod, port: API_PORT })
      this.#open.add(stream)
      return stream
    }
    this.speaker = connectApi({ connect, name: `${namespace}/${pod}`, timeoutMs })
    this.#timer = setTimeout(() => this.end(new Error(`not all was said in ${timeoutMs} ms`)), timeoutMs)
  }

  end(why?: Error): void {
    clearTimeout(this.#timer)
    for (const stream of this.#open) stream.destroy(why)
    this.#open.clear()
  }
}

/** What is no answer of a speaker or of the API server is a bug of ours, and ends the command. */
function failureOf(error: unknown, namespace: string): Omit<NodeFailure, 'node' | 'pod'> {
  if (error instanceof ApiError) {
    const { message, hint, kind } = error
    return { error: message, ...(hint !== undefined && { hint }), notFound: kind === 'not-found' }
  }
  if (!(error instanceof KubeError)) throw error
  return { error: error.message, hint: hintFor(error, namespace), notFound: false }
}

/** The role that deploy/ ships is the shortest way to every right that is needed here. */
export const hintFor = ({ kind, hint }: KubeError, namespace: string): string =>
  [
    ...(hint === undefined ? [] : [hint]),
    ...(kind === 'forbidden'
      ? [`or bind the ClusterRole oyez-viewer in the namespace ${namespace} to whoever asks`]
      : []),
  ].join('; ')
