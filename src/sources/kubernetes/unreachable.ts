/**
 * Why there was no answer, in words: what was tried, what came of it, and what to look at. Node's codes are the
 * input; its messages are not passed on where they could quote what they were given.
 */
import { complaint, plain, type Question } from './failures.ts'
import { KubeError, type KubeFailure } from './types.ts'

/** Our own patience ended, not the connection. */
export class TimedOut extends Error {
  constructor(what: string, ms: number) {
    super(`${what} within ${ms < 1000 ? `${ms} ms` : `${Math.round(ms / 100) / 10} s`}`)
    this.name = 'TimedOut'
  }
}

/** What came was an answer, but not one to work with. */
export class BadAnswer extends Error {
  readonly hint: string | undefined
  constructor(message: string, hint?: string) {
    super(message)
    this.name = 'BadAnswer'
    this.hint = hint
  }
}

interface Row {
  readonly kind: KubeFailure
  readonly says: string
  readonly hint?: string
}

const REACH = 'check the address, and that nothing between filters it'
const TRUST =
  'certificate-authority(-data) of the kubeconfig is not that of this server; or something between answers instead'
const CLIENT = 'the client certificate is missing, expired or not of a CA that this server accepts'

const down = (says: string, hint?: string): Row => ({
  kind: 'unreachable',
  says,
  ...(hint !== undefined && { hint }),
})
const wrong = (says: string, hint: string): Row => ({ kind: 'failed', says, hint })

const ROWS: Readonly<Record<string, Row>> = {
  ECONNREFUSED: down('connection refused', 'the API server is not running there, or listens on another port'),
  ECONNRESET: down('the connection was reset'),
  EPIPE: down('the connection was closed'),
  ECONNABORTED: down('the connection was closed'),
  ETIMEDOUT: down('the connection timed out', REACH),
  EHOSTUNREACH: down('no route to the host', REACH),
  ENETUNREACH: down('the network is unreachable', REACH),
  ENOTFOUND: down('the name of the server is not known', 'check the server name in the kubeconfig, and DNS'),
  EAI_AGAIN: down('the name of the server cannot be looked up now', 'check DNS'),
  DEPTH_ZERO_SELF_SIGNED_CERT: wrong(
    'TLS: the certificate of the server is not trusted (self-signed)',
    TRUST,
  ),
  SELF_SIGNED_CERT_IN_CHAIN: wrong('TLS: the certificate of the server is not trusted', TRUST),
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: wrong('TLS: the certificate of the server is not trusted', TRUST),
  UNABLE_TO_GET_ISSUER_CERT: wrong('TLS: the certificate of the server is not trusted', TRUST),
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: wrong('TLS: the certificate of the server is not trusted', TRUST),
  CERT_SIGNATURE_FAILURE: wrong('TLS: the certificate of the server is not trusted', TRUST),
  CERT_HAS_EXPIRED: wrong(
    'TLS: the certificate of the server has expired',
    'renew it, or check the clock here',
  ),
  CERT_NOT_YET_VALID: wrong('TLS: the certificate of the server is not valid yet', 'check the clock here'),
  ERR_TLS_CERT_ALTNAME_INVALID: wrong(
    'TLS: the certificate of the server is for other names',
    'use a name or address the certificate has, or set tls-server-name in the kubeconfig',
  ),
  EPROTO: wrong(
    'TLS: the server does not speak TLS there',
    'check the port, and http or https in the address',
  ),
  ERR_SSL_WRONG_VERSION_NUMBER: wrong(
    'TLS: the server does not speak TLS there',
    'check the port, and http or https in the address',
  ),
  HPE_INVALID_CONSTANT: wrong('the answer is not HTTP', 'check that the address is that of the API server'),
}

export function unanswered(question: Question, error: unknown): KubeError {
  if (error instanceof KubeError) return error
  const { kind, says, hint } = rowFor(error)
  return new KubeError(kind, `${complaint(question)}: ${says}`, { ...(hint !== undefined && { hint }) })
}

function rowFor(error: unknown): Row {
  if (error instanceof TimedOut) return down(error.message)
  if (error instanceof BadAnswer) return { kind: 'failed', says: error.message, ...hinted(error.hint) }
  const code = codeOf(error)
  const known = ROWS[code]
  if (known !== undefined) return known
  if (/^ERR_SSL_.*(ALERT|CERTIFICATE)/.test(code)) return wrong('TLS: the server refused us', CLIENT)
  if (/^(ERR_SSL_|ERR_TLS_|CERT_)/.test(code)) return wrong(`TLS failed (${code})`, TRUST)
  if (code.startsWith('HPE_')) return wrong('the answer is not HTTP', 'check the address of the API server')
  const message = error instanceof Error ? error.message : String(error)
  return down(plain(code === '' ? message : `${message} (${code})`))
}

const hinted = (hint: string | undefined) => (hint === undefined ? {} : { hint })

/** Several addresses of one name fail together: the first tells it. */
function codeOf(error: unknown): string {
  if (error instanceof AggregateError) return codeOf(error.errors[0])
  const { code } = (error ?? {}) as { code?: unknown }
  return typeof code === 'string' ? code : ''
}
