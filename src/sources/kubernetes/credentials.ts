/**
 * Who we are to the API server: headers and a pool of TLS connections. Tokens and certificates are files that change
 * under us and programs that hand out something short-lived, so what was read is asked for again after a while, and
 * everything is read anew, from the kubeconfig on, as soon as the server no longer knows us.
 */
import { readFile } from 'node:fs/promises'
import type { Agent, OutgoingHttpHeaders } from 'node:http'
import type { RequestOptions } from 'node:https'
import type { KubeConfig } from '@kubernetes/client-node'
import type { Clock } from '../../../bgp/index.ts'
import { plain } from './failures.ts'
import { type Choice, type Door, findDoor, type Surroundings } from './kubeconfig.ts'
import { Pool } from './pool.ts'
import { KubeError } from './types.ts'

export interface Access {
  readonly headers: OutgoingHttpHeaders
  readonly agent: Agent
}

/** Files are looked at this often; programs say themselves how long what they gave is good. */
const FRESH_MS = 10_000
/** A server that knows nobody must not keep us reading files. */
const RENEW_SPACING_MS = 1000
/** Somebody may have to log in. */
const PROGRAM_MS = 120_000

export class Credentials {
  readonly server: string
  readonly namespace: string | undefined
  readonly #choice: Choice
  readonly #surroundings: Surroundings
  readonly #clock: Clock
  #door: Door
  #library: KubeConfig
  #access: { readonly access: Access; readonly at: number } | undefined
  #asking: Promise<Access> | undefined
  #renewing: Promise<void> | undefined
  #renewedAt = Number.NEGATIVE_INFINITY
  #pool: Pool | undefined

  private constructor(door: Door, library: KubeConfig, choice: Choice, around: Surroundings, clock: Clock) {
    this.server = door.server
    this.namespace = door.namespace
    this.#door = door
    this.#library = library
    this.#choice = choice
    this.#surroundings = around
    this.#clock = clock
  }

  /** Rejects with a KubeError when there is nothing to go by. */
  static async find(choice: Choice, surroundings: Surroundings, clock: Clock): Promise<Credentials> {
    const door = await findDoor(choice, surroundings)
    return new Credentials(door, await libraryFor(door), choice, surroundings, clock)
  }

  /** As good as known. Rejects with a KubeError. */
  current(): Promise<Access> {
    if (this.#access !== undefined && this.#clock.now() - this.#access.at < FRESH_MS)
      return Promise.resolve(this.#access.access)
    this.#asking ??= this.#ask().finally(() => {
      this.#asking = undefined
    })
    return this.#asking
  }

  /** Reads everything anew, once for all who were refused. True when that gave something else than was refused. */
  async renew(refused: Access): Promise<boolean> {
    this.#renewing ??= this.#reload().finally(() => {
      this.#renewing = undefined
    })
    await this.#renewing
    return !sameAccess(refused, await this.current())
  }

  close(): void {
    this.#pool?.agent.destroy()
  }

  async #reload(): Promise<void> {
    const now = this.#clock.now()
    if (now - this.#renewedAt < RENEW_SPACING_MS) return
    this.#renewedAt = now
    // What cannot be read now leaves the old ones, whose refusal is then what is reported.
    const door = await findDoor(this.#choice, this.#surroundings).catch(() => undefined)
    if (door?.server !== this.server) return
    const library = await libraryFor(door).catch(() => undefined)
    if (library === undefined) return
    this.#door = door
    this.#library = library
    this.#access = undefined
  }

  async #ask(): Promise<Access> {
    const options: RequestOptions = {}
    try {
      await timely(this.#library.applyToHTTPSOptions(options), this.#clock)
    } catch (error) {
      throw this.#unusable(error)
    }
    const headers: OutgoingHttpHeaders = { ...(options.headers as OutgoingHttpHeaders) }
    if (typeof options.auth === 'string')
      headers.Authorization = `Basic ${Buffer.from(options.auth).toString('base64')}`
    if (this.#door.tokenFile !== undefined)
      headers.Authorization = `Bearer ${await readToken(this.#door.tokenFile)}`
    const access = { headers, agent: this.#agentFor(options) }
    this.#access = { access, at: this.#clock.now() }
    return access
  }

  /** The library's own for proxies; else one that keeps connections, which the library's does not. */
  #agentFor(options: RequestOptions): Agent {
    if (this.#library.getCurrentCluster()?.proxyUrl) return options.agent as Agent
    if (this.#pool?.fits(options) !== true) this.#pool = new Pool(this.server.startsWith('https:'), options)
    return this.#pool.agent
  }

  #unusable(error: unknown): KubeError {
    if (error instanceof KubeError) return error
    const { code, path } = (error ?? {}) as { code?: string; path?: string }
    const program = this.#library.getCurrentUser()?.exec?.command
    const { origin } = this.#door
    if (typeof program === 'string' && code === 'ENOENT' && path === program)
      return new KubeError(
        'failed',
        `${origin} gets its credentials from ${program}, which is not installed here`,
      )
    if (typeof program === 'string') {
      // The words of a parser quote what the program printed, which may be half a credential.
      const what = /JSON/.test(String(error)) ? 'what it printed is no ExecCredential' : redacted(error)
      const message = `${program} gave no credentials: ${what}`
      return new KubeError('unauthorized', message, {
        hint: `run it by hand to see why (named in ${origin})`,
      })
    }
    const what = path === undefined ? redacted(error) : `${path} cannot be read (${code})`
    return new KubeError('failed', `the credentials of ${origin} cannot be used: ${what}`)
  }
}

/** Its generated models cost memory and time: whoever reads a folder of manifests never loads them. */
async function libraryFor(door: Door): Promise<KubeConfig> {
  const { KubeConfig } = await import('@kubernetes/client-node')
  const library = new KubeConfig()
  try {
    library.loadFromString(door.config)
  } catch {
    throw new KubeError('failed', `${door.origin} is not a usable kubeconfig`, {
      hint: 'kubectl config view',
    })
  }
  return library
}

async function readToken(file: string): Promise<string> {
  const token = await readFile(file, 'utf8').catch((error: { code?: string }) => {
    throw new KubeError(
      'unauthorized',
      `the token file ${file} cannot be read (${error.code ?? 'unknown error'})`,
    )
  })
  const text = token.trim()
  if (!/^[\x21-\x7e]+$/.test(text))
    throw new KubeError('unauthorized', `the token file ${file} holds no token`)
  return text
}

const sameAccess = (a: Access, b: Access): boolean =>
  a.agent === b.agent && JSON.stringify(a.headers) === JSON.stringify(b.headers)

/** Nothing that looks like a secret is passed on. */
function redacted(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error)
  return plain(message.replaceAll(/[\w+/=.-]{32,}/g, '…')) || 'it failed without a word'
}

function timely<T>(work: Promise<T>, clock: Clock): Promise<T> {
  return new Promise((resolve, reject) => {
    const timer = clock.after(PROGRAM_MS, () => reject(new Error(`no answer within ${PROGRAM_MS / 1000} s`)))
    work.then(resolve, reject).finally(() => timer.cancel())
  })
}
