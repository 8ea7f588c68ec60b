/**
 * Connections that are kept. One pool serves as long as the certificates stay what they are: a new client certificate
 * means new connections, because TLS shows it only at the start.
 */
import { createHash } from 'node:crypto'
import { Agent } from 'node:http'
import { type AgentOptions, Agent as TlsAgent } from 'node:https'

export type Tls = Pick<AgentOptions, 'ca' | 'cert' | 'key' | 'servername' | 'rejectUnauthorized'>

/** An idle connection ends before the server's own patience (90 s) does, so that none is closed under a request. */
const KEPT = {
  keepAlive: true,
  keepAliveMsecs: 15_000,
  maxFreeSockets: 32,
  timeout: 60_000,
  scheduling: 'lifo',
} as const

export class Pool {
  readonly agent: Agent
  readonly #print: string

  constructor(secure: boolean, tls: Tls) {
    this.#print = fingerprint(tls)
    this.agent = secure ? new TlsAgent({ ...KEPT, ...defined(tls) }) : new Agent(KEPT)
  }

  fits(tls: Tls): boolean {
    return fingerprint(tls) === this.#print
  }
}

/** Connections that idle may lead nowhere by now. */
export function dropIdle(agent: Agent): void {
  for (const sockets of Object.values(agent.freeSockets)) for (const socket of sockets ?? []) socket.destroy()
}

const fingerprint = ({ ca, cert, key, servername, rejectUnauthorized }: Tls): string =>
  createHash('sha256')
    .update(JSON.stringify([ca, cert, key, servername, rejectUnauthorized]))
    .digest('base64')

const defined = <T extends object>(options: T): Partial<T> =>
  Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined)) as Partial<T>
