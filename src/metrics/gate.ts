/**
 * Who may read the metrics from afar: whoever Kubernetes says may `get` the path. The bearer token goes to the API
 * server for a TokenReview, the user it stands for for a SubjectAccessReview; both answers hold for a minute.
 *
 * Anybody who reaches the port can send tokens, so the questions this causes are bounded. And when the API server is
 * away, whoever was let in lately still is: that is just when somebody needs to look.
 */
import { createHash } from 'node:crypto'
import type { Clock } from '../../bgp/index.ts'
import { TokenBucket } from '../events/index.ts'
import { type KubeApi, KubeError } from '../sources/index.ts'

export type Verdict =
  | { readonly allowed: true }
  | { readonly allowed: false; readonly status: 401 | 403 | 503; readonly message: string }

const FRESH_MS = 60_000
/** How long an admission outlives an API server that cannot be asked. */
const GRACE_MS = 600_000
const MOST_REMEMBERED = 256
const REVIEWS = { perSecond: 5, burst: 20 }
const TIMEOUT_MS = 5_000

interface Remembered {
  readonly verdict: Verdict
  readonly at: number
}

interface TokenReview {
  readonly status?: {
    readonly authenticated?: boolean
    readonly user?: {
      readonly username?: string
      readonly uid?: string
      readonly groups?: readonly string[]
      readonly extra?: Readonly<Record<string, readonly string[]>>
    }
  }
}

interface SubjectAccessReview {
  readonly status?: { readonly allowed?: boolean; readonly reason?: string }
}

export class Gate {
  readonly #api: KubeApi
  readonly #clock: Clock
  readonly #path: string
  readonly #bucket: TokenBucket
  readonly #remembered = new Map<string, Remembered>()
  readonly #asking = new Map<string, Promise<Verdict>>()

  /** @param path the nonResourceURL that is asked for, e.g. `/metrics`. */
  constructor(api: KubeApi, clock: Clock, path: string) {
    this.#api = api
    this.#clock = clock
    this.#path = path
    this.#bucket = new TokenBucket(REVIEWS.perSecond, REVIEWS.burst, clock.now())
  }

  /** @param authorization the header. Never rejects. */
  async admit(authorization: string | undefined): Promise<Verdict> {
    const token = /^Bearer +([\w.~+/-]+=*)$/i.exec(authorization ?? '')?.[1]
    if (token === undefined) return refusal(401, 'a bearer token is needed')
    const key = createHash('sha256').update(token).digest('base64')
    const known = this.#remembered.get(key)
    if (known !== undefined && this.#clock.now() - known.at < FRESH_MS) return known.verdict
    const asking = this.#asking.get(key) ?? this.#ask(key, token, known)
    return asking
  }

  #ask(key: string, token: string, known: Remembered | undefined): Promise<Verdict> {
    if (this.#bucket.take(this.#clock.now()) > 0)
      return Promise.resolve(refusal(503, 'too many tokens to review at the moment'))
    const asking = this.#review(token)
      .then((verdict) => this.#remember(key, verdict))
      .catch((error: unknown) => this.#unreviewed(error, known))
      .finally(() => this.#asking.delete(key))
    this.#asking.set(key, asking)
    return asking
  }

  #remember(key: string, verdict: Verdict): Verdict {
    this.#remembered.delete(key)
    this.#remembered.set(key, { verdict, at: this.#clock.now() })
    const [oldest] = this.#remembered.keys()
    if (this.#remembered.size > MOST_REMEMBERED && oldest !== undefined) this.#remembered.delete(oldest)
    return verdict
  }

  async #review(token: string): Promise<Verdict> {
    const { status } = await this.#post<TokenReview>('authentication.k8s.io', 'TokenReview', { token })
    const { username, uid, groups, extra } = status?.user ?? {}
    if (status?.authenticated !== true || username === undefined)
      return refusal(401, 'the API server does not know this token')
    const nonResourceAttributes = { path: this.#path, verb: 'get' }
    const spec = { user: username, uid, groups, extra, nonResourceAttributes }
    const access = await this.#post<SubjectAccessReview>('authorization.k8s.io', 'SubjectAccessReview', spec)
    if (access.status?.allowed === true) return { allowed: true }
    return refusal(
      403,
      `${username} may not get the nonResourceURL ${this.#path}: a ClusterRole has to say so`,
    )
  }

  #post<T>(group: string, kind: string, spec: object): Promise<T> {
    const apiVersion = `${group}/v1`
    const path = `/apis/${apiVersion}/${kind.toLowerCase()}s`
    const body = { apiVersion, kind, spec }
    return this.#api.request<T>({ method: 'POST', path, body, timeoutMs: TIMEOUT_MS })
  }

  #unreviewed(error: unknown, known: Remembered | undefined): Verdict {
    if (known?.verdict.allowed === true && this.#clock.now() - known.at < GRACE_MS) return known.verdict
    const why = error instanceof KubeError ? `: ${error.message}` : ''
    return refusal(503, `the token cannot be reviewed${why}`)
  }
}

const refusal = (status: 401 | 403 | 503, message: string): Verdict => ({ allowed: false, status, message })
