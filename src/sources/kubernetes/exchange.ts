/**
 * One HTTP exchange: a request out, the head of the answer in, each within its time. What comes back is a stream that
 * the caller must read or destroy.
 */
import {
  type ClientRequest,
  type IncomingMessage,
  request as plainRequest,
  type RequestOptions,
} from 'node:http'
import { request as tlsRequest } from 'node:https'
import type { Duplex } from 'node:stream'
import type { Clock } from '../../../bgp/index.ts'
import type { Access } from './credentials.ts'
import { dropIdle } from './pool.ts'
import type { Method } from './types.ts'
import { BadAnswer, TimedOut } from './unreachable.ts'

export interface Exchange {
  readonly url: string
  readonly method: Method
  readonly access: Access
  readonly headers: Readonly<Record<string, string>>
  readonly body?: string
  /** Its reason is what the exchange fails with. */
  readonly signal: AbortSignal
  readonly clock: Clock
}

/** TCP and TLS. A server that is there needs milliseconds. */
const CONNECT_MS = 5000

/** The head of the answer. Rejects with whatever went wrong. */
export async function exchange(options: Exchange): Promise<IncomingMessage> {
  const first = begin(options)
  try {
    return await answerTo(first, options)
  } catch (error) {
    if (!mayRepeat(first, error, options)) throw reasonOf(options.signal, error)
    // A connection that idled was closed under us, and the others may be: a fresh one tells.
    dropIdle(options.access.agent)
    return await answerTo(begin(options), options).catch((second: unknown) => {
      throw reasonOf(options.signal, second)
    })
  }
}

/** The stream that the connection becomes, and what came right behind the head of the answer. */
export async function upgrade(
  options: Exchange,
): Promise<{ stream: Duplex; head: Buffer; answer: IncomingMessage } | IncomingMessage> {
  const request = begin(options)
  try {
    return await new Promise((resolve, reject) => {
      request.once('upgrade', (answer, stream, head) => resolve({ stream, head, answer }))
      answerTo(request, options).then(resolve, reject)
    })
  } catch (error) {
    throw reasonOf(options.signal, error)
  }
}

function begin({ url, method, access, headers, body, signal }: Exchange): ClientRequest {
  const options: RequestOptions = {
    method,
    agent: access.agent,
    headers: {
      ...access.headers,
      ...headers,
      ...(body !== undefined && { 'Content-Length': Buffer.byteLength(body) }),
    },
    signal,
  }
  const request = url.startsWith('https:') ? tlsRequest(url, options) : plainRequest(url, options)
  request.end(body)
  return request
}

function answerTo(request: ClientRequest, { clock }: Exchange): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const connecting = clock.after(CONNECT_MS, () =>
      request.destroy(new TimedOut('no connection', CONNECT_MS)),
    )
    request.once('socket', (socket) => {
      if (!socket.connecting) connecting.cancel()
      else socket.once('encrypted' in socket ? 'secureConnect' : 'connect', () => connecting.cancel())
    })
    request.once('close', () => connecting.cancel())
    request.once('response', resolve)
    request.on('error', reject)
  })
}

/** Nothing was answered, and doing it twice is doing it once. */
function mayRepeat(request: ClientRequest, error: unknown, { method, signal }: Exchange): boolean {
  const { code } = (error ?? {}) as { code?: string }
  return (
    request.reusedSocket &&
    (code === 'ECONNRESET' || code === 'EPIPE') &&
    method !== 'POST' &&
    !signal.aborted
  )
}

/** Why it was aborted says more than that it was. */
export const reasonOf = (signal: AbortSignal, error: unknown): unknown =>
  signal.aborted ? signal.reason : error

/** The whole body as text. Throws BadAnswer when it is longer than `most` octets. */
export async function readText(answer: IncomingMessage, most: number): Promise<string> {
  const chunks: Buffer[] = []
  let length = 0
  for await (const chunk of answer as AsyncIterable<Buffer>) {
    length += chunk.length
    if (length > most) {
      answer.destroy()
      throw new BadAnswer(`the answer is longer than ${Math.round(most / 1024 / 1024)} MiB`)
    }
    chunks.push(chunk)
  }
  return Buffer.concat(chunks).toString('utf8')
}
