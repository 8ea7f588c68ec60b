/**
 * KubeApi over HTTP. All waiting is bounded and so is all that is held of an answer; a refusal for want of
 * credentials is answered once with newer ones; whatever goes wrong comes out as one KubeError.
 */
import { randomBytes } from 'node:crypto'
import type { IncomingMessage } from 'node:http'
import type { Duplex } from 'node:stream'
import type { Clock } from '../../../bgp/index.ts'
import { Call } from './call.ts'
import type { Access, Credentials } from './credentials.ts'
import { type Exchange, exchange, readText, reasonOf, upgrade } from './exchange.ts'
import { plain, type Question, refused } from './failures.ts'
import { Lines } from './lines.ts'
import { dropIdle } from './pool.ts'
import { CHANNEL_PROTOCOL, ForwardedConnection } from './port-forward.ts'
import { targetOf } from './target.ts'
import type { KubeApi, KubeRequest, WatchEvent, WatchRequest } from './types.ts'
import { BadAnswer, TimedOut, unanswered } from './unreachable.ts'
import { acceptFor } from './websocket.ts'

const MIB = 1024 * 1024
/** A page of 500 ordinary objects has one or two; objects near the store's limit come in smaller pages. */
const LONGEST_ANSWER = 32 * MIB
/** etcd takes objects of 1.5 MiB; JSON may write each octet with six. */
const LONGEST_LINE = 16 * MIB
const LONGEST_REFUSAL = MIB
const TIMEOUT_MS = 30_000

/** An aggregated API that knows no such thing sends the whole object. */
const METADATA = 'application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1,application/json'

export class HttpKubeApi implements KubeApi {
  readonly server: string
  declare readonly namespace?: string
  readonly #credentials: Credentials
  readonly #clock: Clock
  readonly #agent: string
  readonly #underWay = new Set<Call>()
  #closed = false

  /** @param agent names us in the server's audit log, e.g. `oyez/1.2.3`. */
  constructor(credentials: Credentials, agent: string, clock: Clock) {
    this.server = credentials.server
    if (credentials.namespace !== undefined) this.namespace = credentials.namespace
    this.#credentials = credentials
    this.#agent = agent
    this.#clock = clock
  }

  async request<T>(request: KubeRequest): Promise<T> {
    const { timeoutMs = TIMEOUT_MS } = request
    return this.#during(
      this.#questionOf(request.method, request.path, false),
      request.signal,
      async (call) => {
        const timer = this.#clock.after(timeoutMs, () => call.abort(new TimedOut('no answer', timeoutMs)))
        try {
          const answer = await this.#ask(call, request)
          return parse<T>(await readText(answer, LONGEST_ANSWER))
        } finally {
          timer.cancel()
        }
      },
    )
  }

  async *watch({ path, query, silenceMs, signal, onOpen }: WatchRequest): AsyncGenerator<WatchEvent> {
    const question = this.#questionOf('GET', path, true)
    const call = this.#begin(signal)
    const quiet = (ms: number) =>
      this.#clock.after(ms, () => call.abort(new TimedOut('the server said nothing', ms)))
    let timer = quiet(TIMEOUT_MS)
    try {
      const answer = await this.#ask(call, { method: 'GET', path, query: { ...query, watch: true } })
      onOpen?.()
      const lines = new Lines(LONGEST_LINE)
      timer.cancel()
      timer = quiet(silenceMs)
      for await (const chunk of answer as AsyncIterable<Buffer>) {
        // Time that we take ourselves is not the server's silence.
        timer.cancel()
        for (const line of lines.push(chunk)) yield eventOf(line)
        timer = quiet(silenceMs)
      }
      if (lines.rest > 0) throw new BadAnswer('the watch ended within a line')
    } catch (error) {
      throw this.#failure(question, call, error)
    } finally {
      timer.cancel()
      call.abort(new BadAnswer('given up'))
      call.end()
    }
  }

  async portForward({
    namespace,
    pod,
    port,
  }: {
    namespace: string
    pod: string
    port: number
  }): Promise<Duplex> {
    const path = `/api/v1/namespaces/${encodeURIComponent(namespace)}/pods/${encodeURIComponent(pod)}/portforward`
    const question = this.#questionOf('GET', path, false)
    const key = randomBytes(16).toString('base64')
    const headers = {
      // The kubelet, to whom this goes on, answers 406 to whoever wants nothing but JSON.
      Accept: '*/*',
      Connection: 'Upgrade',
      Upgrade: 'websocket',
      'Sec-WebSocket-Version': '13',
      'Sec-WebSocket-Key': key,
      'Sec-WebSocket-Protocol': CHANNEL_PROTOCOL,
    }
    const call = this.#begin(undefined)
    const timer = this.#clock.after(TIMEOUT_MS, () => call.abort(new TimedOut('no answer', TIMEOUT_MS)))
    try {
      const access = await this.#credentials.current()
      const done = await upgrade(
        this.#exchangeOf(call, access, { method: 'GET', path, query: { ports: port } }, headers),
      )
      if (!('stream' in done)) throw await refusalOf(question, done)
      if (done.answer.headers['sec-websocket-accept'] !== acceptFor(key))
        throw new BadAnswer('the server answered to another question')
      done.stream.once('close', () => call.end())
      return new ForwardedConnection(done.stream, done.head)
    } catch (error) {
      call.end()
      throw this.#failure(question, call, error)
    } finally {
      timer.cancel()
    }
  }

  close(): void {
    this.#closed = true
    for (const call of this.#underWay) call.abort(new BadAnswer('we are stopping'))
    this.#credentials.close()
  }

  /** The head of a good answer. A refused credential is renewed once. */
  async #ask(call: Call, request: KubeRequest): Promise<IncomingMessage> {
    const question = this.#questionOf(request.method, request.path, request.query?.watch === true)
    const access = await this.#credentials.current()
    let answer = await exchange(this.#exchangeOf(call, access, request, {}))
    if (answer.statusCode === 401 && (await this.#credentials.renew(access))) {
      answer.resume()
      answer = await exchange(this.#exchangeOf(call, await this.#credentials.current(), request, {}))
    }
    const { statusCode = 0 } = answer
    if (statusCode < 200 || statusCode > 299) throw await refusalOf(question, answer)
    return answer
  }

  #exchangeOf(call: Call, access: Access, request: KubeRequest, more: Exchange['headers']): Exchange {
    const { method, path, query, body, patch, metadataOnly = false } = request
    const type = patch ?? (body === undefined ? undefined : 'application/json')
    return {
      url: this.server + path + queryText(query),
      method,
      access,
      headers: {
        Accept: metadataOnly ? METADATA : 'application/json',
        'User-Agent': this.#agent,
        ...(type !== undefined && { 'Content-Type': type }),
        ...more,
      },
      ...(body !== undefined && { body: JSON.stringify(body) }),
      signal: call.signal,
      clock: this.#clock,
    }
  }

  async #during<T>(
    question: Question,
    signal: AbortSignal | undefined,
    job: (call: Call) => Promise<T>,
  ): Promise<T> {
    const call = this.#begin(signal)
    try {
      return await job(call)
    } catch (error) {
      throw this.#failure(question, call, error)
    } finally {
      call.end()
    }
  }

  #begin(signal: AbortSignal | undefined): Call {
    const call = new Call(this.#underWay, signal)
    if (this.#closed) call.abort(new BadAnswer('we are stopping'))
    return call
  }

  #failure(question: Question, call: Call, error: unknown): unknown {
    const reason = reasonOf(call.signal, error)
    // Who does not answer on this connection will not on its siblings.
    if (reason instanceof TimedOut)
      void this.#credentials.current().then(
        ({ agent }) => dropIdle(agent),
        () => {},
      )
    return unanswered(question, reason)
  }

  #questionOf(method: Question['method'], path: string, watching: boolean): Question {
    return { server: this.server, method, path, target: targetOf(path), watching }
  }
}

async function refusalOf(question: Question, answer: IncomingMessage): Promise<unknown> {
  const body = await readText(answer, LONGEST_REFUSAL).catch(() => '')
  return refused(question, {
    status: answer.statusCode ?? 0,
    retryAfter: answer.headers['retry-after'],
    body,
  })
}

function queryText(query: KubeRequest['query'] = {}): string {
  const pairs = Object.entries(query).flatMap(([name, value]) =>
    value === undefined ? [] : [`${name}=${encodeURIComponent(value)}`],
  )
  return pairs.length === 0 ? '' : `?${pairs.join('&')}`
}

function parse<T>(text: string): T {
  try {
    return JSON.parse(text) as T
  } catch {
    throw new BadAnswer(`the answer is not JSON: ${JSON.stringify(plain(text).slice(0, 60))}`, NOT_THE_API)
  }
}

const NOT_THE_API = 'check that the address is that of the API server, and not of a proxy or a page'
const TYPES: ReadonlySet<unknown> = new Set(['ADDED', 'MODIFIED', 'DELETED', 'BOOKMARK', 'ERROR'])

function eventOf(line: string): WatchEvent {
  const event = parse<Partial<WatchEvent> | null>(line)
  if (
    typeof event !== 'object' ||
    event === null ||
    !TYPES.has(event.type) ||
    typeof event.object !== 'object'
  )
    throw new BadAnswer('a line of the watch is no event', NOT_THE_API)
  return event as WatchEvent
}
